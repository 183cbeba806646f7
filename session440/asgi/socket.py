"""A WebSocket: judged at its handshake, and closed when its login ends.

https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

from __future__ import annotations

from asyncio import Task, get_running_loop, to_thread
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from ..core.cookie import Scope
from ..core.enforcement import Answer
from ..core.state import State
from ..events import logger
from ..exceptions import Answered, LoginTimeout
from ..exchange import Exchange
from ..exchange.driver import aclose
from ..exchange.settled import Settled
from ..http.reply import Reply
from ..live import LiveLogin, Watch
from ..plain.presentation import PlainPresentation
from ..plain.request import PlainRequest
from ..plain.session import TicketSession
from ..plain.watched import WatchedSession
from ..processing import aprocess_exception, areply, keep_ends
from ..visit import Visit
from .head import Encoded, amended, decoded, encoded, head_of, is_refused
from .request import ASGIRequest
from .response import dropped
from .types import Message, Receive, Send
from .visits import VISIT_KEY

if TYPE_CHECKING:
    from ..live.async_flag import AsyncFlag

#: The close codes that stand for our answers; 4000 to 4999 are for this (RFC 6455 section 7.4.2).
LOGIN_TIMEOUT, STEP_UP, TRY_AGAIN_LATER = 4440, 4401, 1013
_CODES = {Answer.STEP_UP: STEP_UP, Answer.UNAVAILABLE: TRY_AGAIN_LATER}

#: An open connection has neither a session nor a page.
NO_SESSION, PRESENTATION = TicketSession(Scope()), PlainPresentation()

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
        "_engine",
        "_exchange",
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
        self._engine = exchange.engine
        self._exchange: Exchange | None = exchange  # until the handshake is answered
        self._request: ASGIRequest | None = request
        self._receive = receive
        self._send = send
        self._watched = watched
        self._login: LiveLogin[AsyncFlag] | None = None
        self._sending = 0  # how many calls of the server's send have not come back
        self._closing: Task[None] | None = None
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
        if self._exchange is not None:
            return self._answer(self._exchange, message)
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
        if kind == _ACCEPT:
            self._watch(exchange)
        self._keep_nothing()
        if kind != _CLOSE and (headers is not None or pairs):
            message = {**message, "headers": encoded(pairs) if headers is None else headers}
        await self._forward(message)

    def _watch(self, exchange: Exchange) -> None:
        """Watch the login from now on."""
        ticket = exchange.provisional.login
        if ticket is not None:
            self._login = Watch(exchange.engine.live, ticket).aopen()
            self._login.call(self._hear_end)
        if self._request is not None:
            self._request.native[VISIT_KEY] = Visit(Settled(exchange, self._login))

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
            await self._send({"type": f"{_DENIAL}.start", **head})
            await self._send({"type": f"{_DENIAL}.body", "body": reply.body})
            return
        state = exchange.provisional
        code = _CODES.get(state.answer, LOGIN_TIMEOUT)
        reason = "" if state.ended is None else str(state.ended.cause or "")
        await self._send({"type": _ACCEPT, "headers": _of_login(headers)})
        await self._send({"type": _CLOSE, "code": code, "reason": reason})

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
        if self._is_over:
            return
        if self._exchange is not None:
            reply = await aprocess_exception(self._exchange, exception)
            await self._refuse(self._exchange, reply)
            return
        is_closed, self._is_over, self._is_closed = self._is_closed, True, True
        if isinstance(exception, LoginTimeout) and self._login is not None:
            await self._end(self._login, exception)
        if not is_closed:
            await self._close(*_said_by(exception))

    async def _end(self, login: LiveLogin[AsyncFlag], exception: LoginTimeout) -> None:
        """End the login as a request does in which that is raised."""
        request = PlainRequest({}, self._engine)
        request.let_go()  # there was one, long ago
        exchange = Exchange(self._engine, request, NO_SESSION, PRESENTATION, to_thread)
        exchange.advance((State(login.ticket), ()))
        await aprocess_exception(exchange, exception)
        await aclose(exchange)

    def let_go(self) -> Awaitable[None] | None:
        """Watch the login no longer, now that the app has returned.

        Return what is still to be awaited.
        """
        if self._exchange is not None and not self._is_over:
            keep_ends(self._exchange)
        if self._login is not None:
            self._login.close()
        self._keep_nothing()
        return self._closing


def _said_by(exception: Answered) -> tuple[int, str]:
    """Return the close code for an exception of ours, and the reason."""
    if isinstance(exception, LoginTimeout):
        return LOGIN_TIMEOUT, str(exception.cause)
    return STEP_UP, ""


def _of_login(headers: Encoded) -> Encoded:
    """Return those headers that say something of the login; the others are about the answer."""
    return [each for each in headers if each[0] in (b"set-cookie", b"session440-cause")]
