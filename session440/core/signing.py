"""How a ticket is signed and verified, and the keyed hash."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from itsdangerous import BadSignature, Signer

from .ticket import Ticket
from .wire import decode, encode

#: Characters of a key's fingerprint.
FINGERPRINT = 12

#: Characters of a keyed hash: 132 bits.
HASH = 22

#: How many verified cookies a signer remembers; about 1 kB each.
REMEMBERED = 1024

#: What a keyed hash is for. A label has no space in it, or two uses could share a hash.
Label = Literal["adopted", "login", "loginid", "node", "watched"]


class TicketSigner:
    """Writes tickets into cookie values and reads them back, with itsdangerous.

    :param secret_keys: newest first; the first signs, all verify (key rotation).
    :param cookie_name: part of the salt, so that a ticket is authentic only under the cookie
        name that it was issued for.
    """

    def __init__(self, secret_keys: Iterable[str | bytes], cookie_name: str) -> None:
        salt = f"session440.ticket.{cookie_name}"
        # The keys are derived only once: itsdangerous would do so for every cookie.
        keys = [
            Signer(key, salt, key_derivation="hmac", digest_method=hashlib.sha256).derive_key()
            for key in secret_keys
        ]
        self._keys = tuple(keys)
        #: A short hash of each key, newest first: it tells the keys apart and reveals none.
        self.fingerprints = tuple(_keyed(key, "fingerprint")[:FINGERPRINT] for key in keys)
        self._signer = Signer(keys[::-1], salt, key_derivation="none", digest_method=hashlib.sha256)
        # Between two renewals every request of a login carries the same cookie. A forged one
        # raises, and lru_cache keeps no exceptions: forgeries cannot fill the cache.
        self._loads = lru_cache(maxsize=REMEMBERED)(self._load)

    def dumps(self, ticket: Ticket) -> str:
        """Return the cookie's value for *ticket*."""
        return self._signer.sign(encode(ticket)).decode()

    def loads(self, value: str) -> Ticket | None:
        """Return the ticket in a cookie's value; ``None`` if it is not authentic."""
        try:
            return self._loads(value)
        except (BadSignature, ValueError):
            return None

    def _load(self, value: str) -> Ticket:
        return decode(self._signer.unsign(value).decode())

    def keyed_hash(self, label: Label, text: str, length: int = HASH) -> str:
        """Return a hash of *text*; only a holder of the key can find out what it was.

        :param label: what the hash is for, so that hashes of different uses cannot be compared.
        """
        return _keyed(self._keys[0], f"{label} {text}")[:length]

    def unlabelled_hash(self, text: str, length: int = HASH) -> str:
        """Return the hash of *text* that the first version made, to recognize its hashes."""
        return _keyed(self._keys[0], text)[:length]

    def known_hashes(self, label: Label, text: str) -> tuple[str, ...]:
        """Return every hash of *text* that a ticket may hold: of each key, with and without label.

        A rotated key no longer makes hashes, but those in tickets stay valid as the tickets do.
        """
        texts = (f"{label} {text}", text)
        return tuple(_keyed(key, each)[:HASH] for key in self._keys for each in texts)


def _keyed(key: bytes, text: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, _bytes(text), "sha256")).decode()


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "surrogatepass")
