"""A signed token, taken apart before anything in it is believed (RFC 7515, RFC 8725)."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple

#: In bytes. A logout token has some 600; whatever is longer is not read.
LONGEST = 16 * 1024

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
#: How many characters of what a token says are shown in a log.
_SHOWN = 100


class InvalidLogoutToken(Exception):  # noqa: N818  # the specification's word, as in its answer
    """A logout token is refused.

    :param reason: why, without anything from the token.
    :param found: what the token has there, for the log.
    """

    def __init__(self, reason: str, found: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.found = found

    @property
    def line(self) -> str:
        """The reason for a log, with what was found as plain ASCII."""
        found = "" if self.found is None else f" (found {ascii(self.found)[:_SHOWN]})"
        return self.reason + found


class Unverified(NamedTuple):
    """A signed token whose signature nobody has checked yet."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    algorithm: str
    kid: str | None


def read(text: str) -> Unverified:
    """Return a token's parts.

    :raises InvalidLogoutToken: if it is none, or is signed in a way that is never accepted.
    """
    if len(text) > LONGEST:
        raise InvalidLogoutToken(f"it is longer than {LONGEST} bytes")
    parts = text.split(".")
    if len(parts) == 5:
        raise InvalidLogoutToken("it is encrypted (JWE), and session440 has no key to read it")
    if len(parts) != 3 or not all(map(_BASE64URL.fullmatch, parts[:2])):
        raise InvalidLogoutToken("it is not a signed token (JWS)")
    header = _object(parts[0], "header")
    algorithm, kid = _checked(header)
    if not _BASE64URL.fullmatch(parts[2]):
        raise InvalidLogoutToken("it is not a signed token (JWS)")
    return Unverified(text, header, _object(parts[1], "payload"), algorithm, kid)


def _checked(header: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the algorithm and the key that a header names."""
    if "crit" in header or "b64" in header:  # RFC 7515 section 4.1.11, RFC 7797
        raise InvalidLogoutToken("its header demands an extension (crit), and none is known")
    if "enc" in header:
        raise InvalidLogoutToken("it is encrypted (JWE), and session440 has no key to read it")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        raise InvalidLogoutToken("it is not signed", algorithm)
    if kid is not None and not isinstance(kid, str):
        raise InvalidLogoutToken("the name of its key (kid) is not text", kid)
    _check_type(header.get("typ", "JWT"))
    return algorithm, kid


def _check_type(type: object) -> None:
    """Check that no token of another kind is taken for a logout token (RFC 8725 section 3.11).

    Section 2.4 of the specification only recommends ``logout+jwt``, so a token may also say
    nothing of its type. Letters count whatever their case (RFC 7515 section 4.1.9).
    """
    named = type.lower().removeprefix("application/") if isinstance(type, str) else ""
    if named not in ("logout+jwt", "jwt"):
        raise InvalidLogoutToken("it is of another type than logout+jwt", type)


def _object(part: str, name: str) -> Mapping[str, Any]:
    try:
        value = json.loads(
            urlsafe_b64decode(part + "=" * (-len(part) % 4)),
            object_pairs_hook=_once,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidLogoutToken(f"its {name} is not JSON in base64url") from error
    if not isinstance(value, dict):
        raise InvalidLogoutToken(f"its {name} is not a JSON object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, each of whose names stands there once (RFC 7519 section 4)."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands there twice")
    return value


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
