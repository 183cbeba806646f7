"""The thread of a process that watches the clock for all connections that are open."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from typing import Protocol
from weakref import WeakSet

from ..events import logger, shielded

#: The longest pause, in seconds: the clock may be set, and a login ends within one second.
LONGEST = 1.0


class Ticking(Protocol):
    """What is to be done again and again."""

    def tick_now(self) -> float | None:
        """Do what is due; return in how many seconds more is; ``None``: nothing to be done."""

    def reset(self) -> None:
        """Forget everything: this is a new process, which has none of the connections."""


class Timer:
    """One thread, started when a first connection is watched.

    A process that is forked starts its own.

    :param name: of the thread.
    """

    def __init__(self, name: str = "session440-live") -> None:
        self._name = name
        self._all: WeakSet[Ticking] = WeakSet()
        self._reset()

    def _reset(self) -> None:
        self._condition = Condition()
        self._thread: Thread | None = None
        self._is_woken = False
        self._calls: deque[tuple[Callable[..., object], tuple[object, ...]]] = deque()

    def add(self, ticking: Ticking) -> None:
        """Let *ticking* tick from now on, for as long as anybody holds it."""
        with self._condition:
            self._all.add(ticking)
        self.wake()

    def soon(self, function: Callable[..., object], *given: object) -> None:
        """Call *function* in the thread, soon; what it raises is logged."""
        self._calls.append((function, given))
        self.wake()

    def wake(self) -> None:
        """Let the thread look at once: something is due earlier than it knows."""
        with self._condition:
            if self._thread is None:
                thread = Thread(target=self._run, name=self._name, daemon=True)
                thread.start()  # this may fail; then the next one tries again
                self._thread = thread
            self._is_woken = True
            self._condition.notify()

    def restart(self) -> None:
        """Begin anew, in a process that was just forked: it has no thread but one."""
        for each in tuple(self._all):
            each.reset()
        self._reset()

    def _run(self) -> None:
        condition = self._condition
        while condition is self._condition:
            pause = self._turn()
            with condition:
                if not self._is_woken:
                    condition.wait(pause)
                self._is_woken = False

    def _turn(self) -> float | None:
        """Do what is due; return for how many seconds nothing more is; ``None``: for ever."""
        while self._calls:
            function, given = self._calls.popleft()
            try:
                shielded(function, *given)
            except SystemExit:  # it would end this thread, and nobody would be told any more
                logger.exception("sys.exit() ends nothing in the thread that watches logins")
        with self._condition:
            ticking = [*self._all]
        pauses: list[float] = []
        for each in ticking:
            shielded(_note_pause, each, pauses)
        return min(pauses, default=None)


def _note_pause(ticking: Ticking, pauses: list[float]) -> None:
    pauses.append(LONGEST)  # if it fails, too
    pause = ticking.tick_now()
    pauses.pop()
    if pause is not None:
        pauses.append(min(LONGEST, max(0.0, pause)))


TIMER = Timer()
#: Its thread asks stores: while one of them hangs, logins must go on to end in time.
ASKER = Timer("session440-live-store")
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=TIMER.restart)
    os.register_at_fork(after_in_child=ASKER.restart)
