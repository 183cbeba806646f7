"""A logout token is verified (OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6).

Values in, values out: it asks nobody, and the time is given to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..core.ticket import SKEW, is_time
from ..moments import MINUTE
from .client import Client
from .jwk import key_for
from .jws import InvalidLogoutToken, Unverified

EVENT = "http://schemas.openid.net/event/backchannel-logout"

#: In seconds. The specification wants tokens to last two minutes at most (section 4); providers
#: send one again for a while if a site does not answer.
LONGEST_AGE = 10 * MINUTE
#: No number of seconds is as large; NaN and infinity are not less.
_BEYOND = 1e15
#: Characters of a ``jti``: a UUID has 36.
LONGEST_JTI = 256


class LogoutToken(NamedTuple):
    """What a verified logout token says. Times are UTC epoch seconds, by the provider's clock.

    :param subject: the provider's name for the person (``sub``).
    :param sid: the provider's session; ``None``: all of the person's.
    :param jti: the token's own name: it counts once.
    """

    issuer: str
    subject: str | None
    sid: str | None
    jti: str
    iat: float
    exp: float | None


def verify(
    token: Unverified, issuer: str, client: Client, keys: Iterable[Mapping[str, Any]], now: float
) -> LogoutToken:
    """Return what *token* says, once it is certain that *issuer* says so, to *client*, now.

    Whether it is used for the first time is left to the caller.

    :param keys: the issuer's public keys.
    :raises UnknownKey: if none of them has signed it; newer ones may have.
    :raises InvalidLogoutToken: for any other token that counts for nothing.
    """
    said = check_claims(token, issuer, client, now)
    from . import signature  # joserfc, which only a site with the option has

    signature.check(token, key_for(keys, token.algorithm, token.kid))
    return said


def check_claims(token: Unverified, issuer: str, client: Client, now: float) -> LogoutToken:
    """Return what *token* would say if its signature were right.

    :raises InvalidLogoutToken: if it would count for nothing all the same.
    """
    claims = token.claims
    if token.algorithm not in client.algorithms:
        raise InvalidLogoutToken("its algorithm is not accepted", token.algorithm)
    if claims.get("iss") != issuer:
        raise InvalidLogoutToken("it is of another issuer", claims.get("iss"))
    _check_audience(claims.get("aud"), client.client_id)
    _check_event(claims.get("events"))
    if "nonce" in claims:  # section 2.4: an ID token could be sent in its place
        raise InvalidLogoutToken("it has a nonce, so it may be an ID token")
    iat, exp = _times(claims, client.requires_exp, now)
    subject, sid = _named(claims, "sub"), _named(claims, "sid")
    if subject is None and sid is None:
        raise InvalidLogoutToken("it names neither a person (sub) nor a session (sid)")
    return LogoutToken(issuer, subject, sid, _jti(claims.get("jti")), iat, exp)


def _check_audience(audience: object, client_id: str) -> None:
    named = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(each, str) for each in named) or client_id not in named:
        raise InvalidLogoutToken("it is not for this client (aud)", audience)


def _check_event(events: object) -> None:
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise InvalidLogoutToken("it does not report a logout (events)")


def _times(claims: Mapping[str, Any], requires_exp: bool, now: float) -> tuple[float, float | None]:
    """Return ``iat`` and ``exp``, which have been compared with *now*.

    ``exp`` is required since errata set 1 (2023); before, the specification did not mention it,
    and some providers send none. How old a token may be is limited either way.
    """
    iat, exp = _time(claims, "iat"), _time(claims, "exp")
    if iat is None:
        raise InvalidLogoutToken("it does not say when it was issued (iat)")
    if not now - LONGEST_AGE - SKEW <= iat <= now + SKEW:
        raise InvalidLogoutToken("it was not issued just now (iat)", {"iat": iat, "now": now})
    if exp is None and requires_exp:
        raise InvalidLogoutToken("it does not say when it expires (exp)")
    if exp is not None and not now < exp + SKEW:
        raise InvalidLogoutToken("it has expired (exp)", {"exp": exp, "now": now})
    return iat, exp


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if not is_time(value) or not abs(value) < _BEYOND:
        raise InvalidLogoutToken(f"its {name} is not a number of seconds", value)
    return float(value)


def _named(claims: Mapping[str, Any], name: str) -> str | None:
    """Return whom a claim names; ``None`` for nobody.

    ``null`` and the empty text name nobody, as if the claim were not there: with ``"sid": null``
    the person has to do (https://github.com/nextcloud/user_oidc/issues/1183).
    """
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidLogoutToken(f"its {name} is not text")
    return value or None


def _jti(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_JTI:
        raise InvalidLogoutToken(f"it has no name of its own (jti), 1 to {LONGEST_JTI} characters")
    return value
