"""Streams of events of a Django project, which end with the login under which they were opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from django.http.response import HttpResponseBase

from ..exchange import Exchange
from ..http.event_stream import EventStream, StreamGuard, guard_of, is_live
from ..live.async_flag import AsyncFlag
from ..visit import Visit
from .cancellation import end_of
from .response import by_name
from .threads import in_thread


def is_guarded(exchange: Exchange, response: HttpResponseBase) -> bool:
    """Return whether a response is a stream of events for somebody who is logged in."""
    return response.streaming and is_live(exchange, response.status_code, by_name(response))


def guard_stream(exchange: Exchange, response: Any) -> None:
    """Let a stream of events end with its login.

    Django sends nothing of an asynchronous iterator here before it has all of it.
    """
    if not response.is_async:
        guard = guard_of(exchange, Visit(exchange).watch().open(), by_name(response))
        response.streaming_content = EventStream(guard, response.streaming_content)


async def aguard_stream(exchange: Exchange, response: Any) -> None:
    """Let a stream of events end with its login, at once if its iterator is asynchronous."""
    if response.is_async:
        login = Visit(exchange).watch().aopen()
        guard = await in_thread(guard_of, exchange, login, by_name(response))  # asks the site
        chunks = _closed(response._iterator, response.make_bytes)
        response.streaming_content = AsyncEventStream(guard, chunks)
    else:
        await in_thread(guard_stream, exchange, response)


async def _closed(chunks: Any, as_bytes: Callable[[Any], bytes]) -> AsyncGenerator[bytes, None]:
    """Yield what the app does, and close its iterator in the end, as Django itself does not."""
    try:
        async for each in chunks:
            yield as_bytes(each)
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


class AsyncEventStream:
    """The body of a stream of events, which ends at once with its login.

    The app's iterator is read by one task of its own, so that the end, and the warning, come while
    it waits. It goes on when a chunk has been sent, as without us.
    """

    __slots__ = ("_chunk", "_chunks", "_guard", "_is_sent", "_news")

    def __init__(self, guard: StreamGuard, chunks: AsyncGenerator[bytes, None]) -> None:
        self._guard = guard
        self._chunks = chunks
        self._chunk: bytes | None = None  # read, and not sent yet
        self._news = AsyncFlag(is_set=False)  # for who sends
        self._is_sent = AsyncFlag(is_set=False)  # for who reads
        guard.login.call(self._tell)
        guard.login.call_at_warning(self._tell)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._guarded()

    def close(self) -> None:
        """Watch the login no longer."""
        self._guard.login.close()

    def _tell(self, *given: object) -> None:
        self._news.turn(is_set=True)

    async def _read(self) -> None:
        async with aclosing(self._chunks):
            async for chunk in self._chunks:
                self._chunk = chunk
                self._tell()
                await _next(self._is_sent)

    async def _guarded(self) -> AsyncGenerator[bytes, None]:
        guard, reading = self._guard, asyncio.ensure_future(self._read())
        reading.add_done_callback(self._tell)
        try:
            while not guard.is_over and not (reading.done() and self._chunk is None):
                chunk, self._chunk = self._chunk, None
                if out := guard.with_warning(chunk or b""):
                    yield out
                if chunk is not None:
                    self._is_sent.turn(is_set=True)
                elif not reading.done():
                    await _next(self._news)
            if not guard.is_over:
                reading.result()  # may be an error of the app's
            elif last := guard.last():
                yield last
        finally:
            self.close()
            if not reading.done():
                reading.cancel()
                await end_of(reading)


async def _next(flag: AsyncFlag) -> None:
    await flag.wait()
    flag.turn(is_set=False)
