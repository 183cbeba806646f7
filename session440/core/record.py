"""What a store keeps about a login, and under which id."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from ..cause import Cause
from .ticket import Ticket

#: 128 bits of a hash of 128 random bits. Lower-case hexadecimal, because some databases
#: compare text without regard to case or to spaces at its end.
_ID_LENGTH = 32
_STORED_ID = re.compile(rf"[0-9a-f]{{{_ID_LENGTH}}}")


@lru_cache(maxsize=1024)  # a login is asked for again and again
def stored_id(id: str) -> str:
    """Return the id under which a store keeps the login of a ticket.

    It is a hash, so that a person who reads the store learns no ticket's id (OWASP ASVS 5.0,
    7.2.3). A stored id, as listings show it, is returned unchanged. It cannot be mistaken for a
    ticket's own id, which has 22 characters.
    """
    return id if is_stored_id(id) else digest(id)


def is_stored_id(id: object) -> bool:
    """Return whether *id* has the form of a stored id."""
    return isinstance(id, str) and _STORED_ID.fullmatch(id) is not None


def digest(text: str) -> str:
    """Return a hash of *text* as a key that every store accepts, whatever its characters."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_LENGTH]


class Record(NamedTuple):
    """A login as a store keeps it. Times are UTC epoch seconds.

    :param id: the id in the store; see :func:`stored_id`.
    :param keep_until: when it may be deleted: after this time neither its ticket nor its
        evidence is of any use.
    :param cause: why the login ended; ``None`` while it lasts, and after a logout.
    :param ended_at: when it ended; a record with this time is a tombstone.
    """

    id: str
    subject: str
    issued_at: float
    seen_at: float
    policy: str
    not_after: float | None
    node: str
    keep_until: float
    cause: Cause | None = None
    ended_at: float | None = None

    @classmethod
    def of(cls, ticket: Ticket, keep_until: float) -> Record:
        """Return the record of *ticket*'s login."""
        return cls(
            stored_id(ticket.id),
            ticket.subject,
            ticket.issued_at,
            ticket.seen_at,
            ticket.policy,
            ticket.not_after,
            ticket.node,
            keep_until,
        )

    @property
    def is_live(self) -> bool:
        """Whether nobody has ended the login; its timeouts do not count here."""
        return self.ended_at is None
