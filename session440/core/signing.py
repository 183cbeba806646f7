"""How a ticket is signed and verified, and the keyed hash."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from itsdangerous import Signer

from ..policy import Policy
from .limits import Limits
from .reading import Reading
from .ticket import Ticket
from .wire import decode, encode

#: Characters of a key's fingerprint.
FINGERPRINT = 12

#: Characters of a keyed hash: 132 bits.
HASH = 22

#: How many verified cookies a signer remembers; about 2 kB each.
REMEMBERED = 1024
#: What a signer goes by that is asked for tickets alone.
NO_LIMITS = Limits({"": Policy()}, 0.0)

#: What pads base64 of each length (RFC 4648 section 4).
_PADDING = ("", "===", "==", "=")

#: What a keyed hash is for. A label has no space in it, or two uses could share a hash.
Label = Literal["adopted", "login", "loginid", "node", "watched"]


class TicketSigner:
    """Writes tickets into cookie values and reads them back, with itsdangerous.

    :param secret_keys: newest first; the first signs, all verify (key rotation).
    :param cookie_name: part of the salt, so that a ticket is authentic only under the cookie
        name that it was issued for.
    :param limits: for :meth:`read`, which says how the login stands.
    """

    def __init__(
        self, secret_keys: Iterable[str | bytes], cookie_name: str, limits: Limits = NO_LIMITS
    ) -> None:
        salt = f"session440.ticket.{cookie_name}"
        # The keys are derived only once: itsdangerous would do so for every cookie.
        keys = [
            Signer(key, salt, key_derivation="hmac", digest_method=hashlib.sha256).derive_key()
            for key in secret_keys
        ]
        self._keys = tuple(keys)
        #: A short hash of each key, newest first: it tells the keys apart and reveals none.
        self.fingerprints = tuple(_keyed(key, "fingerprint")[:FINGERPRINT] for key in keys)
        # Between two renewals every request of a login carries the same cookie. A forged one
        # raises, and lru_cache keeps no exceptions: forgeries cannot fill the cache.
        self._limits = limits
        self._reads = lru_cache(maxsize=REMEMBERED)(self._read)

    def dumps(self, ticket: Ticket) -> str:
        """Return the cookie's value for *ticket*, signed as by ``Signer.sign``.

        ``tests/test_signing.py`` compares the two.
        """
        text = encode(ticket)
        digest = hmac.digest(self._keys[0], text.encode(), "sha256")
        plain = b2a_base64(digest, newline=False).decode().rstrip("=")
        return f"{text}.{plain.replace('+', '-').replace('/', '_')}"

    def loads(self, value: str) -> Ticket | None:
        """Return the ticket in a cookie's value; ``None`` if it is not authentic."""
        try:
            return self._verified(value)
        except ValueError:
            return None

    def read(self, value: str) -> Reading | None:
        """Return what a cookie's value says of a login; ``None`` if it is not authentic."""
        try:
            return self._reads(value)
        except ValueError:
            return None

    def _read(self, value: str) -> Reading:
        return Reading(self._verified(value), self._limits)

    def _verified(self, value: str) -> Ticket:
        """Return the ticket, verified as by ``Signer.unsign``, in a third of the time.

        ``tests/test_signing.py`` compares the two. This one refuses a signature that is not ASCII.
        """
        text, _, signature = value.rpartition(".")
        signed, plain = text.encode(), signature.replace("-", "+").replace("_", "/")
        given = a2b_base64(plain + _PADDING[len(plain) % 4])
        for key in self._keys:
            if hmac.compare_digest(hmac.digest(key, signed, "sha256"), given):
                return decode(text)
        raise ValueError("signed with no key of ours")

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
