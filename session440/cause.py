"""Why a login ended, as a machine reads it and as a person does."""

from enum import Enum


class Cause(str, Enum):
    """Why a login ended. Each member is the text that goes over the wire."""

    IDLE = "idle"
    ABSOLUTE = "absolute"
    CREDENTIAL = "credential"
    REVOKED = "revoked"
    DISPLACED = "displaced"
    LOST = "lost"

    # Python 3.11 changed what format() gives for a str enum; the wire must not notice.
    __str__ = str.__str__


#: What each cause says to the person. ``{idle}`` and ``{absolute}`` are spoken durations.
SENTENCES = {
    Cause.IDLE: "You were signed out after {idle} without activity.",
    Cause.ABSOLUTE: "You were signed out because {absolute} have passed since you logged in.",
    Cause.CREDENTIAL: "You were signed out because your login has expired.",
    Cause.REVOKED: "You were signed out because your login was withdrawn.",
    Cause.DISPLACED: "You were signed out because you logged in somewhere else.",
    Cause.LOST: "You were signed out because this server no longer has your login.",
}
