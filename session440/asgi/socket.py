"""A WebSocket: judged at its handshake, and closed when its login ends.

https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

from __future__ import annotations

from asyncio import Task, get_running_loop
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from ..core.enforcement import Answer
from ..events import logger
from ..exceptions import Answered, LoginTimeout
from ..exchange import Exchange
from ..exchange.driver import aclose
from ..http.reply import Reply
from ..live import LiveLogin, Watch
from ..plain.watched import WatchedSession
from ..processing import aprocess_exception, areply
from .head import Encoded, amended, decoded, encoded, head_of, is_refused
from .request import ASGIRequest
from .response import dropped
from .types import Message, Receive, Send

if TYPE_CHECKING:
    from ..live.async_flag import AsyncFlag

#: The close codes that stand for our answers; 4000 to 4999 are for this (RFC 6455 section 7.4.2).
LOGIN_TIMEOUT, STEP_UP, TRY_AGAIN_LATER = 4440, 4401, 1013
_CODES = {Answer.STEP_UP: STEP_UP, Answer.UNAVAILABLE: TRY_AGAIN_LATER}

_ACCEPT, _CLOSE, _DENIAL = "websocket.accept", "websocket.close", "websocket.http.response"
#: What the app's answer to a handshake is as a status: a server makes 403 of a close.
_STATUSES = {_ACCEPT: 101, _CLOSE: 403}


class ASGISocket:
    """One WebSocket: the app's ``receive`` and ``send``, in front of the server's.

    After its login has ended nothing of the app's is sent, and the app is told that the connection
    is closed. Its task is not cancelled: it finds that out, as it does when a client goes away.
    """

    __slots__ = (
        "_closing",
        "_exchange",
        "_is_answered",
        "_is_closed",
        "_is_over",
        "_login",
        "_receive",
        "_request",
        "_send",
        "_sending",
        "_watched",
    )

    def __init__(
        self,
        exchange: Exchange,
        request: ASGIRequest,
        receive: Receive,
        send: Send,
        watched: WatchedSession | None,
    ) -> None:
        self._exchange = exchange
        self._request = request
        self._receive = receive
        self._send = send
        self._watched = watched
        self._login: LiveLogin[AsyncFlag] | None = None
        self._sending = 0  # how many calls of the server's send have not come back
        self._closing: Task[None] | None = None
        self._is_answered = False  # the handshake
        self._is_closed = False  # nothing may be sent any more
        self._is_over = False  # because the login has ended, or the handshake was refused

    # What the app is given

    async def receive(self) -> Message:
        """Act as ``receive`` for the app."""
        message: Message = {}
        while not (self._is_over and self._is_closed):
            message = await self._receive()
            if not self._is_over or message["type"] == "websocket.disconnect":
                break
        if not self._is_over:
            return message
        code, reason = LOGIN_TIMEOUT, "" if self._login is None else self._login.reason
        return {"type": "websocket.disconnect", "code": code, "reason": reason}

    def send(self, message: Message) -> Awaitable[None]:
        """Act as ``send`` for the app."""
        if self._is_over:
            return dropped()
        if not self._is_answered:
            return self._answer(message)
        if message["type"] == _CLOSE:
            self._is_closed = True
        elif self._login is not None:
            if self._login.is_over:
                self._hear_end(self._login)
                return dropped()
            return self._forward(message)
        return self._send(message)

    async def _forward(self, message: Message) -> None:
        self._sending += 1
        try:
            await self._send(message)
        finally:
            self._sending -= 1
            if self._is_over:
                self._close_soon()

    # The handshake

    async def _answer(self, message: Message) -> None:
        """Answer the handshake as the app does, or refuse it if the app refuses a visitor."""
        exchange, kind = self._exchange, message["type"]
        status = _STATUSES.get(kind) or message.get("status", 403)
        pairs = decoded(message.get("headers", ()))
        if await is_refused(exchange, self._watched, status, pairs):
            await self.refuse(await areply(exchange))
            return
        headers = await amended(exchange, status, pairs)
        self._is_answered, self._is_closed = True, kind == _CLOSE
        if kind == _ACCEPT:
            self._watch()
        if kind != _CLOSE:
            message = {**message, "headers": encoded(pairs) if headers is None else headers}
        await self._forward(message)

    def _watch(self) -> None:
        """Watch the login from now on; of the request, nothing else is kept."""
        exchange = self._exchange
        self._request.let_go()
        ticket = exchange.provisional.login
        if ticket is not None:
            self._login = Watch(exchange.engine.live, ticket).aopen()
            self._login.call(self._hear_end)

    async def refuse(self, reply: Reply) -> None:
        """Refuse the handshake by *reply*; without the extension for that, by a close code."""
        exchange = self._exchange
        self._is_answered = self._is_over = self._is_closed = True
        headers = await head_of(exchange, reply)
        if _DENIAL in (self._request.native.get("extensions") or ()):
            head = {"status": reply.status, "headers": headers}
            await self._send({"type": f"{_DENIAL}.start", **head})
            await self._send({"type": f"{_DENIAL}.body", "body": reply.body})
            return
        ended = exchange.provisional.ended
        code = _CODES.get(exchange.provisional.answer, LOGIN_TIMEOUT)
        await self._send({"type": _ACCEPT, "headers": _of_login(headers)})
        await self._send(
            {"type": _CLOSE, "code": code, "reason": str((ended and ended.cause) or "")}
        )

    # The end

    def _hear_end(self, login: LiveLogin[AsyncFlag]) -> None:
        """Close the connection: its login has ended."""
        if not self._is_closed:
            self._is_over = True
            self._close_soon()

    def _close_soon(self) -> None:
        """Close the connection once no message of the app's is being sent."""
        if not (self._sending or self._is_closed):
            self._is_closed = True
            reason = "" if self._login is None else self._login.reason
            self._closing = get_running_loop().create_task(self._close(LOGIN_TIMEOUT, reason))

    async def _close(self, code: int, reason: str) -> None:
        try:
            await self._send({"type": _CLOSE, "code": code, "reason": reason})
        except Exception as error:  # the client has gone, each server says so in its own way
            logger.debug("a connection could not be closed: %s", error)

    async def take(self, exception: Answered) -> None:
        """Answer an exception of ours that the app did not catch."""
        is_open = self._is_answered and not self._is_closed
        if self._is_over:
            return
        self._is_over = self._is_closed = self._is_answered  # its end is told here
        reply = await aprocess_exception(self._exchange, exception)
        if not self._is_answered:
            await self.refuse(reply)
            return
        await aclose(self._exchange)
        if is_open:
            await self._close(*_said_by(exception))

    async def finish(self) -> None:
        """Watch the login no longer: the app has returned."""
        if self._login is not None:
            self._login.close()
        if self._closing is not None:
            await self._closing


def _said_by(exception: Answered) -> tuple[int, str]:
    """Return the close code for an exception of ours, and the reason."""
    if isinstance(exception, LoginTimeout):
        return LOGIN_TIMEOUT, str(exception.cause)
    return STEP_UP, ""


def _of_login(headers: Encoded) -> Encoded:
    """Return those headers that say something of the login; the others are about the answer."""
    return [each for each in headers if each[0] in (b"set-cookie", b"session440-cause")]
