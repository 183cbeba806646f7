"""Races: two actors, in threads or in processes, take their steps at the same moment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from random import Random
from threading import Event
from time import perf_counter
from types import FrameType
from typing import Any, NamedTuple

from backends import Backend, open_there

from session440.stores import MemoryStore, TicketStore

ROUNDS = 1000
#: Seconds for which an actor waits for the other.
PATIENCE = 60
#: Seconds in which an actor who waits at the gate is awake again.
LEAD = 1e-4

Step = Callable[[TicketStore, int], Any]  # is told which round it is
Race = Callable[[TicketStore, Step, Step], "list[tuple[Any, Any]]"]


class Taken(NamedTuple):
    """A step that was taken, and when; all processes of a machine share that clock."""

    result: Any
    began: float
    ended: float


@contextmanager
def in_threads(backend: Backend) -> Iterator[Race]:
    """Race two threads that share a store."""
    gate, other = Pipe()
    paced = _same if backend.is_shared else _interrupted

    def rival(store: TicketStore, step: Step) -> list[Taken]:
        try:
            return play(store, paced(step), other, 1)
        finally:
            backend.leave()

    with gate, other, ThreadPoolExecutor(1) as pool:
        yield lambda store, step, its: _race(
            pool.submit(rival, store, its), play(store, paced(step), gate, 0)
        )


def _same(step: Step) -> Step:
    return step


def _interrupted(step: Step) -> Step:
    """Have a step give way now and then where the store in memory calls something.

    It never waits for a server, and is done before the interpreter turns to another thread.
    """
    chance = Random(0)

    def give_way(frame: FrameType, *call: object) -> None:
        if frame.f_globals["__name__"] == MemoryStore.__module__ and chance.random() < 0.1:
            Event().wait(1e-6)

    def taken(store: TicketStore, number: int) -> Any:
        sys.setprofile(give_way)
        try:
            return step(store, number)
        finally:
            sys.setprofile(None)

    return taken


@contextmanager
def in_processes(backend: Backend) -> Iterator[Race]:
    """Race this process and another, which has a store of its own."""
    gate, other = Pipe()
    pool = ProcessPoolExecutor(1, get_context("spawn"), _enter, (backend.url, other))
    with gate, other, pool:
        yield lambda store, step, its: _race(
            pool.submit(_play_there, its), play(store, step, gate, 0)
        )


def _race(rival: Future[list[Taken]], mine: list[Taken]) -> list[tuple[Any, Any]]:
    """Give what came of each round, once it is certain that the actors did meet."""
    rounds = list(zip(mine, rival.result(PATIENCE), strict=True))
    for each in (result for pair in rounds for result, _, _ in pair):
        if isinstance(each, Exception):
            raise each
    assert any(one.began < other.ended and other.began < one.ended for one, other in rounds)
    return [(one.result, other.result) for one, other in rounds]


_there: list[Any] = []  # in the other process: its store and its gate


def _enter(url: str, gate: Connection) -> None:
    _there[:] = [open_there(url), gate]


def _play_there(step: Step) -> list[Taken]:
    store, gate = _there
    return play(store, step, gate, 1)


def play(store: TicketStore, step: Step, gate: Connection, turn: int) -> list[Taken]:
    """Take a step in each round, together with who is behind the gate.

    :param turn: in every other round an actor gives the other a start, of as long as a step
        takes at most: 0 for the even ones.
    """
    chance = Random(turn)
    taken: list[Taken] = []
    for number in range(ROUNDS):
        _meet(gate)
        if taken and number % 2 == turn:
            hold(chance.random() * (taken[-1].ended - taken[-1].began))
        began = perf_counter()
        try:
            result = step(store, number)
        except Exception as error:  # the other goes on, too
            result = error
        taken.append(Taken(result, began, perf_counter()))
    return taken


def hold(seconds: float) -> None:
    """Let a short time pass."""
    _hold_until(perf_counter() + seconds)


def _hold_until(moment: float) -> None:
    while perf_counter() < moment:  # nothing but being busy is exact enough
        pass


def _meet(gate: Connection) -> None:
    """Agree with the other actor on the moment to begin, and wait for it."""
    moment = perf_counter() + LEAD
    gate.send(moment)
    if not gate.poll(PATIENCE):
        raise TimeoutError("the other actor did not come")
    _hold_until(max(moment, gate.recv()))
