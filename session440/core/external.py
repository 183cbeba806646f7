"""Which login at an identity provider a login here came from, as tickets and records keep it."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from .record import digest

_KEY = "(?:[0-9a-f]{32})?"
_TEXT = re.compile(rf"({_KEY})\.({_KEY})\.([0-9]{{1,15}}(?:\.[0-9]+)?)?", re.ASCII)


class External(NamedTuple):
    """A login at an identity provider. Hashes only: no ticket and no store learns its names.

    :param sid: the key of the provider's session (the claim ``sid``); ``""`` if it has none.
    :param sub: the key of the provider's name for the person (``sub``); ``""`` if not known.
    :param iat: when the provider issued the ID token, in UTC epoch seconds by its own clock;
        ``None`` if that is not known.
    """

    sid: str = ""
    sub: str = ""
    iat: float | None = None

    @property
    def text(self) -> str:
        """It as text, as it stands in a ticket; ``""`` if it names neither session nor person."""
        if not (self.sid or self.sub):
            return ""
        return f"{self.sid}.{self.sub}.{_moment(self.iat)}"

    @classmethod
    def parse(cls, text: str) -> External | None:
        """Return what *text* says; ``None`` if it is not such a text."""
        found = _TEXT.fullmatch(text)
        if found is None or not (found[1] or found[2]):
            return None
        return cls(found[1], found[2], float(found[3]) if found[3] else None)


def external_of(
    issuer: str | None, subject: str | None, sid: str | None, iat: float | None
) -> External:
    """Return the login that the claims of an ID token name.

    :param issuer: its ``iss``, unchanged; without it the other claims name nobody.
    :param subject: its ``sub``: the provider's name for the person, not the app's.
    :param sid: the provider's session, if the token names one.
    :param iat: when the token was issued.
    """
    if not issuer:
        return External()
    return External(sid_key(issuer, sid), sub_key(issuer, subject), iat)


def sid_key(issuer: str, sid: str | None) -> str:
    """Return the key of a session at *issuer*; ``""`` without a *sid*."""
    return _key(issuer, sid)


def sub_key(issuer: str, subject: str | None) -> str:
    """Return the key of a person at *issuer*; ``""`` without a *subject*."""
    return _key(issuer, subject)


def _key(issuer: str, name: str | None) -> str:
    # As JSON, so that it is plain where the issuer ends and the name begins.
    return digest(json.dumps([issuer, name])) if name else ""


def _moment(seconds: float | None) -> str:
    """Return a moment as a plain decimal number; ``""`` for one that cannot be meant."""
    if seconds is None or not 0 <= seconds < 1e15:  # NaN is refused too
        return ""
    # As a plain float: an int, or a numpy type, has another repr.
    text = repr(float(seconds)).removesuffix(".0")
    return text if "e" not in text else "0"  # less than a tenth of a millisecond
