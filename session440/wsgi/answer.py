"""The answer to one WSGI request, amended on its way out (PEP 3333)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

from ..departure import finish, passes_by, settle
from ..exceptions import LoginTimeout
from ..http.reply import Reply, exception_reply, timeout_reply
from ..visit import Visit
from .exchange import HeaderList, TicketExchange

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Write = Callable[[bytes], object]


class Answer:
    """Stands between the app and the server's ``start_response``."""

    __slots__ = ("_exchange", "_instead", "_start_response", "_started", "_visit")

    def __init__(
        self, visit: Visit, exchange: TicketExchange, start_response: StartResponse
    ) -> None:
        self._visit = visit
        self._exchange = exchange
        self._start_response = start_response
        self._instead: Reply | None = None
        self._started = False

    def start(self, status: str, headers: HeaderList, exc_info: Any = None) -> Write:
        """Be ``start_response`` to the app."""
        self._started = True
        if not self._exchange.watches and passes_by(self._visit):
            return self._pass_on(status, headers, exc_info)
        code = int(status[:3])
        if self._visit.challenged and settle(self._visit, code, _find(headers, "Location")):
            return self._start_instead()
        return self._pass_on(status, self._amended(code, headers), exc_info)

    def _pass_on(self, status: str, headers: HeaderList, exc_info: Any) -> Write:
        # A bare call for those servers, and checkers, that know no empty exc_info.
        if exc_info is None:
            return self._start_response(status, headers)
        return self._start_response(status, headers, exc_info)

    @property
    def is_under_way(self) -> bool:
        """Whether the app has begun its answer, and may finish it."""
        return self._started and self._instead is None

    def _amended(self, code: int, headers: HeaderList) -> HeaderList:
        more = self._exchange.follow(self._visit, headers) if self._exchange.watches else []
        cookie, changes = finish(self._visit, code, partial(_find, headers))
        if not (changes or more):
            return headers
        amended = Headers(headers)
        for name, value in changes:
            amended[name] = value
        if cookie is not None:
            amended.add("Set-Cookie", cookie.header())
        return [*amended, *more]

    def send(self, reply: Reply, exc_info: Any = None) -> Iterable[bytes]:
        """Answer with *reply*."""
        self.start(reply.status_line, list(reply.headers), exc_info)
        return [reply.body]

    def send_exception(self, exception: LoginTimeout) -> Iterable[bytes]:
        """Answer a ``LoginTimeout`` that nobody caught."""
        return self.send(exception_reply(self._visit, exception), sys.exc_info())

    def to_exception(self, exception: LoginTimeout) -> Response:
        """Give the response to a ``LoginTimeout`` which the app handles itself."""
        reply = exception_reply(self._visit, exception)
        return Response(reply.body, reply.status_line, list(reply.headers))

    # The app says its status only while it is iterated, or it has run as for a visitor in
    # challenge mode and its refusal is held back.

    def _start_instead(self) -> Write:
        self._instead = reply = timeout_reply(self._visit)
        self._start_response(reply.status_line, self._amended(reply.status, list(reply.headers)))
        return _swallow

    def watch(self, iterable: Iterable[bytes]) -> Iterable[bytes]:
        """Pass on what the app gives, unless it refuses or raises a ``LoginTimeout``."""
        return ClosingIterator(self._stream(iterable), getattr(iterable, "close", None))

    def _stream(self, iterable: Iterable[bytes]) -> Iterator[bytes]:
        try:
            if self._instead is None:
                for chunk in iterable:
                    if self._instead is not None:
                        break
                    yield chunk
        except LoginTimeout as exception:
            yield from self.send_exception(exception)
        if self._instead is not None:
            yield self._instead.body


def _swallow(data: bytes) -> None:
    """Be ``write()`` to an app whose answer is not wanted."""


def _find(headers: HeaderList, name: str) -> str | None:
    values = [value for key, value in headers if key.lower() == name.lower()]
    return ", ".join(values) if values else None
