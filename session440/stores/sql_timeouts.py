"""Deadlines for psycopg, whose own are whole seconds to connect, and none for a statement.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT
"""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import Any, TypeVar, cast

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen, PQGenConn

T = TypeVar("T")
Wish = TypeVar("Wish")
Ready = TypeVar("Ready")


def timed_connection(timeout: float) -> type[psycopg.Connection[Any]]:
    """Make a class of connections that wait *timeout* for an answer, and then are closed."""

    class TimedConnection(psycopg.Connection[Any]):
        @classmethod
        def _connect_gen(cls, *args: Any, **options: Any) -> PQGenConn[Any]:
            """Connect, which psycopg does by this generator alone.

            A :exc:`TimeoutError` is none of psycopg's, so that it tries no further address.
            """
            return _limited(super()._connect_gen(*args, **options), timeout)

        def wait(self, gen: PQGen[T], *_: Any, **__: Any) -> T:
            """Wait as psycopg does in Python.

            In C, older versions tell the generator nothing while nothing is ready.
            """
            limited = _limited(gen, timeout)
            try:
                return waiting.wait_selector(limited, self.pgconn.socket, timeout / 4)
            except TimeoutError as error:
                self.close()  # the answer may still come, and would be taken for the next
                raise psycopg.OperationalError("no answer in time") from error

    return TimedConnection


def _limited(steps: Generator[Wish, Ready, T], timeout: float) -> Generator[Wish, Ready, T]:
    """Pass *steps* of a conversation on to who waits for the socket, for so long.

    Who waits says now and then that nothing is ready yet: see ``psycopg.generators``.
    """
    deadline = monotonic() + timeout
    ready = None
    try:
        while True:
            ready = yield steps.send(ready)  # type: ignore[arg-type]  # None starts it
            if not ready and monotonic() >= deadline:
                raise TimeoutError("no answer in time")
    except StopIteration as done:
        return cast(T, done.value)
