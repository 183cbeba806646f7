"""Deadlines for psycopg, which has whole seconds for connecting, and none for a statement.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Generator
from time import monotonic
from typing import Any, TypeVar, cast

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen, PQGenConn, WaitFunc

#: One system call a wait; the other kind makes a selector for each: five system calls.
_wait: WaitFunc = getattr(waiting, "wait_poll", waiting.wait_selector)  # Windows has no poll()

T = TypeVar("T")
Wish = TypeVar("Wish")
Ready = TypeVar("Ready")


class SilentError(Exception):
    """No answer came in time.

    psycopg takes errors of the system, as a ``TimeoutError`` is one, for its own in some places.
    """


def timed_connection(timeout: float) -> type[psycopg.Connection[Any]]:
    """Return a class of connections that wait *timeout* for an answer and then are closed."""

    class TimedConnection(psycopg.Connection[Any]):
        @classmethod
        def _connect_gen(cls, *args: Any, **options: Any) -> PQGenConn[Any]:
            """Return the steps of connecting; psycopg connects only by this generator.

            psycopg does not handle a :exc:`SilentError`, so it tries no further address.
            """
            return _limited(super()._connect_gen(*args, **options), timeout)

        def wait(self, gen: PQGen[T], *_: Any, **__: Any) -> T:
            """Return the result, waiting as psycopg's Python code does.

            In older versions its C code does not resume the generator while nothing is ready.
            """
            limited = _limited(gen, timeout)
            try:
                return _wait(limited, self.pgconn.socket, timeout / 4)
            except SilentError as error:
                self.close()  # a late answer would be taken for the next one
                raise psycopg.OperationalError("no answer in time") from error

    return TimedConnection


def timed_async_connection(timeout: float) -> type[psycopg.AsyncConnection[Any]]:
    """Return a class of such connections for coroutines."""

    class TimedAsyncConnection(psycopg.AsyncConnection[Any]):
        @classmethod
        def _connect_gen(cls, *args: Any, **options: Any) -> PQGenConn[Any]:
            """Return the steps of connecting."""
            return _limited(super()._connect_gen(*args, **options), timeout)

        async def wait(self, gen: PQGen[T], *_: Any, **__: Any) -> T:
            """Return the result.

            psycopg itself would have the server cancel the statement, and wait for that without
            a deadline. These statements are short.
            """
            limited = _limited(gen, timeout)
            try:
                return await waiting.wait_async(limited, self.pgconn.socket, timeout / 4)
            except SilentError as error:
                await self.close()  # a late answer would be taken for the next one
                raise psycopg.OperationalError("no answer in time") from error
            except (CancelledError, GeneratorExit):
                await self.close()
                raise

    return TimedAsyncConnection


def _limited(steps: Generator[Wish, Ready, T], timeout: float) -> Generator[Wish, Ready, T]:
    """Pass on the *steps* of a conversation until *timeout* seconds have passed.

    The code that waits for the socket says now and then that nothing is ready yet: see
    ``psycopg.generators``.
    """
    deadline = monotonic() + timeout
    ready = None
    try:
        while True:
            ready = yield steps.send(ready)  # type: ignore[arg-type]  # None starts it
            if not ready and monotonic() >= deadline:
                raise SilentError("no answer in time")
    except StopIteration as done:
        return cast(T, done.value)
