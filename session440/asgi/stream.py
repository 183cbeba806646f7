"""A stream of events (``text/event-stream``), which ends with its login."""

from __future__ import annotations

from asyncio import Task, get_running_loop
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from ..core.shared_cache import Header
from ..exceptions import LoginTimeout
from ..exchange import Exchange
from ..exchange.driver import arun
from ..http.event_stream import StreamGuard, guard_of, is_live
from ..live import LiveLogin
from ..live.sender import LiveSender, is_ended_by
from .head import by_name, decoded
from .live import end_login, settle, watched_login
from .request import ASGIRequest
from .types import Message, Send

if TYPE_CHECKING:
    from ..live.async_flag import AsyncFlag

_BODY = "http.response.body"


def is_stream(exchange: Exchange, message: Message) -> bool:
    """Return whether a head begins a stream of events of somebody who is logged in."""
    for name, value in message.get("headers", ()):
        if name.lower() == b"content-type" and b"event-stream" in value.lower():
            return is_live(exchange, message["status"], _header_of(message))
    return False


def _header_of(message: Message) -> Header:
    return by_name(decoded(message["headers"]))


class ASGIStream(LiveSender):
    """The events of an app, until its login ends: then one of ours, and the stream is closed.

    The app's task is not cancelled. Its ``receive`` gives a disconnect, as servers say once an
    answer is complete; what it sends is dropped, or an error where servers raise one (ASGI 2.4).
    """

    __slots__ = ("_engine", "_guard", "_raises", "_warning")

    def __init__(self, send: Send, exchange: Exchange, request: ASGIRequest) -> None:
        super().__init__(send)
        self._engine = exchange.engine
        self._raises = _version_of(request) >= (2, 4)
        self._guard: StreamGuard | None = None
        self._warning: Task[None] | None = None

    async def open(self, exchange: Exchange, request: ASGIRequest, message: Message) -> None:
        """Send the head; from now on the login is watched."""
        login, header = watched_login(exchange), _header_of(message)
        self.watch(login)
        if login is not None:
            if callable(self._engine.settings.login_url):  # the site's own, so it may block
                self._guard = await arun(exchange, guard_of, login, header)
            else:
                self._guard = guard_of(exchange, login, header)
            login.call_at_warning(self._hear_warning)
        settle(exchange, request, login)
        await self._pass(message)

    def send(self, message: Message) -> Awaitable[None]:
        """Act as ``send`` for the app."""
        if self.is_over():
            return self.drop(0) if self._raises else self.drop()
        if self._warning is not None:
            return self._after_warning(self._warning, message)
        return self._forward(self._marked(message))

    def _marked(self, message: Message) -> Message:
        """Return what the app sends, after the warning if that is due."""
        if message["type"] != _BODY or self._guard is None:
            return message
        if not message.get("more_body", False):
            self._is_closed = True
        chunk = message.get("body", b"")
        marked = self._guard.with_warning(chunk)
        return message if marked == chunk else {**message, "body": marked}

    async def _after_warning(self, warning: Task[None], message: Message) -> None:
        await warning
        await self._forward(self._marked(message))

    def _hear_warning(self, login: LiveLogin[AsyncFlag]) -> None:
        """Send the warning at once, unless the app is sending: then it goes with its next part."""
        if self._guard is None or self._sending or self._is_over or self._is_closed:
            return
        warning = self._guard.with_warning(b"")
        if warning:
            message = {"type": _BODY, "body": warning, "more_body": True}
            self._warning = get_running_loop().create_task(self._warn(message))

    async def _warn(self, message: Message) -> None:
        try:
            await self._pass(message)
        finally:
            self._warning = None

    def _last(self) -> Message:
        last = b"" if self._guard is None else self._guard.last()
        return {"type": _BODY, "body": last, "more_body": False}

    async def take(self, exception: Exception) -> bool:
        """End the login if the app has raised that, and the stream with it.

        Return whether the exception only says what is known here.
        """
        raised = exception.__cause__  # of Starlette's error where a handler comes too late
        raised = raised if isinstance(raised, LoginTimeout) else exception
        if not self._is_closed:
            await end_login(self._engine, self.login, raised)
        return self.is_over() and (isinstance(raised, LoginTimeout) or is_ended_by(exception))


def _version_of(request: ASGIRequest) -> tuple[int, ...]:
    version = request.native.get("asgi", {}).get("spec_version", "2.0")
    return tuple(int(each) for each in version.split(".") if each.isdecimal())
