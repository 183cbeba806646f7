"""Something that happens to a login, and the threads that wait for it."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import Protocol


class Turned(Protocol):
    """What both kinds of flags have."""

    def turn(self, is_set: bool) -> None:
        """Note whether it has happened."""

    def wake(self) -> None:
        """Let all that wait go on."""


class Flag:
    """Tells whether something has happened to a login; threads may wait for it.

    It is like ``threading.Event``, but it takes a tenth of the memory while nobody waits.
    """

    __slots__ = ("_is_set", "_waiters")

    def __init__(self, is_set: bool) -> None:
        self._is_set = is_set
        self._waiters: list[Lock] = []

    def is_set(self) -> bool:
        """Return whether it has happened."""
        return self._is_set

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it happens, the connection is closed, or *timeout* seconds have passed.

        Return whether it has happened.
        """
        waiter = Lock()
        waiter.acquire()
        self._waiters.append(waiter)  # before the look, so that no change in between is missed
        try:
            if not self._is_set:
                waiter.acquire(timeout=-1 if timeout is None else max(0.0, timeout))
        finally:
            with suppress(ValueError):  # it was woken
                self._waiters.remove(waiter)
        return self._is_set

    def turn(self, is_set: bool) -> None:
        """Note whether it has happened."""
        self._is_set = is_set
        if is_set:
            self.wake()

    def wake(self) -> None:
        """Let all that wait go on."""
        with suppress(IndexError):  # another thread may wake the last one
            while self._waiters:
                self._waiters.pop().release()
