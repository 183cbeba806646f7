"""The least that any signed cookie can cost: it runs along in every group."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

from ..asking import padded
from ..subject import FLOOR, KEY, Subject, Work, must


def verification() -> Callable[[], bool]:
    """Return what finds a cookie in a 300-byte header and verifies one HMAC-SHA256."""
    key, payload = KEY.encode(), urlsafe_b64encode(b"p" * 90)
    digest = urlsafe_b64encode(hmac.digest(key, payload, "sha256"))
    header = padded(f"ticket={(payload + b'.' + digest).decode()}")

    def verify() -> bool:
        value = header.partition("ticket=")[2].partition(";")[0]
        signed, _, signature = value.encode().rpartition(b".")
        expected = hmac.digest(key, signed, "sha256")
        return hmac.compare_digest(expected, urlsafe_b64decode(signature))

    return verify


def _work() -> Work:
    verify = verification()

    def serve(calls: int) -> None:
        for _ in range(calls):
            verify()

    def check() -> str:
        must(verify(), "the signature is not verified")
        return "verified"

    return Work(serve, check)


FLOOR_SUBJECT = Subject(FLOOR, _work)
