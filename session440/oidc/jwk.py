"""Which of a provider's keys has signed a token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .jws import InvalidLogoutToken

_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


class UnknownKey(InvalidLogoutToken):
    """The key that signed a token is not in the set; a newer set may have it."""


class KeysUnavailable(Exception):  # noqa: N818  # it is a state of the provider, as in a 503
    """The provider's keys are not known at the moment, so no token can be judged."""


def key_for(
    keys: Iterable[Mapping[str, Any]], algorithm: str, kid: str | None
) -> Mapping[str, Any]:
    """Return the one key that can have signed a token.

    A token must name its key if the set has several (OpenID Connect Core 1.0, section 10.1).

    :raises UnknownKey: if there is none.
    :raises InvalidLogoutToken: if it is not clear which.
    """
    fitting = [each for each in keys if _fits(each, algorithm)]
    if kid is not None:
        fitting = [each for each in fitting if each.get("kid") == kid]
    if not fitting:
        raise UnknownKey("the issuer has no such key", {"alg": algorithm, "kid": kid})
    if len(fitting) > 1:
        raise InvalidLogoutToken("it does not say which of the issuer's keys has signed it")
    return fitting[0]


def _fits(key: Mapping[str, Any], algorithm: str) -> bool:
    """Return whether a key is for signatures of this kind, so that none is used for another."""
    operations = key.get("key_ops")
    curve = _CURVES.get(algorithm)
    return (
        key.get("kty") == _TYPES.get(algorithm[:2])
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (not isinstance(operations, list) or "verify" in operations)
        and (curve is None or key.get("crv") == curve)
    )
