"""Why a login ended."""

from enum import Enum


class Cause(str, Enum):
    """Why a login ended. Each member is the text that goes over the wire."""

    IDLE = "idle"
    ABSOLUTE = "absolute"
    CREDENTIAL = "credential"
    REVOKED = "revoked"
    DISPLACED = "displaced"
    LOST = "lost"

    # Python 3.11 changed what format() returns for a str enum; what is sent must stay the same.
    __str__ = str.__str__
