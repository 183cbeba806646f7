"""The response to one WSGI request, and what is added to its headers (PEP 3333)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

from ..core.enforcement import Answer
from ..core.shared_cache import Header
from ..exceptions import Answered
from ..exchange import Exchange
from ..http.event_stream import EventStream, StreamGuard
from ..http.reply import Reply
from ..plain.watched import HeaderList, WatchedSession
from ..processing import amend_response, passes_by, process_exception, reply, settle
from .live import guarded_write, live_guard

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Write = Callable[[bytes], object]


class WSGIResponse:
    """The ``start_response`` that the app is given, in front of the server's."""

    __slots__ = ("_exchange", "_instead", "_start_response", "_watched", "guard", "is_under_way")

    def __init__(
        self,
        exchange: Exchange,
        start_response: StartResponse,
        watched: WatchedSession | None = None,
    ) -> None:
        self._exchange = exchange
        self._start_response = start_response
        self._watched = watched
        self._instead: Reply | None = None
        self.guard: StreamGuard | None = None  # of a stream of events
        self.is_under_way = False  # the app's answer has begun, and is not replaced

    def start(self, status: str, headers: HeaderList, exc_info: Any = None) -> Write:
        """Act as ``start_response`` for the app."""
        exchange, watched = self._exchange, self._watched
        is_left_alone = watched is None or watched.is_left_alone(headers)
        if not (is_left_alone and (exchange.send() or passes_by(exchange))):
            code, header = int(status[:3]), _by_name(headers)
            if self._is_refused(code, headers, header):
                return self._start_instead()
            headers = self._amended(code, headers, header)
        self.is_under_way = True
        if exchange.provisional.login is None and not exc_info:  # nobody's login can end
            return self._start_response(status, headers)
        self.guard = live_guard(exchange, status, headers)
        if exc_info:  # some servers and checkers do not accept None
            return self._guarded(self._start_response(status, headers, exc_info))
        if self.guard is not None:
            return self._guarded(self._start_response(status, headers))
        return self._start_response(status, headers)

    def _guarded(self, write: Write) -> Write:
        return write if self.guard is None else guarded_write(self.guard, write)

    def _is_refused(self, code: int, headers: HeaderList, header: Header) -> bool:
        exchange, location = self._exchange, header("location")
        # This comes first: a cookie that the app sets in its refusal begins no login.
        if exchange.provisional.answer is Answer.CHALLENGE and settle(exchange, code, location):
            return True
        if self._watched is not None:
            if exchange.provisional.answer is not Answer.LOGIN_TIMEOUT:
                self._watched.note(code, headers, location, exchange.now)
            settle(exchange, code, location)
        return False

    def _amended(self, code: int, headers: HeaderList, header: Header) -> HeaderList:
        cookies, changes = amend_response(self._exchange, code, header)
        if not (cookies or changes):
            return headers
        amended = headers
        for name, _ in changes:
            if header(name.lower()) is not None:
                amended = [each for each in amended if each[0].lower() != name.lower()]
        amended = [*amended, *changes]
        for cookie in cookies:
            amended.append(("Set-Cookie", cookie.header()))
        return amended

    def send(self, answer: Reply, exc_info: Any = None) -> Iterable[bytes]:
        """Send *answer* as the response."""
        self.is_under_way = True
        self._send_headers(answer, exc_info)
        return [answer.body]

    def _send_headers(self, answer: Reply, exc_info: Any = None) -> None:
        header = {name.lower(): value for name, value in answer.headers}.get  # each stands once
        headers = self._amended(answer.status, list(answer.headers), header)
        self._start_response(answer.status_line, headers, *([exc_info] if exc_info else ()))

    def send_exception(self, exception: Answered) -> Iterable[bytes]:
        """Send the answer to an exception of ours that the app did not catch."""
        # exc_info only if it replaces a status that was given before (PEP 3333).
        exc_info = sys.exc_info() if self.is_under_way else None
        return self.send(process_exception(self._exchange, exception), exc_info)

    def __call__(self, exception: Answered) -> Response:
        """Return the response to an exception of ours that the app handles itself."""
        answer = process_exception(self._exchange, exception)
        return Response(answer.body, answer.status_line, list(answer.headers))

    # For an app that sends its status only while it is iterated, or whose refusal is held back
    # in challenge mode.

    def _start_instead(self) -> Write:
        self._instead = instead = reply(self._exchange)
        self._send_headers(instead)
        return _swallow

    def watch(self, iterable: Iterable[bytes], after: Callable[[], None]) -> Iterable[bytes]:
        """Pass on the app's body, unless it refuses or raises an exception of ours.

        :param after: is called at the end.
        """
        close = getattr(iterable, "close", None)
        return ClosingIterator(
            self._stream(iterable), [*filter(None, [close, self._forget, after])]
        )

    def _forget(self) -> None:
        if self.guard is not None:
            self.guard.login.close()

    def _stream(self, iterable: Iterable[bytes]) -> Iterator[bytes]:
        try:
            if self._instead is None:
                chunks = iter(iterable)
                for chunk in chunks:
                    if self._instead is not None:
                        break
                    if self.guard is not None:
                        yield from EventStream(self.guard, chain((chunk,), chunks))
                        break
                    yield chunk
        except Answered as exception:
            yield from self.send_exception(exception)
        if self._instead is not None:
            yield self._instead.body


def _swallow(data: bytes) -> None:
    """Act as ``write()`` for an app whose answer is replaced."""


def _by_name(headers: HeaderList) -> Header:
    """Return a function that returns a header by its name in small letters."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found.get
