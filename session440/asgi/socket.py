"""A WebSocket: judged at its handshake, and closed when its login ends.

https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress

from ..core.enforcement import Answer
from ..exceptions import Answered, LoginTimeout
from ..exchange import Exchange
from ..http.reply import Reply
from ..plain.watched import WatchedSession
from ..processing import aprocess_exception, areply, keep_ends
from .head import Encoded, amended, decoded, encoded, head_of, is_refused
from .live import LiveSender, end_login, is_ended_by
from .request import ASGIRequest
from .types import Message, Receive, Send

#: The close codes that stand for our answers; 4000 to 4999 are for this (RFC 6455 section 7.4.2).
LOGIN_TIMEOUT, STEP_UP, TRY_AGAIN_LATER = 4440, 4401, 1013
_CODES = {Answer.STEP_UP: STEP_UP, Answer.UNAVAILABLE: TRY_AGAIN_LATER}

_ACCEPT, _CLOSE, _DENIAL = "websocket.accept", "websocket.close", "websocket.http.response"
#: What the app's answer to a handshake is as a status: a server makes 403 of a close.
_STATUSES = {_ACCEPT: 101, _CLOSE: 403}


class ASGISocket(LiveSender):
    """One WebSocket: the app's ``receive`` and ``send``, in front of the server's.

    After its login has ended the app is told that the connection is closed. Its task is not
    cancelled: it finds that out, as it does when a client goes away.
    """

    __slots__ = ("_engine", "_exchange", "_receive", "_request", "_watched")

    def __init__(
        self,
        exchange: Exchange,
        request: ASGIRequest,
        receive: Receive,
        send: Send,
        watched: WatchedSession | None,
    ) -> None:
        super().__init__(send)
        self._engine = exchange.engine
        self._exchange: Exchange | None = exchange  # until the handshake is answered
        self._request: ASGIRequest | None = request
        self._receive = receive
        self._watched = watched

    # What the app is given

    async def receive(self) -> Message:
        """Act as ``receive`` for the app: no frame of somebody whose login is over reaches it."""
        while not (self._is_over and self._is_closed):
            message: Message = await self._receive()
            if message["type"] == "websocket.disconnect" or not self.is_over():
                if self._is_over:
                    break
                return message
        reason = "" if self._login is None else self._login.reason
        return {"type": "websocket.disconnect", "code": LOGIN_TIMEOUT, "reason": reason}

    def send(self, message: Message) -> Awaitable[None]:
        """Act as ``send`` for the app."""
        if self._is_over:
            return self.drop()
        if self._exchange is not None:
            return self._answer(self._exchange, message)
        if message["type"] == _CLOSE:
            self._is_closed = True
        elif self._login is not None:
            return self.forward(message)
        return self._send(message)

    # The handshake

    async def _answer(self, exchange: Exchange, message: Message) -> None:
        """Answer the handshake as the app does, or refuse it if the app refuses a visitor."""
        kind = message["type"]
        status = _STATUSES.get(kind) or message.get("status", 403)
        pairs = decoded(message.get("headers", ()))
        if await is_refused(exchange, self._watched, status, pairs):
            await self._refuse(exchange, await areply(exchange))
            return
        headers = await amended(exchange, status, pairs)
        self._is_closed = kind == _CLOSE
        if kind == _ACCEPT and self._request is not None:
            self.watch(exchange)
            self.settle(exchange, self._request)
        self._keep_nothing()
        if kind != _CLOSE and (headers is not None or pairs):
            message = {**message, "headers": encoded(pairs) if headers is None else headers}
        await self._pass(message)

    def _keep_nothing(self) -> None:
        """Let go of the request, now that the handshake is answered."""
        if self._request is not None:
            self._request.let_go()
        self._exchange = self._request = self._watched = None

    async def refuse(self, answering: Answer) -> None:
        """Answer for the app."""
        exchange, self._is_over = self._exchange, True
        if exchange is not None and (await self._receive())["type"] == "websocket.connect":
            await self._refuse(exchange, await areply(exchange))

    async def _refuse(self, exchange: Exchange, reply: Reply) -> None:
        """Refuse the handshake by *reply*; without the extension for that, by a close code."""
        self._is_over = self._is_closed = True
        headers = await head_of(exchange, reply)
        extensions = exchange.request.native.get("extensions") or ()
        self._keep_nothing()
        if _DENIAL in extensions:
            head = {"status": reply.status, "headers": headers}
            # uvicorn's "websockets", which was its default, sends no status but of HTTPStatus.
            with suppress(ValueError):
                await self._send({"type": f"{_DENIAL}.start", **head})
                await self._send({"type": f"{_DENIAL}.body", "body": reply.body})
                return
        state = exchange.provisional
        code = _CODES.get(state.answer, LOGIN_TIMEOUT)
        reason = "" if state.ended is None else str(state.ended.cause or "")
        await self._send({"type": _ACCEPT, "headers": _of_login(headers)})
        await self._send({"type": _CLOSE, "code": code, "reason": reason})

    # The end

    def _last(self) -> Message:
        reason = "" if self._login is None else self._login.reason
        return {"type": _CLOSE, "code": LOGIN_TIMEOUT, "reason": reason}

    async def take(self, exception: Exception) -> bool:
        """Answer an exception of ours that the app did not catch; return whether it is one."""
        if not isinstance(exception, Answered):
            return is_ended_by(exception)
        if not self._is_over:
            await self._answer_with(exception)
        return True

    async def _answer_with(self, exception: Answered) -> None:
        if self._exchange is not None:
            reply = await aprocess_exception(self._exchange, exception)
            await self._refuse(self._exchange, reply)
            return
        is_closed, self._is_over, self._is_closed = self._is_closed, True, True
        await end_login(self._engine, self._login, exception)
        if not is_closed:
            await self._close(_close_for(exception))

    def let_go(self) -> Awaitable[None] | None:
        """Hold nothing of the connection longer, now that the app has returned.

        Return what is still to be awaited.
        """
        if self._exchange is not None and not self._is_over:
            keep_ends(self._exchange)
        self._keep_nothing()
        return self.leave()


def _close_for(exception: Answered) -> Message:
    """Return the close frame for an exception of ours."""
    if isinstance(exception, LoginTimeout):
        return {"type": _CLOSE, "code": LOGIN_TIMEOUT, "reason": str(exception.cause)}
    return {"type": _CLOSE, "code": STEP_UP}


def _of_login(headers: Encoded) -> Encoded:
    """Return those headers that say something of the login; the others are about the answer."""
    return [each for each in headers if each[0] in (b"set-cookie", b"session440-cause")]
