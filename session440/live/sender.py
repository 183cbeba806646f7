"""What an app sends on a connection that stays open, until its login ends."""

from __future__ import annotations

from asyncio import Future, Task, get_running_loop, sleep
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from ..events import logger
from .login import LiveLogin
from .messages import Message, Send

if TYPE_CHECKING:
    from .async_flag import AsyncFlag

#: So many messages of the app's are dropped without a word; then its ``send`` raises an error.
MOST_DROPPED = 1000


class LiveSender:
    """The server's ``send``, which the app has until its login ends; then ours is the last word.

    After the end nothing of the app's is sent. What it is sending then is let through, for no
    server's ``send`` may be called twice at a time. A subclass says what the last word is; it is no
    object of its own, as there may be thousands of connections.

    ``login`` is watched; it is ``None`` if nobody is logged in.
    """

    __slots__ = (
        "_closing",
        "_dropped",
        "_is_closed",
        "_is_over",
        "_send",
        "_sending",
        "_sent",
        "login",
    )

    def __init__(self, send: Send) -> None:
        self._send = send
        self.login: LiveLogin[AsyncFlag] | None = None
        self._sending = 0  # how many calls of the server's send have not come back
        self._sent: Future[None] | None = None  # waited for by who closes while there are some
        self._closing: Task[None] | None = None
        self._dropped = 0  # messages of the app's that came after the end
        self._is_closed = False  # the last word has been said
        self._is_over = False  # nothing of the app's may be sent any more

    def _last(self) -> Message | None:
        """Return what the server is sent once the login is over, if anything."""
        raise NotImplementedError

    def watch(self, login: LiveLogin[AsyncFlag] | None) -> None:
        """End with *login*, which is watched in this event loop; ``None``: nobody is logged in."""
        self.login = login
        if login is not None:
            login.call(self._hear_end)

    def drop(self, most: int = MOST_DROPPED) -> Awaitable[None]:
        """Drop what the app sends after the end.

        An app that broadcasts to many connections is not disturbed by one that is being closed. But
        one that does nothing else than send would never end.
        """
        self._dropped += 1
        return dropped() if self._dropped <= most else _fail()

    def is_over(self) -> bool:
        """Return whether the login is over now; then the connection is closed."""
        if not self._is_over and self.login is not None and self.login.is_over:
            self._hear_end(self.login)
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
            sent = self._sent
            if sent is not None and not self._sending:
                self._sent = None
                if not sent.done():  # who closes may have been cancelled
                    sent.set_result(None)

    def _hear_end(self, login: LiveLogin[AsyncFlag]) -> None:
        """Close the connection: its login has ended."""
        if not (self._is_over or self._is_closed):
            self._is_over = self._is_closed = True
            self._closing = get_running_loop().create_task(self._close())

    async def _close(self) -> None:
        """Say the last word, once no message of the app's is being sent."""
        while self._sending:
            self._sent = get_running_loop().create_future()
            await self._sent
        last = self._last()
        if last is not None:
            await self._say(last)

    async def _say(self, last: Message) -> None:
        try:
            await self._send(last)
        except Exception as error:  # the client has gone, each server says so in its own way
            logger.debug("a connection could not be closed: %s", error)

    def leave(self) -> Awaitable[None] | None:
        """Watch the login no longer, now that the app has returned.

        Return what is still to be awaited.
        """
        if self.login is not None:
            self.login.close()
        return self._closing


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
