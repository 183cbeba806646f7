"""A WebSocket that ends with its login: what stands between an app and its server.

https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from .login import LiveLogin

if TYPE_CHECKING:
    from .async_flag import AsyncFlag

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: With this code a socket is closed whose login is over (RFC 6455, 7.4.2: for use by apps).
CODE = 4440
#: A server that has this extension can answer a handshake with an HTTP response.
DENIAL = "websocket.http.response"


class Stage(Enum):
    """How far a socket has come."""

    CONNECTING = "the app has not accepted it"
    OPEN = "messages go both ways"
    LEFT = "the app has refused it, or closed it"
    ENDED = "its login is over"


class LiveSocket:
    """A socket as its app is given it. Once its login is over, nothing of the app's is sent.

    :param login: watched for this socket, in the event loop that is running.
    :param warning: makes a message that the app receives when the end is near; ``None``: none.
    :param refusal: the reason to give, if the app refuses a visitor whose login is over.
    """

    __slots__ = (
        "_closing",
        "_is_near",
        "_lock",
        "_login",
        "_reader",
        "_receive",
        "_refusal",
        "_send",
        "_stage",
        "_warning",
    )

    def __init__(
        self,
        login: LiveLogin[AsyncFlag],
        receive: Receive,
        send: Send,
        warning: Callable[[LiveLogin[AsyncFlag]], Message] | None = None,
        refusal: str | None = None,
    ) -> None:
        self._login = login
        self._refusal = refusal
        self._receive = receive
        self._send = send
        self._stage = Stage.CONNECTING
        self._lock = asyncio.Lock()  # no server is sent to while it closes
        self._reader: asyncio.Task[Any] | None = None  # waits for the server's next message
        self._closing: asyncio.Task[None] | None = None
        self._warning = warning
        self._is_near = False  # its end, and the app has not been told
        login.call(self._end)
        if warning is not None:
            login.call_at_warning(self._warn)

    async def receive(self) -> Message:
        """Act as ``receive`` for the app."""
        while self._is_live():
            message = self._told()
            if message is None:
                message = await self._next()
            # Who sends something after the end has not been heard.
            if message is not None and (message["type"] != "websocket.receive" or self._is_live()):
                return message
        if self._stage is Stage.LEFT:
            return await self._receive()
        return {"type": "websocket.disconnect", "code": CODE, "reason": self._login.reason}

    async def send(self, message: Message) -> None:
        """Act as ``send`` for the app."""
        async with self._lock:
            if self._is_live():
                if self._refusal is not None and self._is_refused(message["type"]):
                    await self._shut(self._refusal)
                    return
                self._note(message["type"])
            elif self._stage is not Stage.LEFT:
                return
            await self._send(message)

    async def leave(self) -> None:
        """Watch no longer: the app has returned."""
        self._login.close()
        if self._closing is not None:
            await self._closing

    def _is_live(self) -> bool:
        return self._stage in (Stage.CONNECTING, Stage.OPEN) and not self._login.is_over

    def _is_refused(self, kind: str) -> bool:
        return self._stage is Stage.CONNECTING and kind == "websocket.close"

    def _note(self, kind: str) -> None:
        if kind == "websocket.accept":
            self._stage = Stage.OPEN
        elif kind == "websocket.close" or kind.startswith(DENIAL):
            self._stage = Stage.LEFT

    async def _next(self) -> Message | None:
        """Return the server's next message; ``None`` if something happens to the login before."""
        self._reader = reader = asyncio.current_task()
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if self._reader is reader or not _uncancelled(reader):
                raise
            return None
        finally:
            self._reader = None

    def _interrupt(self) -> None:
        """Let the app receive something at once; to wait for two things would need two tasks."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()

    def _warn(self, login: object) -> None:
        self._is_near = True
        self._interrupt()

    def _told(self) -> Message | None:
        """Return the warning, unless the login was renewed before the app could receive it."""
        is_near, self._is_near = self._is_near and self._login.warned.is_set(), False
        return self._warning(self._login) if is_near and self._warning is not None else None

    def _end(self, login: object) -> None:
        self._closing = asyncio.ensure_future(self._close())
        self._interrupt()

    async def _close(self) -> None:
        """Close the socket, unless the app was quicker. Its task goes on, and is not heard."""
        async with self._lock:
            if self._stage is not Stage.LEFT:
                with suppress(Exception):  # the client may be gone; each server says so otherwise
                    await self._shut(self._login.reason)

    async def _shut(self, reason: str) -> None:
        is_open, self._stage = self._stage is Stage.OPEN, Stage.ENDED
        if not is_open:
            await self._send({"type": "websocket.accept"})
        await self._send(closing(reason))


def _uncancelled(task: asyncio.Task[Any] | None) -> bool:
    """Take back our own cancellation; return whether there was no other one."""
    uncancel = getattr(task, "uncancel", None)  # Python 3.11
    return uncancel is None or uncancel() == 0


def closing(reason: str, code: int = CODE) -> Message:
    """Return the message that closes a socket whose login is over."""
    return {"type": "websocket.close", "code": code, "reason": reason}


async def refuse(
    scope: MutableMapping[str, Any], receive: Receive, send: Send, answer: Denial
) -> None:
    """Refuse a handshake: by an HTTP response, or else by a close frame with the reason."""
    await receive()  # websocket.connect
    if DENIAL in (scope.get("extensions") or ()):
        head = {"status": answer.status, "headers": answer.headers}
        # uvicorn's "websockets", which was its default, sends no status but of HTTPStatus.
        with suppress(ValueError):
            await send({"type": f"{DENIAL}.start", **head})
            await send({"type": f"{DENIAL}.body", "body": answer.body})
            return
    # A browser takes no socket whose server chooses none of the protocols that it offers.
    offered = scope.get("subprotocols") or (None,)
    headers = [each for each in answer.headers if each[0].lower() in _OF_LOGIN]
    await send({"type": "websocket.accept", "subprotocol": offered[0], "headers": headers})
    await send(closing(answer.reason, answer.code))


#: Headers that say something of the login; others are about the body.
_OF_LOGIN = (b"set-cookie", b"session440-cause")


class Denial(NamedTuple):
    """The answer to a handshake that is refused, in both forms."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    reason: str
    code: int = CODE
