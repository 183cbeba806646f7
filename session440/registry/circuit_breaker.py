"""An outage of the store: when it began, and when it is worth another try."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Outage:
    """Whether something of the store is out, and when it is worth another try.

    It rests ten times as long as the last try took: whatever it costs to learn that a store is
    still out, nine tenths of the time nobody waits for it. One that refuses at once is asked
    again at once.

    Threads ask together, and learn of their answers in any order. What a try says that began
    before the last turn is old news: it neither begins an outage nor ends one.
    """

    REST = 10
    QUICK = 0.05  # seconds that are no waiting: a busy machine takes them for anything
    LONGEST_TRY = 1.0  # seconds in which others do not try too

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self.is_on = False
        self.turns = 0  # how often an outage has begun or ended
        self._rests_until = 0.0
        self._lock = Lock()

    def admits(self) -> bool:
        """Whether the store may be asked; while it is out, one caller at a time tries."""
        if not self.is_on:
            return True
        with self._lock:
            now = self._stopwatch()
            if now < self._rests_until:
                return False
            self._rests_until = now + self.LONGEST_TRY
            return True

    def note_failure(self, began: float, turns: int) -> bool:
        """Note that a try failed; true where this is a new outage.

        :param turns: as it was when the try began.
        """
        with self._lock:
            if turns != self.turns:
                return False
            now = self._stopwatch()
            took = now - began
            self._rests_until = now + (self.REST * took if took > self.QUICK else 0.0)
            return self._turn(True)

    def note_success(self, turns: int) -> bool:
        """Note that the store answered; true where an outage is over."""
        if not self.is_on:
            return False
        with self._lock:
            return turns == self.turns and self._turn(False)

    def _turn(self, is_on: bool) -> bool:
        has_turned, self.is_on = is_on != self.is_on, is_on
        self.turns += has_turned
        return has_turned
