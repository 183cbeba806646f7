"""Calls a store so that its outage costs little, and is told once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TypeVar

from ..events import Kind, shielded
from ..exceptions import StoreError
from .circuit_breaker import Outage

Result = TypeVar("Result")
Tell = Callable[[Kind, "str | None"], object]  # store_down or store_up, and why
#: Is told of each call: the method's name, the seconds that it took, and whether it failed.
CallWatcher = Callable[[str, float, bool], object]


class Guard:
    """Stands before a store.

    Reading and writing fail apart: a store may go on answering though it takes nothing in any
    more, for its disk is full or it is a replica now, and what it knows still counts.

    :param tell: hears of each outage once, when it begins and when it is over.
    :param stopwatch: measures how long tries take, in seconds.
    """

    def __init__(self, tell: Tell, stopwatch: Callable[[], float] = monotonic) -> None:
        self._tell = tell
        self._stopwatch = stopwatch
        self._reading, self._writing = Outage(stopwatch), Outage(stopwatch)
        self._watchers: tuple[CallWatcher, ...] = ()

    def add(self, watcher: CallWatcher) -> None:
        """Tell *watcher* of each call from now on; what it raises is logged."""
        self._watchers = (*self._watchers, watcher)

    def read(self, call: partial[Result]) -> Result:
        """Ask the store something.

        :param call: one of its methods, with what that is given.
        :raises StoreError: where it is out; nobody waits for it in vain twice.
        """
        return self._through(self._reading, call)

    def write(self, call: partial[Result]) -> Result:
        """Tell the store something.

        :raises StoreError: as :meth:`read`.
        """
        return self._through(self._writing, call)

    @property
    def _is_out(self) -> bool:
        return self._reading.is_on or self._writing.is_on

    def _through(self, outage: Outage, call: partial[Result]) -> Result:
        if not outage.admits():
            raise StoreError("the store is out; it will be tried again shortly")
        was_out, turns, began = self._is_out, outage.turns, self._stopwatch()
        try:
            result = call()
        except StoreError as error:
            is_new = outage.note_failure(began, turns)
            self._note(call, began, True)
            if is_new and not was_out:
                self._tell("store_down", str(error))
            raise
        self._note(call, began, False)
        if outage.note_success(turns) and not self._is_out:
            self._tell("store_up", None)
        return result

    def _note(self, call: partial[Result], began: float, failed: bool) -> None:
        if self._watchers:
            took = self._stopwatch() - began
            operation = getattr(call.func, "__name__", "other")
            for each in self._watchers:
                shielded(each, operation, took, failed)
