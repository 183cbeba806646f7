"""The ``send`` that an app is given, in front of the server's; only the head is ever changed."""

from __future__ import annotations

import sys
from collections.abc import Awaitable

from werkzeug.wrappers import Response

from ..core.enforcement import Answer
from ..exceptions import ANSWER_KEY, ANSWERING, Answered
from ..exchange import Exchange
from ..exchange.driver import aclose
from ..http.reply import Reply
from ..live.sender import dropped
from ..plain.watched import WatchedSession
from ..processing import (
    aprocess_exception,
    areply,
    keep_ends,
    passes_as_it_is,
    process_exception,
)
from .head import amended, decoded, encoded, head_of, is_refused
from .request import ASGIRequest, drain
from .stream import ASGIStream, is_stream
from .types import Message, Receive, Send


class ASGIResponse:
    """One response: the app's, or ours in its place."""

    _stream: ASGIStream | None = None  # of events, which may stay open for days
    is_under_way = False  # its head has been sent
    is_replaced = False  # it is ours; what the app sends is dropped

    def __init__(
        self,
        exchange: Exchange,
        request: ASGIRequest,
        receive: Receive,
        send: Send,
        watched: WatchedSession | None,
    ) -> None:
        self.receive = receive
        self._exchange = exchange
        self._request = request
        self._send = send
        self._watched = watched

    def send(self, message: Message) -> Awaitable[None]:
        """Act as ``send`` for the app."""
        if self.is_replaced:
            return dropped()
        if message["type"] != "http.response.start":
            return self._send(message) if self._stream is None else self._stream.send(message)
        if self._watched is None and message["status"] < 500 and passes_as_it_is(self._exchange):
            if self._exchange.provisional.login is not None:
                return self._pass(message)
            self.is_under_way = True  # nobody's login can end
            return self._send(message)
        return self._start(message)

    def _pass(self, message: Message) -> Awaitable[None]:
        """Send the app's head; if that begins a stream of events, it ends with its login."""
        self.is_under_way = True
        if not isinstance(message.get("headers"), (list, tuple)):
            # It may be an iterator, which is read once.
            message = {**message, "headers": [*message.get("headers", ())]}
        if not is_stream(self._exchange, message):
            return self._send(message)
        exchange, request = self._exchange, self._request
        self._stream = ASGIStream(self._send, exchange, request)
        del self._exchange, self._request, self._watched  # the stream may stay open for days
        request.native.pop(ANSWER_KEY, None)
        return self._stream.open(exchange, request, message)

    async def _start(self, message: Message) -> None:
        status = message["status"]
        raised = sys.exc_info()[1] if status >= 500 else None
        if isinstance(raised, Answered):
            # What handles errors, and does not know it, makes a 500 of it (ServerErrorMiddleware).
            await self._answer_with(raised)
            return
        pairs = decoded(message.get("headers", ()))
        if await is_refused(self._exchange, self._watched, status, pairs):
            await self.send_reply(await areply(self._exchange))
            return
        headers = await amended(self._exchange, status, pairs)
        # Not the headers of before: they may have been an iterator.
        await self._pass({**message, "headers": encoded(pairs) if headers is None else headers})

    async def refuse(self, answering: Answer) -> None:
        """Answer for the app."""
        await drain(self._exchange, self.receive, answering)
        await self.send_reply(await areply(self._exchange))

    async def send_reply(self, answer: Reply) -> None:
        """Send *answer* as the response."""
        self.is_replaced = True
        head = {"status": answer.status, "headers": await head_of(self._exchange, answer)}
        self.is_under_way = True
        await self._send({"type": "http.response.start", **head})
        await self._send({"type": "http.response.body", "body": answer.body})

    async def take(self, exception: Exception) -> bool:
        """Answer an exception of ours that the app did not catch; return whether it is one.

        If the app has begun its own answer, the exception is the server's.
        """
        if self._stream is not None:
            return await self._stream.take(exception)
        if not isinstance(exception, Answered):
            if self.is_under_way and isinstance(exception.__cause__, Answered):
                # Starlette's error where a handler of the app's comes too late to answer.
                await self._answer_with(exception.__cause__)
            return False
        return self.is_replaced or await self._answer_with(exception)

    async def _answer_with(self, exception: Answered) -> bool:
        answer = await self.reply_to(exception)
        if self.is_under_way:
            await aclose(self._exchange)
            return False
        await self.send_reply(answer)
        return True

    async def reply_to(self, exception: Answered) -> Reply:
        """Return the answer to an exception of ours."""
        return await aprocess_exception(self._exchange, exception)

    def to_exception(self, exception: Answered) -> Response:
        """Return the response to an exception of ours that the app handles itself."""
        answer = process_exception(self._exchange, exception)
        return Response(answer.body, answer.status_line, list(answer.headers))

    def let_go(self) -> Awaitable[None] | None:
        """Hold nothing of the connection longer, now that the app has answered, or never will.

        The scope holds the visit and this, which holds the server's ``send``, and that the scope:
        such a circle would keep the server's socket until a collection.

        Return what is still to be awaited.
        """
        if "quart" in sys.modules:
            ANSWERING.set(None)
        if self._stream is not None:
            return self._stream.leave()
        if self._exchange.owing or not self._exchange.is_sent:
            keep_ends(self._exchange)
        self._request.native.pop(ANSWER_KEY, None)
        self._request.let_go()
        return None
