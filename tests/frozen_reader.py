"""The reader of tickets and bindings as it was when their form was decided. Never change it.

It stands for a server that has not been upgraded yet, beside one that has: whatever a later
version writes, this must be able to read. It needs nothing of session440. A test that turns
red here says that an upgrade would log people out.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote_to_bytes

from itsdangerous import BadSignature, Signer

TICKET_KEYS = {"p": "policy", "x": "not_after", "n": "node", "e": "ended", "r": "recorded"}
DEFAULTS = {"policy": "default", "not_after": None, "node": "", "ended": None, "recorded": ""}
UNKNOWN_FIELD = re.compile(r"[a-z][a-z0-9_]*:[\w.%+-]*", re.ASCII)


def read_ticket(value: str, secret_key: str, cookie_name: str) -> dict | None:
    """Read a cookie's value; ``None`` where it is not authentic."""
    salt = f"session440.ticket.{cookie_name}"
    key = Signer(secret_key, salt, key_derivation="hmac", digest_method=hashlib.sha256).derive_key()
    signer = Signer([key], salt, key_derivation="none", digest_method=hashlib.sha256)
    try:
        return read_text(signer.unsign(value).decode())
    except (BadSignature, ValueError):
        return None


def read_text(text: str) -> dict:
    id, subject, issued_at, seen_at, *more = text.split("~")
    ticket = {
        "id": _unescaped(id),
        "subject": _unescaped(subject),
        "issued_at": float(issued_at),
        "seen_at": float(seen_at),
        **DEFAULTS,
    }
    unknown = []
    for each in more:
        key, _, field = each.partition(":")
        if key in TICKET_KEYS:
            ticket[TICKET_KEYS[key]] = float(field) if key == "x" else _unescaped(field)
        else:
            unknown.append(each)
    return {**ticket, "unknown": tuple(unknown)}


def _unescaped(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "surrogatepass")


def read_binding(value: object) -> dict | None:
    """Read what the session holds; ``None`` where it is no binding."""
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return None
    known = dict(zip(("id", "issued_at", "policy", "not_after"), value, strict=False))
    binding = {"policy": "default", "not_after": None, **known, "unknown": tuple(value[4:])}
    return binding if _is_binding(**binding) else None


def _is_binding(id, issued_at, policy, not_after, unknown) -> bool:
    return (
        isinstance(id, str)
        and isinstance(policy, str)
        and type(issued_at) in (int, float)
        and (not_after is None or type(not_after) in (int, float))
        and all(isinstance(each, str) and UNKNOWN_FIELD.fullmatch(each) for each in unknown)
    )
