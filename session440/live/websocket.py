"""A WebSocket that ends with its login: what stands between an app and its server.

https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

from __future__ import annotations

from asyncio import CancelledError, Task, current_task
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from .denial import DENIAL, LOGIN_TIMEOUT, Denial, closing, deny
from .login import LiveLogin
from .messages import Message, Receive, Scope, Send
from .sender import LiveSender

if TYPE_CHECKING:
    from .async_flag import AsyncFlag

ACCEPT, CLOSE = "websocket.accept", "websocket.close"
#: Makes a message that the app receives when the end is near.
Warn = Callable[[LiveLogin["AsyncFlag"]], Message]


class Handshake(Protocol):
    """A socket that the app has neither accepted nor refused, as its adapter knows it."""

    @property
    def scope(self) -> Scope:
        """What the server says of the connection."""

    async def answer(self, status: int, message: Message) -> Message | Denial:
        """Return the app's answer as it goes out; or the denial that takes its place.

        :param status: what the answer is in HTTP.
        """

    def open(self) -> LiveLogin[AsyncFlag] | None:
        """Return the login under which the socket is open, if anybody is logged in."""

    def answered(self) -> None:
        """Hold nothing of the request longer: the handshake is answered."""


class LiveSocket(LiveSender):
    """One WebSocket: the app's ``receive`` and ``send``, in front of the server's.

    Once its login is over the app is told that the connection is closed, at once: a client that has
    gone without a word answers no close frame, and some servers wait for that. Its task is not
    cancelled: it finds that out, as it does when a client goes away.

    :param warning: makes a message that the app receives when the end is near; ``None``: none.
    """

    __slots__ = ("_handshake", "_is_near", "_is_told", "_reader", "_receive", "_warning")

    def __init__(
        self, receive: Receive, send: Send, handshake: Handshake, warning: Warn | None = None
    ) -> None:
        super().__init__(send)
        self._receive = receive
        self._handshake: Handshake | None = handshake  # until the app has answered it
        self._warning = warning
        self._reader: Task[Any] | None = None  # waits for the server's next message
        self._is_near = False  # its end, and the app has not been told
        self._is_told = False  # of the end

    # What the app is given

    async def receive(self) -> Message:
        """Act as ``receive`` for the app: no frame of somebody whose login is over reaches it."""
        while True:
            news = self._news()
            if news is not None:
                return news
            reader = self._reader = current_task()
            cancellations = _cancellations(reader)
            try:
                message: Message = await self._receive()
            except CancelledError:
                if self._reader is reader or _is_cancelled_more(reader, cancellations):
                    raise
                continue  # there are news
            finally:
                self._reader = None
            if message["type"] != "websocket.receive" or not self._is_login_over():
                return message

    async def send(self, message: Message) -> None:
        """Act as ``send`` for the app."""
        if self.is_over():
            await self.drop()
        elif self._handshake is not None:
            await self._answer(self._handshake, message)
        else:
            self._is_closed = self._is_closed or message["type"] == CLOSE  # its own word is last
            await self._pass(message)

    # The handshake

    async def _answer(self, handshake: Handshake, message: Message) -> None:
        """Answer the handshake as the app does, unless the adapter denies it."""
        answer = await handshake.answer(_status_of(message), message)
        if isinstance(answer, Denial):
            await self.deny(answer)
            return
        self._is_closed = answer["type"] == CLOSE
        if answer["type"] == ACCEPT:
            self.watch(handshake.open())
        self._answered()
        await self._pass(answer)

    def _answered(self) -> Scope:
        handshake, self._handshake = self._handshake, None
        if handshake is None:
            return {}
        scope = handshake.scope
        handshake.answered()
        return scope

    async def deny(self, denial: Denial) -> None:
        """Refuse the handshake; nothing of the app's passes any more."""
        self._is_over = self._is_closed = True
        await deny(self._answered(), self._send, denial)
        self._interrupt()

    def watch(self, login: LiveLogin[AsyncFlag] | None) -> None:
        """End with *login*, which is watched in this event loop; ``None``: nobody is logged in."""
        super().watch(login)
        if login is not None and self._warning is not None:
            login.call_at_warning(self._hear_warning)

    async def end_by(self, last: Message) -> None:
        """End with *last*, unless there was a last word already."""
        is_closed, self._is_over, self._is_closed = self._is_closed, True, True
        if not is_closed:
            await self._say(last)

    # The end

    def _last(self) -> Message:
        return closing(LOGIN_TIMEOUT, "" if self.login is None else self.login.reason)

    def leave(self) -> Awaitable[None] | None:
        """Watch the login no longer, and hold no handshake, now that the app has returned."""
        self._handshake = None  # which may hold this: a circle that would keep the server's socket
        return super().leave()

    def _is_login_over(self) -> bool:
        login = self.login
        return self.is_over() or (login is not None and login.is_over)

    def _news(self) -> Message | None:
        """Return what the app is told by us: its end, once; or a warning that is still true."""
        if self.is_over() and not self._is_told:
            self._is_told = True
            return {**self._last(), "type": "websocket.disconnect"}
        is_near, self._is_near = self._is_near, False
        login, warning = self.login, self._warning
        if not is_near or self._is_over or login is None or warning is None:
            return None
        return warning(login) if login.warned.is_set() else None

    def _hear_end(self, login: LiveLogin[AsyncFlag]) -> None:
        super()._hear_end(login)
        if self._is_over:
            self._interrupt()

    def _hear_warning(self, login: LiveLogin[AsyncFlag]) -> None:
        self._is_near = True
        self._interrupt()

    def _interrupt(self) -> None:
        """Let the app receive something at once; to wait for two things would need two tasks."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()


def _status_of(message: Message) -> int:
    """Return what the app's answer to a handshake is in HTTP; a server makes 403 of a close."""
    if message["type"] == f"{DENIAL}.start":
        return int(message["status"])
    return 101 if message["type"] == ACCEPT else 403


def _cancellations(task: Task[Any] | None) -> int:
    """Return how often a task was cancelled; Python 3.10 does not count that."""
    count = getattr(task, "cancelling", None)
    return 0 if count is None else count()


def _is_cancelled_more(task: Task[Any] | None, before: int) -> bool:
    """Take back our own cancellation; return whether there was another one meanwhile."""
    uncancel = getattr(task, "uncancel", None)
    return uncancel is not None and uncancel() > before
