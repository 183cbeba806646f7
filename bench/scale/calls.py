"""Calls of a store, to be made on real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from session440 import Cause
from session440.stores import TicketStore

from ..filled import KEEP, NOW, OVER, is_over, login

CALLS, ROUNDS = 1000, 4  # the best round counts: a busy machine only ever adds

Call = Callable[[TicketStore], object]


class Calls:
    """Calls of each method, on logins in a random order; each login is ended once at most."""

    def __init__(self, logins: int, is_limited: bool = True) -> None:
        self._logins, self._is_limited = logins, is_limited
        self._chance = Random(440)  # noqa: S311  # the same each time
        self._ended = iter(self._chance.sample(range(logins), logins))
        self._moment, self._new = 0, logins

    def find(self) -> Call:
        id = self._any()
        return lambda store: store.find(id)

    def touch(self) -> Call:
        """With an absolute timeout the time until which a login is kept stays as it is."""
        id = self._any()
        self._moment += 1
        now, keep = NOW + self._moment, KEEP if self._is_limited else KEEP + self._moment
        return lambda store: store.touch(id, now, keep)

    def insert(self) -> Call:
        self._new += 1
        record = login(self._new, self._logins)
        return lambda store: store.insert(record)

    def end(self) -> Call:
        id = login(next(self._ended), self._logins).id
        return lambda store: store.end(id, Cause.IDLE, NOW)

    def generation(self) -> Call:
        id = self._any()
        return lambda store: store.generation(id)

    def purge(self) -> Call:
        """In the long run each login takes one with it."""
        return lambda store: store.purge(OVER, 1)

    def _any(self) -> str:
        number = self._chance.randrange(self._logins)
        while is_over(number % (self._logins // 5)):
            number = self._chance.randrange(self._logins)
        return login(number, self._logins).id


@contextmanager
def folders(count: int) -> Iterator[list[Path]]:
    with ExitStack() as stack:
        made = [TemporaryDirectory(prefix="session440-scale-") for _ in range(count)]
        yield [Path(stack.enter_context(each)) for each in made]
