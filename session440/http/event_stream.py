"""A stream of events (``text/event-stream``) that ends with the login under which it was opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..engine import Engine
from ..exchange import Exchange
from ..live import LiveLogin
from .live_documents import Reader, active_document, as_event, ended_document, reader_of

#: What stands between two events, however an app ends its lines.
_BLANK = (b"\n\n", b"\r\r", b"\r\n\r\n")


def is_live(exchange: Exchange, status: int, header: Callable[[str], str | None]) -> bool:
    """Return whether a response is a stream of events for somebody who is logged in.

    One with a length is written already.

    :param header: returns a header by its name in small letters.
    """
    if exchange.provisional.login is None or exchange.request.method == "HEAD":
        return False
    kind = header("content-type") if status == 200 else None
    if kind is None or kind.partition(";")[0].strip().lower() != "text/event-stream":
        return False
    return header("content-length") is None


class StreamGuard:
    """Decides what goes out on a stream of events: the app's chunk, a warning, or the end.

    It holds nothing of the request. Adapters that iterate and adapters that await ask it alike.

    :param reader: ``None``: events cannot be put into the stream, for it is compressed.
    """

    __slots__ = ("_engine", "_is_between", "_is_warned", "_reader", "login")

    def __init__(self, engine: Engine, login: LiveLogin[Any], reader: Reader | None) -> None:
        self.login = login
        self._engine = engine
        self._reader = reader
        self._is_between = True  # no event is half written
        self._is_warned = False

    @property
    def is_over(self) -> bool:
        """Whether nothing of the app's may be sent any more: ask this before each chunk."""
        return self.login.is_over

    def with_warning(self, chunk: bytes) -> bytes:
        """Return the app's chunk, after the warning if that is due."""
        warning = self._warning()
        if chunk:
            # Starlette passes a memoryview on, and servers take it.
            self._is_between = bytes(chunk[-4:]).endswith(_BLANK)
        return warning + chunk

    def _warning(self) -> bytes:
        ticket, is_near = self.login.ticket, self.login.warned.is_set()
        if not is_near or self._is_warned:
            self._is_warned = is_near  # once the login was renewed, the next warning is another
            return b""
        if self._reader is None or not self._is_between or ticket is None:
            return b""
        self._is_warned = True
        return as_event(active_document(self._engine, ticket, self._engine.clock()))

    def last(self) -> bytes:
        """Return the last event of a stream whose login is over, once; then nothing.

        It begins with a blank line: the app's last chunk may end in the middle of an event.
        """
        ended, reader = self.login.end, self._reader
        if reader is None or ended is None:
            return b""
        self._reader = None
        separator = b"" if self._is_between else b"\n\n"
        return separator + as_event(ended_document(ended, reader))


def guard_of(
    exchange: Exchange, login: LiveLogin[Any], header: Callable[[str], str | None]
) -> StreamGuard:
    """Return the guard of a response that is a stream of events.

    :param login: watched from now on.
    :param header: returns a header by its name in small letters.
    """
    is_plain = (header("content-encoding") or "identity").lower() == "identity"
    return StreamGuard(exchange.engine, login, reader_of(exchange) if is_plain else None)


class EventStream:
    """The body of a stream of events, with what is told of the login, in adapters that iterate.

    A quiet app cannot be interrupted: it should wait for ``login.ended`` in place of sleeping.

    :param close: closes the app's iterable.
    """

    __slots__ = ("_chunks", "_close", "_guard")

    def __init__(
        self, guard: StreamGuard, chunks: Iterable[bytes], close: Callable[[], object] | None = None
    ) -> None:
        self._guard = guard
        self._chunks = iter(chunks)
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        guard = self._guard
        if not guard.is_over:
            chunk = next(self._chunks, None)
            if chunk is not None and not guard.is_over:  # the app may have waited for long
                return guard.with_warning(chunk)
        last = guard.last() if guard.is_over else b""
        if not last:
            raise StopIteration
        return last

    def close(self) -> None:
        """Close the app's iterable, and watch the login no longer."""
        self._guard.login.close()
        close, self._close = self._close, None
        if close is not None:
            close()
