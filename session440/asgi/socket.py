"""A WebSocket: judged at its handshake, and closed when its login ends."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, NamedTuple

from ..core.enforcement import Answer
from ..exceptions import Answered, LoginTimeout
from ..exchange import Exchange
from ..http.reply import Reply
from ..live import LiveLogin
from ..live.denial import LOGIN_TIMEOUT, STEP_UP, Denial, closing, is_asked
from ..live.sender import is_ended_by
from ..live.websocket import CLOSE, LiveSocket
from ..plain.watched import WatchedSession
from ..processing import aprocess_exception, areply, keep_ends
from .head import amended, decoded, encoded, head_of, is_refused
from .live import end_login, settle, watched_login
from .request import ASGIRequest
from .types import Message, Receive, Scope, Send

if TYPE_CHECKING:
    from ..live.async_flag import AsyncFlag


class Asked(NamedTuple):
    """The request of a handshake."""

    exchange: Exchange
    request: ASGIRequest
    receive: Receive
    watched: WatchedSession | None


class ASGISocket:
    """One WebSocket of an app: its handshake, and then no more than the exceptions of the app."""

    __slots__ = ("_asked", "_engine", "_live")

    def __init__(
        self,
        exchange: Exchange,
        request: ASGIRequest,
        receive: Receive,
        send: Send,
        watched: WatchedSession | None,
    ) -> None:
        self._engine = exchange.engine
        self._asked: Asked | None = Asked(exchange, request, receive, watched)
        self._live = LiveSocket(receive, send, self)

    @property
    def receive(self) -> Receive:
        """The ``receive`` that the app is given."""
        return self._live.receive

    @property
    def send(self) -> Send:
        """The ``send`` that the app is given."""
        return self._live.send

    # The handshake

    @property
    def scope(self) -> Scope:
        """What the server says of the connection."""
        return {} if self._asked is None else self._asked.request.native

    async def refuse(self, answering: Answer) -> None:
        """Answer for the app."""
        if self._asked is not None and await is_asked(self._asked.receive):
            exchange = self._asked.exchange
            await self._live.deny(await _denial(exchange, await areply(exchange)))

    async def answer(self, status: int, message: Message) -> Message | Denial:
        """Return the app's answer as it goes out; or the 440, if the app refuses a visitor."""
        if self._asked is None:
            return message
        exchange, watched = self._asked.exchange, self._asked.watched
        pairs = decoded(message.get("headers", ()))
        if await is_refused(exchange, watched, status, pairs):
            return await _denial(exchange, await areply(exchange))
        headers = await amended(exchange, status, pairs)
        if message["type"] == CLOSE or not (pairs or headers):
            return message
        return {**message, "headers": encoded(pairs) if headers is None else headers}

    def open(self) -> LiveLogin[AsyncFlag] | None:
        """Return the login under which the socket is open, if anybody is logged in."""
        if self._asked is None:
            return None
        exchange, request = self._asked.exchange, self._asked.request
        login = watched_login(exchange)
        settle(exchange, request, login)
        return login

    def answered(self) -> None:
        """Hold nothing of the request longer: the handshake is answered."""
        if self._asked is not None:
            self._asked.request.let_go()
        self._asked = None

    # The end

    async def take(self, exception: Exception) -> bool:
        """Answer an exception of ours that the app did not catch; return whether it is one."""
        if not isinstance(exception, Answered):
            return is_ended_by(exception)
        if self._live.is_over():
            return True
        if self._asked is None:
            await end_login(self._engine, self._live.login, exception)
            await self._live.end_by(_close_for(exception))
        else:
            exchange = self._asked.exchange
            reply = await aprocess_exception(exchange, exception)
            await self._live.deny(await _denial(exchange, reply))
        return True

    def let_go(self) -> Awaitable[None] | None:
        """Hold nothing of the connection longer, now that the app has returned.

        Return what is still to be awaited.
        """
        if self._asked is not None:
            keep_ends(self._asked.exchange)
            self.answered()
        return self._live.leave()


async def _denial(exchange: Exchange, reply: Reply) -> Denial:
    """Return *reply* as the answer to a handshake."""
    headers = await head_of(exchange, reply)
    return Denial(reply.status, headers, reply.body, exchange.provisional)


def _close_for(exception: Answered) -> Message:
    """Return the close frame for an exception of ours."""
    if isinstance(exception, LoginTimeout):
        return closing(LOGIN_TIMEOUT, str(exception.cause))
    return closing(STEP_UP)
