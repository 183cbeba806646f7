"""Calls a store so that its outage costs little, and is told once."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from .events import Kind
from .exceptions import StoreError
from .outage import Outage

Result = TypeVar("Result")
Tell = Callable[[Kind, "str | None"], object]  # store_down or store_up, and why


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

    def read(self, call: Callable[[], Result]) -> Result:
        """Ask the store something.

        :raises StoreError: where it is out; nobody waits for it in vain twice.
        """
        return self._through(self._reading, call)

    def write(self, call: Callable[[], Result]) -> Result:
        """Tell the store something.

        :raises StoreError: as :meth:`read`.
        """
        return self._through(self._writing, call)

    @property
    def _is_out(self) -> bool:
        return self._reading.is_on or self._writing.is_on

    def _through(self, outage: Outage, call: Callable[[], Result]) -> Result:
        if not outage.admits():
            raise StoreError("the store is out; it will be tried again shortly")
        was_out, began = self._is_out, self._stopwatch()
        try:
            result = call()
        except StoreError as error:
            if outage.note_failure(began) and not was_out:
                self._tell("store_down", str(error))
            raise
        if outage.note_success() and not self._is_out:
            self._tell("store_up", None)
        return result
