"""Logout tokens as identity providers sign them, and as others would."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from base64 import urlsafe_b64encode
from functools import cache

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

NOW = 1_800_000_000.0
ISSUER, CLIENT_ID = "https://id.example.org", "the-site"
EVENT = "http://schemas.openid.net/event/backchannel-logout"

_numbers = itertools.count()


@cache
def rsa(name: str, size: int = 2048) -> RSAKey:
    """Return a key pair; the same for the same name, as making one takes a while."""
    return RSAKey.generate_key(size, {"kid": name, "use": "sig"}, private=True, auto_kid=False)


@cache
def ec(name: str, curve: str = "P-256") -> ECKey:
    return ECKey.generate_key(curve, {"kid": name, "use": "sig"}, private=True)


@cache
def okp(name: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": name, "use": "sig"}, private=True)


def key_set(*keys) -> list[dict]:
    """Return public keys as a provider publishes them."""
    return [each.as_dict(private=False) for each in keys]


def claims(**changes) -> dict:
    """Return the claims of a good token; a change to ``...`` leaves the claim out."""
    good = {
        "iss": ISSUER,
        "sub": "248289761001",
        "aud": CLIENT_ID,
        "iat": int(NOW),
        "exp": int(NOW) + 120,
        "jti": f"token {next(_numbers)}",
        "events": {EVENT: {}},
        "sid": "08a5019c",
    }
    return {name: each for name, each in (good | changes).items() if each is not ...}


def sign(content: dict | str, key=None, **header) -> str:
    """Return *content* signed with *key*; a member of the header that is ``...`` is left out."""
    text = content if isinstance(content, str) else json.dumps(content)
    key = key or rsa("one")
    named = {"alg": "RS256", "typ": "logout+jwt", "kid": key.kid} | header
    named = {name: each for name, each in named.items() if each is not ...}
    registry = jws.JWSRegistry(algorithms=[named["alg"]], strict_check_header=False)
    return jws.serialize_compact(named, text, key, registry=registry)


def token(key=None, header=None, **changes) -> str:
    return sign(claims(**changes), key, **(header or {}))


def part(value: object) -> str:
    """Return a part of a token: *value* as JSON, or bytes, in base64url."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def mac(content: dict, secret: bytes, **header) -> str:
    """Return *content* signed with a shared secret, by hand: libraries refuse such secrets."""
    text = f"{part({'alg': 'HS256', 'typ': 'logout+jwt'} | header)}.{part(content)}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), hashlib.sha256))}"
