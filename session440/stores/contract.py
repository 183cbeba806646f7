"""What every store does: the contract between the engine and any shared memory of logins."""

from __future__ import annotations

from typing import Protocol

from ..cause import Cause
from ..core.record import Record


class TicketStore(Protocol):
    """Shared memory of logins, which makes it possible to revoke, list and limit them.

    Not found, expired or malformed is not an error: :meth:`find` returns ``None``,
    :meth:`touch` and :meth:`end` give ``False``. Only a failing system is one, and it is
    always a :class:`~session440.exceptions.StoreError`, well within a second.

    Ids are those of :func:`~session440.stores.record.stored_id`. A store has no clock: times
    are its caller's, in UTC epoch seconds. Each method is atomic, for other processes too;
    the same tests hold all stores to it (``tests/test_stores.py``).
    """

    def find(self, id: str) -> Record | None:
        """Return the record, or the tombstone, of a login."""

    def insert(self, record: Record) -> bool:
        """Keep *record* at least until its ``keep_until``; false where its id is known.

        What is known stays as it is: a login that has ended does not begin again.
        """

    def touch(self, id: str, seen_at: float, keep_until: float) -> bool:
        """Move ``seen_at`` and ``keep_until`` forward, never back; true where it is live.

        It never inserts, and a tombstone stays as it is: a late response resurrects nothing.
        """

    def end(self, id: str, cause: Cause | None, at: float) -> bool:
        """Make a tombstone of a live record; true for the one caller who did.

        :param cause: ``None`` for a logout.
        """

    def by_subject(self, subject: str) -> list[Record]:
        """Return *subject*'s records that have not been ended, in the order of insertion.

        The order is the store's own, so that nodes whose clocks disagree agree on it.
        """

    def purge(self, now: float, limit: int = 1000) -> int:
        """Forget at most *limit* records whose ``keep_until`` has passed; return how many.

        One small batch, so that nobody waits for it. A store that forgets by itself returns 0.
        """

    def generation(self, id: str) -> str:
        """Name the unbroken memory in which *id* is kept, or would be.

        That a record is missing proves something only to a memory that has lasted since it
        was inserted: not to one that was flushed, restarted or put in place since.
        """
