"""The credential behind a login, as an app gives it: when it ends, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, NamedTuple

from ..moments import DAY
from .external import external_of
from .ticket import SKEW

Moment = float | datetime

#: Beyond this, in seconds from now, a moment cannot be meant: milliseconds were given.
CENTURY = 36_525 * DAY


class Proof(Enum):
    """When a person has proved who they are, if no moment says so."""

    NOW = "with this login"

    def __repr__(self) -> str:
        return f"<{self.value}>"


#: The login itself is the proof.
NOW: Final = Proof.NOW


class Credential(NamedTuple):
    """What is behind a login: a token of an identity provider, for example.

    Moments are UTC epoch seconds or aware datetimes.

    :param not_after: when it ends, and the login with it; ``None``: only the timeouts end the
        login. For OpenID Connect this is the end of the tokens that the app uses, not the ID
        token's ``exp``.
    :param auth_time: when the person proved who they are. ``None``: that is not known, so this
        login proves nothing to a page that wants a recent one. By default the login is the proof.
    :param issuer: the provider's ``iss``. With *subject* (``sub``), *sid* or both, the provider
        can end the login (OpenID Connect Back-Channel Logout 1.0).
    :param issued_at: the ID token's ``iat``: a logout from before does not end this login.
    """

    not_after: Moment | None = None
    auth_time: Moment | Proof | None = NOW
    issuer: str | None = None
    subject: str | None = None
    sid: str | None = None
    issued_at: float | None = None

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any], not_after: Moment | None = None) -> Credential:
        """Return the credential of an ID token that has been verified.

        Without the claim ``auth_time`` the login proves nothing: the provider may have asked
        nobody. It sends the claim if you ask with ``max_age`` (OpenID Connect Core 1.0, 2).

        :param claims: of the ID token, as a mapping.
        :raises TypeError: for the token itself, for example.
        """
        if not isinstance(claims, Mapping):
            raise TypeError(f"claims is a {type(claims).__name__}; give those of the ID token")
        names = ("auth_time", "iss", "sub", "sid", "iat")
        return cls(not_after, *(claims.get(each) for each in names))

    @property
    def external(self) -> str:
        """As which login the provider knows this one, as text; ``""`` if it does not."""
        return external_of(self.issuer, self.subject, self.sid, self.issued_at).text


def as_credential(given: Moment | Credential | None) -> Credential:
    """Return what an app gave: a credential, or only when it ends."""
    return given if isinstance(given, Credential) else Credential(given)


def end_of_credential(moment: Moment | None, now: float) -> float | None:
    """Return the end in UTC epoch seconds; ``None`` if there is none.

    :raises ValueError: for a naive datetime, and for what cannot be the end of a credential: a
        moment that has passed (``expires_in`` was given), one beyond a century, or no number.
    """
    if moment is None:
        return None
    end = _seconds("not_after", moment)
    # Written so that NaN, which is neither more nor less than anything, is refused too.
    if now < end <= now + CENTURY:
        return end
    raise ValueError(
        f"not_after is {moment!r}, which is not a moment within the next century; give UTC epoch"
        " seconds or an aware datetime (time.time() + expires_in, not expires_in or milliseconds)"
    )


def past_end(moment: Moment | None, now: float) -> float | None:
    """Return the end of a credential in UTC epoch seconds if it has passed.

    :raises ValueError: for a naive datetime, or no number.
    """
    end = None if moment is None else _seconds("not_after", moment)
    return end if end is not None and end <= now else None


def proof_of(moment: Moment | Proof | None, now: float) -> float | None:
    """Return when the person proved who they are, in UTC epoch seconds; ``None``: not known.

    :raises ValueError: for a naive datetime, a moment that is still to come, or no number.
    """
    if moment is None or moment is NOW:
        return None if moment is None else now
    at = _seconds("auth_time (proved_at)", moment)
    if at <= now + SKEW:
        return min(at, now)
    raise ValueError(
        f"auth_time (proved_at) is {moment!r}, which is still to come; give UTC epoch seconds or an"
        " aware datetime, such as the claim auth_time of an ID token"
    )


def _seconds(name: str, moment: Moment) -> float:
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError(f"{name} is {moment!r}, which names no time zone; give an aware one")
        return moment.timestamp()
    try:
        return float(moment)
    except (TypeError, ValueError) as error:
        would_do = "UTC epoch seconds or an aware datetime"
        raise ValueError(f"{name} is {moment!r}; give {would_do}") from error
