"""An outage of the store: when it began, and when it is worth another try."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Outage:
    """Whether something of the store is out, and when it is worth another try.

    It rests ten times as long as the last try took: whatever it costs to learn that a store is
    still out, nine tenths of the time nobody waits for it. One that refuses at once is asked
    again at once.
    """

    REST = 10
    QUICK = 0.05  # seconds that are no waiting: a busy machine takes them for anything
    LONGEST_TRY = 1.0  # seconds in which others do not try too

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self.is_on = False
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

    def note_failure(self, began: float) -> bool:
        """Note that a try failed; true where this is a new outage."""
        with self._lock:
            now = self._stopwatch()
            took = now - began
            self._rests_until = now + (self.REST * took if took > self.QUICK else 0.0)
            is_new, self.is_on = not self.is_on, True
        return is_new

    def note_success(self) -> bool:
        """Note that the store answered; true where an outage is over."""
        if not self.is_on:
            return False
        with self._lock:
            was_on, self.is_on = self.is_on, False
        return was_on
