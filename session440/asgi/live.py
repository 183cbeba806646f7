"""What an app sends on a connection that stays open, until its login ends."""

from __future__ import annotations

from asyncio import Task, get_running_loop, sleep, to_thread
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from ..core.cookie import Scope as CookieScope
from ..core.state import State
from ..engine import Engine
from ..events import logger
from ..exceptions import LoginTimeout
from ..exchange import Exchange
from ..exchange.driver import aclose
from ..exchange.settled import Settled
from ..live import LiveLogin
from ..plain.presentation import PlainPresentation
from ..plain.request import PlainRequest
from ..plain.session import TicketSession
from ..processing import aprocess_exception, keep_ends
from ..visit import Visit
from .request import ASGIRequest
from .types import Message, Send
from .visits import VISIT_KEY

if TYPE_CHECKING:
    from ..live.async_flag import AsyncFlag

#: So many messages of the app's are dropped without a word; then its ``send`` raises an error.
MOST_DROPPED = 1000

#: An open connection has neither a session nor a page.
_NO_SESSION, _PRESENTATION = TicketSession(CookieScope()), PlainPresentation()


class LiveSender:
    """The server's ``send``, which the app has until its login ends; then ours is the last word.

    After the end nothing of the app's is sent. What it is sending then is let through, for no
    server's ``send`` may be called twice at a time. A subclass says what the last word is; it is no
    object of its own, as there may be thousands of connections.
    """

    __slots__ = ("_closing", "_dropped", "_is_closed", "_is_over", "_login", "_send", "_sending")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._login: LiveLogin[AsyncFlag] | None = None
        self._sending = 0  # how many calls of the server's send have not come back
        self._closing: Task[None] | None = None
        self._dropped = 0  # messages of the app's that came after the end
        self._is_closed = False  # nothing may be sent any more
        self._is_over = False  # nothing of the app's may be sent any more

    def _last(self) -> Message | None:
        """Return what the server is sent once the login is over, if anything."""
        raise NotImplementedError

    def watch(self, exchange: Exchange) -> LiveLogin[AsyncFlag] | None:
        """Watch the login from now on, if somebody is logged in; return it."""
        if exchange.provisional.login is not None:
            self._login = Visit(exchange).watch().aopen()
            self._login.call(self._hear_end)
        return self._login

    def settle(self, exchange: Exchange, request: ASGIRequest) -> None:
        """Keep nothing of the request but its login."""
        request.native[VISIT_KEY] = Visit(Settled(exchange, self._login))
        request.let_go()

    def forward(self, message: Message) -> Awaitable[None]:
        """Send what the app sends, unless the login is over by the clock."""
        return self.drop() if self.is_over() else self._forward(message)

    def drop(self, most: int = MOST_DROPPED) -> Awaitable[None]:
        """Drop what the app sends after the end.

        An app that broadcasts to many connections is not disturbed by one that is being closed. But
        one that does nothing else than send would never end.
        """
        self._dropped += 1
        return dropped() if self._dropped <= most else _fail()

    def is_over(self) -> bool:
        """Return whether the login is over now; then the connection is closed."""
        if not self._is_over and self._login is not None and self._login.is_over:
            self._hear_end(self._login)
        return self._is_over

    async def _forward(self, message: Message) -> None:
        if not self._is_over:  # since the app has called
            await self._pass(message)

    async def _pass(self, message: Message) -> None:
        self._sending += 1
        try:
            await self._send(message)
        finally:
            self._sending -= 1
            if self._is_over:
                self._close_soon()

    def _hear_end(self, login: LiveLogin[AsyncFlag]) -> None:
        """Close the connection: its login has ended."""
        if not self._is_closed:
            self._is_over = True
            self._close_soon()

    def _close_soon(self) -> None:
        """Close the connection once no message of the app's is being sent."""
        if not (self._sending or self._is_closed):
            self._is_closed = True
            last = self._last()
            if last is not None:
                self._closing = get_running_loop().create_task(self._close(last))

    async def _close(self, last: Message) -> None:
        try:
            await self._send(last)
        except Exception as error:  # the client has gone, each server says so in its own way
            logger.debug("a connection could not be closed: %s", error)

    def leave(self) -> Awaitable[None] | None:
        """Watch the login no longer, now that the app has returned.

        Return what is still to be awaited.
        """
        if self._login is not None:
            self._login.close()
        return self._closing


async def end_login(
    engine: Engine, login: LiveLogin[AsyncFlag] | None, exception: Exception
) -> None:
    """End the login of an open connection as a request does in which a timeout is raised."""
    if login is None or login.ticket is None or not isinstance(exception, LoginTimeout):
        return
    request = PlainRequest({}, engine)
    request.let_go()  # there was one, long ago
    exchange = Exchange(engine, request, _NO_SESSION, _PRESENTATION, to_thread)
    exchange.advance((State(login.ticket), ()))
    try:
        await aprocess_exception(exchange, exception)
        await aclose(exchange)
    finally:
        keep_ends(exchange)


async def dropped() -> None:
    """Act as ``send`` for an app whose message is not sent; others have their turn meanwhile."""
    await sleep(0)


class ConnectionEndedError(OSError):
    """What ``send`` raises after the end, as it does when a client has gone (ASGI 2.4)."""


async def _fail() -> None:
    raise ConnectionEndedError("the login has ended, and this connection with it")


def is_ended_by(exception: BaseException | None) -> bool:
    """Return whether an exception came of the error with which ``send`` tells of the end."""
    while exception is not None and not isinstance(exception, ConnectionEndedError):
        exception = exception.__cause__ or exception.__context__
    return exception is not None
