"""A notice board that is live: what anybody writes, all who are logged in see at once.

Nothing here speaks of session440. A socket is closed when its login ends, and goes on if the same
person logs in again meanwhile; the page opens it again after that (``static/board.js``).
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response, WebSocket, WebSocketDisconnect

from .pages import Name, shown

LONGEST = 200  # characters of a notice
KEPT = 20  # notices
#: What Starlette raises where a socket is closed; the second once a message could not be sent.
CLOSED = (WebSocketDisconnect, RuntimeError)

pages = APIRouter(include_in_schema=False)


class Board:
    """The notices, and the sockets of those who watch them; in the memory of one process."""

    def __init__(self) -> None:
        self._notices: deque[str] = deque(maxlen=KEPT)
        self._sockets: set[WebSocket] = set()

    async def join(self, socket: WebSocket) -> None:
        """Send all notices to *socket*, and each new one from now on."""
        for notice in self._notices:
            await socket.send_text(notice)
        self._sockets.add(socket)

    def leave(self, socket: WebSocket) -> None:
        """Send nothing more to *socket*."""
        self._sockets.discard(socket)

    async def put_up(self, notice: str) -> None:
        """Show *notice* to all."""
        self._notices.append(notice)
        for socket in [*self._sockets]:
            with suppress(*CLOSED):
                await socket.send_text(notice)


@pages.get("/board")
def page(request: Request, name: Name) -> Response:
    """Show the notice board."""
    return shown(request, "board.html")


@pages.websocket("/board/socket")
async def socket(socket: WebSocket) -> None:
    """Take notices from a page and send it those of others, as long as somebody is logged in."""
    name = socket.session.get("user_id")
    if name is None or not is_of_this_site(socket):
        await socket.close(1008)  # RFC 6455 section 7.4.1: policy violation
        return
    board: Board = socket.app.state.board
    await socket.accept()
    with suppress(*CLOSED):
        await board.join(socket)
        async for text in socket.iter_text():
            if notice := text.strip()[:LONGEST]:
                await board.put_up(f"{name}: {notice}")
    board.leave(socket)


def is_of_this_site(socket: WebSocket) -> bool:
    """Return whether no page of another site asks: cookies go with its sockets, and it could read.

    Only browsers send an ``Origin`` (RFC 6455, section 10.2).
    """
    origin = socket.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("Host")
