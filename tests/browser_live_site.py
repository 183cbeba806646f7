"""The Flask demo, with connections that stay open, on one origin.

They stand in for what the adapters do: a test closes them, and sends over them, as it likes.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO

import uvicorn
from asgiref.wsgi import WsgiToAsgiInstance
from clock import FakeClock
from demos import Demo
from werkzeug.test import run_wsgi_app

from demo_flask import create_app

STREAM = (200, [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")])


@dataclass
class Connections:
    """An ASGI app: ``/live/socket`` and ``/live/stream`` stay open, the rest is the demo's.

    :param refuse: whether new ones are refused with a 440, as a login's that has ended.
    """

    demo: Callable[..., Awaitable[None]]
    refuse: bool = False
    begun: int = 0
    open: list[asyncio.Queue] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope, receive, send) -> None:
        self.loop = asyncio.get_running_loop()
        if not scope.get("path", "").startswith("/live/"):
            await self.demo(scope, receive, send)
            return
        self.begun += 1
        answer = self.socket if scope["type"] == "websocket" else self.stream
        told: asyncio.Queue = asyncio.Queue()
        gone = asyncio.ensure_future(self.until_gone(receive, told))
        try:
            await answer(told, send)
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone

    async def until_gone(self, receive, told: asyncio.Queue) -> None:
        while not (await receive())["type"].endswith("disconnect"):
            pass
        told.put_nowait(None)

    async def socket(self, told: asyncio.Queue, send) -> None:
        if self.refuse:
            await send({"type": "websocket.http.response.start", "status": 440, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b""})
            return
        self.open.append(told)
        await send({"type": "websocket.accept"})
        if (end := await told.get()) is not None:
            code, reason = end
            await send({"type": "websocket.close", "code": code, "reason": reason})

    async def stream(self, told: asyncio.Queue, send) -> None:
        status, headers = (440, []) if self.refuse else STREAM
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if not self.refuse:
            # A browser connects again by itself, but not while a test has not ended.
            self.open.append(told)
            await self.write(send, "retry: 3600000\ndata: begun\n\n")
        while not self.refuse and (data := await told.get()) is not None:
            await self.write(send, f"event: session440\ndata: {data}\n\n")
        await send({"type": "http.response.body", "body": b""})

    async def write(self, send, text: str) -> None:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


@dataclass
class LiveDemo(Demo):
    connections: Connections

    def _tell(self, what) -> None:
        loop = self.connections.loop
        for each in self.connections.open:
            loop.call_soon_threadsafe(each.put_nowait, what)

    def close(self, code: int, reason: str = "") -> None:
        """Close all sockets."""
        self._tell((code, reason))

    def send(self, document: dict) -> None:
        """Send an event over all streams."""
        self._tell(json.dumps(document))

    def end(self) -> None:
        """End all streams."""
        self._tell(None)


def in_thread(app):
    """Return an ASGI app that answers as a WSGI app does, each request in a thread."""

    async def answer(scope, receive, send) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        asked = WsgiToAsgiInstance(app)
        asked.scope = scope
        environ = asked.build_environ(scope, BytesIO(body))
        content, status, headers = await asyncio.to_thread(run_wsgi_app, app, environ, True)
        named = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
        start = {"type": "http.response.start", "status": int(status[:3]), "headers": named}
        await send(start)
        await send({"type": "http.response.body", "body": b"".join(content)})

    return answer


@contextmanager
def live_demo(clock: FakeClock) -> Iterator[LiveDemo]:
    app = create_app()
    app.config |= {"SESSION440_CLOCK": clock, "SESSION440_STORE": "memory:"}
    connections = Connections(in_thread(app))
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        connections,
        ws="websockets-sansio",
        lifespan="off",
        log_level="error",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield LiveDemo("flask", url, clock, connections)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
