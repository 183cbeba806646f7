"""What every store does: the contract between the engine and any shared memory of logins."""

from __future__ import annotations

from typing import Protocol

from ..cause import Cause
from ..core.record import Record


class TicketStore(Protocol):
    """Shared memory of logins, which makes it possible to revoke, list and limit them.

    A record that is not found, expired or malformed is not an error: :meth:`find` returns
    ``None``, :meth:`touch` and :meth:`end` return ``False``. Only a failing system is an error:
    always a :class:`~session440.exceptions.StoreError`, raised well within a second.

    Ids are those of :func:`~session440.stores.record.stored_id`. A store has no clock: its
    caller gives the times, in UTC epoch seconds. Each method is atomic, for other processes
    too; the same tests check all stores (``tests/test_stores.py``).
    """

    def find(self, id: str) -> Record | None:
        """Return the record, or the tombstone, of a login."""

    def insert(self, record: Record) -> bool:
        """Keep *record* at least until its ``keep_until``; return false if its id is known.

        A known record stays as it is: a login that has ended does not begin again.
        """

    def touch(self, id: str, seen_at: float, keep_until: float) -> bool:
        """Move ``seen_at`` and ``keep_until`` forward, never back; return whether it is live.

        It never inserts, and a tombstone stays as it is: a late response cannot bring a login
        back.
        """

    def end(self, id: str, cause: Cause | None, at: float) -> bool:
        """Turn a live record into a tombstone; return true for the one caller who did it.

        :param cause: ``None`` for a logout.
        """

    def by_subject(self, subject: str) -> list[Record]:
        """Return *subject*'s records that have not been ended, in the order of insertion.

        The store itself keeps this order: nodes whose clocks differ agree on it.
        """

    def purge(self, now: float, limit: int = 1000) -> int:
        """Forget at most *limit* records whose ``keep_until`` has passed; return how many.

        This is one small batch: nobody waits long for it. A store that forgets by itself returns 0.
        """

    def generation(self, id: str) -> str:
        """Return a name for the memory in which *id* is kept, or would be kept.

        A missing record proves something only if the memory has lasted since the record was
        inserted. A memory that was flushed or restarted, or that is new, has another name. The
        name also changes when everybody's logins are ended
        (:meth:`Notes.end_everybody <session440.stores.notes.Notes.end_everybody>`).
        """
