"""The signed record of a login, and the signer that vouches for it."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from itsdangerous import BadSignature, Signer

from ..cause import Cause

#: How far ahead another node's clock may be, in seconds, before its times are not believed.
SKEW = 60.0

#: A ticket's id is 128 random bits (OWASP ASVS 5.0, 7.2.3), 22 characters of base64.
ID_BYTES = 16

#: Characters of a key's fingerprint.
FINGERPRINT = 12

#: How many verified cookies a signer remembers; about 1 kB each.
REMEMBERED = 1024


class Binding(NamedTuple):
    """The part of a ticket that never changes; it lives in the framework's session."""

    id: str
    issued_at: float
    policy: str
    not_after: float | None

    @classmethod
    def parse(cls, value: object) -> Binding | None:
        """Read what the session holds; ``None`` where it is no binding."""
        if isinstance(value, Binding):
            return value  # of an authentic ticket
        if not isinstance(value, (list, tuple)) or len(value) != len(cls._fields):
            return None
        binding = cls(*value)
        return binding if _is_binding(*binding) else None


class Ticket(NamedTuple):
    """The record of a login. Times are UTC epoch seconds.

    ``node`` is a keyed hash of the host that issued it. ``ended`` is set on *evidence*: a
    ticket kept only to tell the person why the login ended (at ``not_after``). ``recorded``
    names the memory of the store that keeps the login's record, if one does.
    """

    id: str
    subject: str
    issued_at: float
    seen_at: float
    policy: str = "default"
    not_after: float | None = None
    node: str = ""
    ended: Cause | None = None
    recorded: str = ""

    @property
    def binding(self) -> Binding:
        """What the framework's session keeps of it."""
        return Binding(self.id, self.issued_at, self.policy, self.not_after)

    def is_future(self, now: float) -> bool:
        """Whether no clock within :data:`SKEW` of ours can have written this."""
        return not (self.issued_at <= now + SKEW and self.seen_at <= now + SKEW)


def _is_time(value: object) -> bool:
    return type(value) in (int, float)  # a bool is an int to isinstance()


def _is_binding(id: object, issued_at: object, policy: object, not_after: object) -> bool:
    return (
        isinstance(id, str)
        and isinstance(policy, str)
        and _is_time(issued_at)
        and (not_after is None or _is_time(not_after))
    )


def _is_whole(ticket: Ticket) -> bool:
    return (
        isinstance(ticket.subject, str)
        and _is_time(ticket.seen_at)
        and isinstance(ticket.node, str)
        and isinstance(ticket.recorded, str)
        and _is_binding(ticket.id, ticket.issued_at, ticket.policy, ticket.not_after)
    )


class TicketSigner:
    """Writes tickets into cookie values and reads them back, by itsdangerous.

    :param secret_keys: newest first; the first signs, all verify (key rotation).
    :param cookie_name: part of the salt, so that a ticket is authentic only where it was
        issued.
    """

    def __init__(self, secret_keys: Iterable[str | bytes], cookie_name: str) -> None:
        salt = f"session440.ticket.{cookie_name}"
        # Derived once and for all: itsdangerous would do it anew for every cookie.
        keys = [
            Signer(key, salt, key_derivation="hmac", digest_method=hashlib.sha256).derive_key()
            for key in secret_keys
        ]
        self._node_key = keys[0]
        #: What tells one key from another, newest first, and neither from anything else.
        self.fingerprints = tuple(_keyed(key, "fingerprint")[:FINGERPRINT] for key in keys)
        self._signer = Signer(keys[::-1], salt, key_derivation="none", digest_method=hashlib.sha256)
        # Between two renewals every request of a login carries the same cookie. What fails
        # to verify raises, which is never cached: forgeries push nobody out.
        self._loads = lru_cache(maxsize=REMEMBERED)(self._load)

    def dumps(self, ticket: Ticket) -> str:
        """Give the cookie's value for *ticket*."""
        text = json.dumps(ticket, separators=(",", ":"))
        return self._signer.sign(urlsafe_b64encode(text.encode()).rstrip(b"=")).decode()

    def loads(self, value: str) -> Ticket | None:
        """Read a cookie's value; ``None`` where it is not an authentic ticket."""
        try:
            return self._loads(value)
        except (BadSignature, ValueError, TypeError):
            return None

    def _load(self, value: str) -> Ticket:
        payload = self._signer.unsign(value)
        text = urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)).decode()
        ticket = Ticket(*json.loads(text))
        if not _is_whole(ticket):
            raise ValueError("signed, but no ticket")
        return ticket._replace(ended=Cause(ticket.ended)) if ticket.ended else ticket

    def keyed_hash(self, text: str, length: int = 22) -> str:
        """Hash *text* so that only holders of the key can tell what it was."""
        return _keyed(self._node_key, text)[:length]


def _keyed(key: bytes, text: str) -> str:
    digest = hmac.digest(key, text.encode("utf-8", "surrogateescape"), "sha256")
    return urlsafe_b64encode(digest).decode()
