"""The signature of a token, checked by joserfc; imported only if the option ``oidc`` is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import JWKRegistry

from .jws import LONGEST, InvalidLogoutToken, Unverified

#: RFC 7518 section 3.3 demands it.
_SHORTEST_RSA = 2048


class _Registry(jws.JWSRegistry):
    # A header may carry a chain of certificates (x5c), which nobody here looks at.
    max_header_length = LONGEST


def check(token: Unverified, key: Mapping[str, Any]) -> None:
    """Check that *key* has signed *token*; its algorithm has been found to be accepted.

    :raises InvalidLogoutToken: if it has not.
    """
    registry = _Registry(algorithms=[token.algorithm], strict_check_header=False)
    try:
        jws.deserialize_compact(token.text, _public(key), registry=registry)
    except BadSignatureError as error:
        raise InvalidLogoutToken("its signature is wrong") from error
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidLogoutToken("its signature cannot be checked with the issuer's key") from error


def _public(key: Mapping[str, Any]) -> Any:
    imported = JWKRegistry.import_key({name: each for name, each in key.items() if name != "d"})
    size = getattr(imported.raw_value, "key_size", _SHORTEST_RSA)
    if key.get("kty") == "RSA" and size < _SHORTEST_RSA:
        raise ValueError(f"the key has {size} bits")
    return imported
