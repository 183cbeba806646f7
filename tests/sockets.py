"""WebSockets of a browser's, to real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from browser import Browser
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60.0  # seconds until what a test waits for must have happened


class Socket(ClientConnection):
    """A connection that counts the pings of the server."""

    pings = 0

    def process_event(self, event):
        self.pings += getattr(event, "opcode", None) is Opcode.PING
        super().process_event(event)


@contextmanager
def socket(browser: Browser, path: str = "/quiet", **options: Any) -> Iterator[Socket]:
    """Open a socket with the cookies that the browser has now."""
    url = browser.url.replace("http", "ws", 1) + path
    carried = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    options |= {"proxy": None, "ping_interval": None, "open_timeout": PATIENCE, "close_timeout": 5}
    headers = {"Cookie": carried} if carried else {}
    with connect(url, additional_headers=headers, create_connection=Socket, **options) as opened:
        yield opened


def end_of(opened: Socket) -> tuple[list[str], int, str]:
    """Wait for the end; return what came before it, its code and its reason."""
    came = []
    with pytest.raises(ConnectionClosed) as raised:
        while True:
            came.append(opened.recv(PATIENCE))
    closed = raised.value.rcvd
    assert closed is not None, "the connection was lost"
    return came, closed.code, closed.reason
