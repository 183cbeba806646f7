"""Ends of logins that the store has not been told of yet, because it is out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock

from ..core.record import Record


class PendingDebts:
    """Keeps tombstones until the store has them; threads may share it.

    If there are too many, the oldest is given up, and this is always reported: a replayed
    cookie may keep its login alive until it times out.

    :param most: how many are kept.
    :param tell_lost: is called with each tombstone that is given up.
    """

    def __init__(self, most: int, tell_lost: Callable[[Record], object]) -> None:
        self._most = most
        self._tell_lost = tell_lost
        self._debts: dict[str, Record] = {}  # the oldest first
        # The ids in the order in which they are tried: one that fails must not hold up the
        # others, for example in a Redis Cluster with only one primary out.
        self._turns: OrderedDict[str, None] = OrderedDict()
        self._being_written: set[str] = set()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._debts)

    def get(self, id: str) -> Record | None:
        """Return the tombstone of the login *id*, even while it is being written."""
        return self._debts.get(id)

    def add(self, tombstone: Record) -> None:
        """Keep *tombstone*; if there are too many now, the oldest is given up."""
        with self._lock:
            self._debts[tombstone.id] = tombstone
            self._turns.setdefault(tombstone.id)
            is_full = len(self._debts) > self._most
            lost = self._first(self._debts) if is_full else None
            if lost is not None:
                self._remove(lost)
        if lost is not None:  # outside of the lock: a listener may take long, or log out too
            self._tell_lost(lost)

    def write_next(self, write: Callable[[Record], object]) -> bool:
        """Write the next tombstone with *write*; return whether there was one to write.

        If *write* raises an error it is passed on; the tombstone stays, and is tried again
        after the others.
        """
        with self._lock:
            debt = self._first(self._turns)
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

    def _first(self, ids: Iterable[str]) -> Record | None:
        """Return the first tombstone that no thread is writing."""
        free = (self._debts[id] for id in ids if id not in self._being_written)
        return next(free, None)

    def _release(self, debt: Record, is_written: bool) -> None:
        with self._lock:
            self._being_written.discard(debt.id)
            if is_written:
                self._remove(debt)
            else:
                self._turns.move_to_end(debt.id)

    def _remove(self, debt: Record) -> None:
        del self._debts[debt.id], self._turns[debt.id]
