"""The request in which a provider ends a login, and what is answered (sections 2.5 to 2.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from ..events import logger
from ..exceptions import StoreError
from .client import Client
from .jwk import KeysUnavailable, UnknownKey
from .jws import LONGEST, InvalidLogoutToken, Unverified, read
from .keys import KeySource, keys_of
from .logout import Registry, end_logins
from .logout_token import LogoutToken, check_claims, verify

FIELD = "logout_token"
FORM = "application/x-www-form-urlencoded"
#: Of a request's body, in bytes: a longer one is not read, and answered 400.
LONGEST_BODY = LONGEST

_FORM = re.compile(rf"\s*{FORM}\s*(;.*)?", re.IGNORECASE | re.DOTALL)
#: A form may have fields of other specifications; so many are no form of any.
_MOST_FIELDS = 20


class Provider(NamedTuple):
    """An identity provider, as this process knows it."""

    client: Client
    keys: KeySource


Providers = Mapping[str, Provider]


def providers_of(clients: Mapping[str, Client]) -> Providers:
    """Return the providers of the option ``oidc``, by their issuers. No key is fetched yet."""
    return {issuer: Provider(each, keys_of(issuer, each)) for issuer, each in clients.items()}


class Answer(NamedTuple):
    """What the provider is answered, always with ``Cache-Control: no-store``.

    :param members: of the JSON object in the body; the body is empty if there are none.
    """

    status: int
    members: Mapping[str, str] = {}


def receive(
    body: bytes, content_type: str | None, providers: Providers, registry: Registry, now: float
) -> Answer:
    """Return the answer to a request that should be a provider's, after doing what it says.

    200 is answered only if no login is left, 400 if the token counts for nothing, and 503 if
    that could not be told, or not be done: then the same request may be sent again.

    :param body: at least its first :data:`LONGEST_BODY` bytes and one more.
    """
    try:
        token = _verified(read(_field(body, content_type)), providers, now)
        ended = end_logins(token, registry, now)
    except InvalidLogoutToken as refusal:
        # Most providers do not send it again, so somebody should know.
        logger.error("a logout token was refused, and no login has ended: %s", refusal.line)
        return Answer(400, _problem("invalid_request", refusal.reason))
    except KeysUnavailable as error:
        logger.error("a logout token cannot be judged; the provider's keys: %s", error)
        return _unavailable("the keys of the issuer are not available; send it again later")
    except StoreError as error:
        logger.error("a logout token could not end its logins; the store: %s", error)
        return _unavailable("the store is out; send it again later")
    noun = "login" if ended == 1 else "logins"
    logger.info("the identity provider %s has ended %d %s", token.issuer, ended, noun)
    return Answer(200)


def _field(body: bytes, content_type: str | None) -> str:
    """Return the token in a form."""
    if not _FORM.fullmatch(content_type or ""):
        raise InvalidLogoutToken(f"the request is not a form ({FORM})")
    if len(body) > LONGEST_BODY:
        raise InvalidLogoutToken(f"the request is longer than {LONGEST_BODY} bytes")
    try:
        fields = parse_qsl(body.decode("ascii"), True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise InvalidLogoutToken("the request is not a form") from error
    values = [value for name, value in fields if name == FIELD]
    if len(values) != 1:
        raise InvalidLogoutToken(f"the request has the field {FIELD} {len(values)} times, not once")
    return values[0]


def _verified(token: Unverified, providers: Providers, now: float) -> LogoutToken:
    issuer = token.claims.get("iss")
    provider = providers.get(issuer) if isinstance(issuer, str) else None
    if provider is None or not isinstance(issuer, str):
        raise InvalidLogoutToken("its issuer (iss) is not in the option oidc", issuer)
    client, source = provider
    check_claims(token, issuer, client, now)  # before anything is fetched for it
    keys = source.current(now)
    try:
        return verify(token, issuer, client, keys, now)
    except UnknownKey:
        newer = source.renewed(keys, now)
        if newer is keys:
            raise
    return verify(token, issuer, client, newer, now)


def _problem(error: str, description: str) -> Mapping[str, str]:
    return {"error": error, "error_description": description}


def _unavailable(description: str) -> Answer:
    return Answer(503, _problem("temporarily_unavailable", description))
