"""Ends of logins that the store has not been told of yet, because it is out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from ..core.record import Record


class PendingDebts:
    """Keeps tombstones until the store has them; threads may share it.

    Where there are too many, the oldest is given up, and never in silence: its login may go on
    by a replayed cookie until it times out.

    :param most: how many are kept.
    :param tell_lost: is called with each tombstone that is given up.
    """

    def __init__(self, most: int, tell_lost: Callable[[Record], object]) -> None:
        self._most = most
        self._tell_lost = tell_lost
        self._debts: OrderedDict[str, Record] = OrderedDict()
        self._being_written: set[str] = set()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._debts)

    def get(self, id: str) -> Record | None:
        """Return the tombstone of the login *id*, also while it is being written."""
        return self._debts.get(id)

    def add(self, tombstone: Record) -> None:
        """Keep *tombstone*; the oldest is given up where that makes too many."""
        with self._lock:
            self._debts[tombstone.id] = tombstone
            is_full = len(self._debts) > self._most
            lost = self._oldest() if is_full else None
            if lost is not None:
                del self._debts[lost.id]
        if lost is not None:  # outside of the lock: a listener may take long, or log out too
            self._tell_lost(lost)

    def write_oldest(self, write: Callable[[Record], object]) -> bool:
        """Write the oldest tombstone by *write*; return whether there was one to write.

        What *write* raises is raised, and the tombstone stays.
        """
        with self._lock:
            debt = self._oldest()
            if debt is None:
                return False
            self._being_written.add(debt.id)
        is_written = False
        try:
            write(debt)
            is_written = True
        finally:
            self._release(debt, is_written)
        return True

    def _oldest(self) -> Record | None:
        """Return the oldest that no thread is writing."""
        each = (debt for id, debt in self._debts.items() if id not in self._being_written)
        return next(each, None)

    def _release(self, debt: Record, is_written: bool) -> None:
        with self._lock:
            self._being_written.discard(debt.id)
            if is_written:
                self._debts.pop(debt.id, None)
