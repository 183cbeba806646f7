"""Calls a store in such a way that an outage costs little and is reported once.

The pattern and its words: https://martinfowler.com/bliki/CircuitBreaker.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock
from time import monotonic
from typing import TypeVar

from ..events import Kind, shielded
from ..exceptions import StoreError
from ..greenlets import call_foreign

Result = TypeVar("Result")
Tell = Callable[[Kind, "str | None"], object]  # store_down or store_up, and why
#: Called after each call with the method's name, the seconds it took, and whether it failed.
CallWatcher = Callable[[str, float, bool], object]


class CircuitBreaker:
    """Passes calls on to a store while it works, and most of the time refuses them when not.

    There are two circuits, one for reading and one for writing. A store may still answer
    questions when it accepts nothing new, for example because its disk is full or it has
    become a replica; what it knows still counts.

    :param tell: is called twice for each outage: when it begins and when it is over.
    :param stopwatch: measures how long calls take, in seconds.
    """

    def __init__(self, tell: Tell, stopwatch: Callable[[], float] = monotonic) -> None:
        self._tell = tell
        self._stopwatch = stopwatch
        self._reading, self._writing = _Circuit(stopwatch), _Circuit(stopwatch)
        self._watchers: tuple[tuple[CallWatcher, bool], ...] = ()
        self._is_down = False  # as it was told
        self._lock = Lock()

    def add(self, watcher: CallWatcher, blocks: bool = True) -> None:
        """Report each call to *watcher* from now on; what it raises is logged.

        :param blocks: whether it may, so that a coroutine has it called in a thread.
        """
        self._watchers = (*self._watchers, (watcher, blocks))

    def read(self, call: partial[Result]) -> Result:
        """Return what the store answers to a question.

        :param call: one of its methods, with the arguments.
        :raises StoreError: if the call fails; without a call if the circuit is open.
        """
        return self._through(self._reading, call)

    def write(self, call: partial[Result]) -> Result:
        """Return what the store answers to a change.

        :raises StoreError: as in :meth:`read`.
        """
        return self._through(self._writing, call)

    @property
    def _is_closed(self) -> bool:
        return self._reading.is_closed and self._writing.is_closed

    def _through(self, circuit: _Circuit, call: partial[Result]) -> Result:
        if not circuit.admits():
            raise StoreError("the store is out; it will be tried again soon")
        turns, began = circuit.turns, self._stopwatch()
        try:
            result = call()
        except StoreError as error:
            opens = circuit.open(began, turns)
            if self._watchers:
                self._note(call, began, True)
            if opens and self._is_news(is_down=True):
                self._tell("store_down", str(error))
            raise
        except BaseException:  # a coroutine was cancelled: that tells nothing about the store
            circuit.admit_next(turns)
            raise
        if self._watchers:
            self._note(call, began, False)
        if circuit.close(turns) and self._is_closed and self._is_news(is_down=False):
            self._tell("store_up", None)
        return result

    def _is_news(self, is_down: bool) -> bool:
        """Return whether the outage has begun, or is over, for both circuits together."""
        with self._lock:
            is_news, self._is_down = is_down != self._is_down, is_down
        return is_news

    def _note(self, call: partial[Result], began: float, failed: bool) -> None:
        took = self._stopwatch() - began
        operation = getattr(call.func, "__name__", "other")
        for each, blocks in self._watchers:
            if blocks:
                shielded(call_foreign, each, operation, took, failed)
            else:
                shielded(each, operation, took, failed)


class _Circuit:
    """The circuit for one kind of call: closed while they work, open after a failure.

    It stays open for ten times as long as the failed call took, so that callers spend at most
    a tenth of the time waiting for a store that is out. Then it is half-open: it admits one
    call at a time, which closes or opens it. After a call that failed at once it is half-open
    at once.

    Several threads call at the same time, and their answers come in any order: a call that
    began before the last turn neither opens nor closes the circuit.
    """

    REST = 10
    QUICK = 0.05  # seconds; a shorter call failed at once: on a busy machine any call takes so long
    LONGEST_TRY = 1.0  # seconds that a half-open circuit waits for the call it admitted

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self.is_closed = True
        self.turns = 0  # how often it has been opened or closed
        self._open_until = 0.0
        self._lock = Lock()

    def admits(self) -> bool:
        """Return whether a call may be made now."""
        if self.is_closed:
            return True
        with self._lock:
            now = self._stopwatch()
            if now < self._open_until:
                return False
            self._open_until = now + self.LONGEST_TRY
            return True

    def admit_next(self, turns: int) -> None:
        """Admit another call at once in place of one that came to no end."""
        with self._lock:
            if turns == self.turns and not self.is_closed:
                self._open_until = self._stopwatch()

    def open(self, began: float, turns: int) -> bool:
        """Open after a call that failed; return whether the circuit was closed until now.

        :param turns: the value of ``turns`` when the call began.
        """
        with self._lock:
            if turns != self.turns:
                return False
            now = self._stopwatch()
            took = now - began
            self._open_until = now + (self.REST * took if took > self.QUICK else 0.0)
            return self._turn(False)

    def close(self, turns: int) -> bool:
        """Close after a call that worked; return whether the circuit was open until now."""
        if self.is_closed:
            return False
        with self._lock:
            return turns == self.turns and self._turn(True)

    def _turn(self, is_closed: bool) -> bool:
        has_turned, self.is_closed = is_closed != self.is_closed, is_closed
        self.turns += has_turned
        return has_turned
