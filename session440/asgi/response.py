"""The ``send`` that an app is given, in front of the server's; only the head is ever changed."""

from __future__ import annotations

import sys
from collections.abc import Awaitable
from typing import Any

from werkzeug.wrappers import Response

from ..core.enforcement import Answer
from ..core.shared_cache import Header
from ..exceptions import Answered
from ..exchange import Exchange
from ..exchange.driver import aclose
from ..http.reply import Reply
from ..plain.watched import HeaderList, WatchedSession
from ..processing import (
    aprocess_exception,
    aprocess_response,
    areply,
    asettle,
    passes_as_it_is,
    process_exception,
)
from .answers import encoded, messages_of
from .types import Message, Send

_LATIN = "latin-1"


class ASGIResponse:
    """One response: the app's, or ours in its place."""

    __slots__ = ("_exchange", "_send", "_watched", "is_replaced", "is_under_way")

    def __init__(
        self, exchange: Exchange, send: Send, watched: WatchedSession | None = None
    ) -> None:
        self._exchange = exchange
        self._send = send
        self._watched = watched
        self.is_under_way = False  # its head has been sent
        self.is_replaced = False  # it is ours; what the app sends is dropped

    def send(self, message: Message) -> Awaitable[None]:
        """Act as ``send`` for the app."""
        if self.is_replaced:
            return _dropped()
        if message["type"] != "http.response.start":
            return self._send(message)
        if self._watched is None and message["status"] < 500 and passes_as_it_is(self._exchange):
            self.is_under_way = True
            return self._send(message)
        return self._start(message)

    async def _start(self, message: Message) -> None:
        status = message["status"]
        raised = sys.exc_info()[1] if status >= 500 else None
        if isinstance(raised, Answered):
            # What handles errors, and does not know it, makes a 500 of it (ServerErrorMiddleware).
            await self.send_exception(raised)
            return
        headers = message.get("headers", ())
        pairs = [(name.decode(_LATIN), value.decode(_LATIN)) for name, value in headers]
        if await self._is_refused(status, pairs):
            await self.send_reply(await areply(self._exchange))
            return
        amended = await self._amended(status, pairs)
        self.is_under_way = True
        if amended is not None:
            message = {**message, "headers": amended}
        await self._send(message)

    async def _is_refused(self, status: int, pairs: HeaderList) -> bool:
        exchange, watched, location = self._exchange, self._watched, _by_name(pairs)("location")
        if watched is not None and not watched.is_left_alone(pairs):
            # First: a cookie that the app sets in its refusal begins no login.
            is_challenge = exchange.provisional.answer is Answer.CHALLENGE
            if is_challenge and await asettle(exchange, status, location):
                return True
            if exchange.provisional.answer is not Answer.LOGIN_TIMEOUT:
                watched.note(status, pairs, location, exchange.now)
        return await asettle(exchange, status, location)

    async def _amended(self, status: int, pairs: HeaderList) -> list[Any] | None:
        """Return the headers as they are sent; ``None`` if nothing is added."""
        cookies, changes = await aprocess_response(self._exchange, status, _by_name(pairs))
        if not (cookies or changes):
            return None
        replaced = {name.lower() for name, _ in changes}
        kept = [each for each in pairs if each[0].lower() not in replaced]
        return encoded([*kept, *changes, *(("Set-Cookie", each.header()) for each in cookies)])

    async def send_reply(self, answer: Reply) -> None:
        """Send *answer* as the response."""
        self.is_replaced = True
        amended = await self._amended(answer.status, [*answer.headers])
        start, body = messages_of(answer)
        self.is_under_way = True
        await self._send(start if amended is None else {**start, "headers": amended})
        await self._send(body)

    async def send_exception(self, exception: Answered) -> None:
        """Send the answer to an exception of ours that the app did not catch.

        :raises Answered: if the app has begun its own answer.
        """
        if self.is_replaced:
            return
        answer = await self.reply_to(exception)
        if self.is_under_way:
            await aclose(self._exchange)
            raise exception
        await self.send_reply(answer)

    async def reply_to(self, exception: Answered) -> Reply:
        """Return the answer to an exception of ours."""
        return await aprocess_exception(self._exchange, exception)

    def to_exception(self, exception: Answered) -> Response:
        """Return the response to an exception of ours that the app handles itself."""
        answer = process_exception(self._exchange, exception)
        return Response(answer.body, answer.status_line, list(answer.headers))


async def _dropped() -> None:
    """Act as ``send`` for an app whose answer is replaced."""


def _by_name(pairs: HeaderList) -> Header:
    """Return a function that returns a header by its name in small letters."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found.get
