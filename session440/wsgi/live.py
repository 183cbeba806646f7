"""Streams of events of a WSGI app, which end with the login under which they were opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from errno import EPIPE

from ..exchange import Exchange
from ..http.event_stream import EventStream, StreamGuard, guard_of, is_live
from ..visit import Visit

Write = Callable[[bytes], object]

_KIND = "content-type"
_LENGTH = len(_KIND)  # of which most other names are not

#: So many chunks of the app's are dropped without a word; then its ``write()`` raises an error.
MOST_DROPPED = 1000


def live_guard(
    exchange: Exchange, status: str, headers: list[tuple[str, str]]
) -> StreamGuard | None:
    """Return the guard of a response that is a stream of events; ``None`` for all others."""
    for name, value in headers:
        if len(name) == _LENGTH and name.lower() == _KIND and "event-stream" in value.lower():
            header = {name.lower(): value for name, value in headers}.get
            if is_live(exchange, int(status[:3]), header):
                return guard_of(exchange, Visit(exchange).watch().open(), header)
    return None


def live_body(guard: StreamGuard, iterable: Iterable[bytes]) -> EventStream:
    """Return the app's body, which ends with the login."""
    return EventStream(guard, iterable, getattr(iterable, "close", None))


def guarded_write(guard: StreamGuard, write: Write) -> Write:
    """Return the ``write()`` of a stream of events, for an app that sends it so.

    After the end what it writes is dropped. But an app that does nothing else than write would
    never end, so at last it fails, as when the client has gone.
    """
    dropped = 0

    def guarded(chunk: bytes) -> None:
        nonlocal dropped
        if not guard.is_over:
            write(guard.with_warning(chunk))
            return
        dropped += 1
        if dropped > MOST_DROPPED:
            raise BrokenPipeError(EPIPE, "the login has ended, and this stream with it")
        if last := guard.last():
            write(last)

    return guarded
