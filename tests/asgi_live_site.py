"""An ASGI app whose connections stay open; in this process, or by itself in another.

``POST /login?as=alice`` and ``POST /logout`` do what they say. Sockets: ``/quiet`` listens until it
is told that the connection is over; ``/flood`` sends the time as fast as it can, and does not
listen. ``/events`` is a stream of what ``POST /broadcast`` sends to everybody, as do the sockets.
Below ``/bare`` is the same app without session440. ``/measured`` says what it costs.

In the environment of another process: ``CLOCK`` is the clock's file, ``STORE`` a URL.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
import tracemalloc
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

from clock import read_clock
from sites import SECRET
from turning import turn

from session440.asgi import Session440Middleware
from session440.stores import open_store

PATIENCE = 60  # seconds
STREAM = [(b"content-type", b"text/event-stream")]


class LiveApp:
    """Sends to connections that stay open.

    :param clock: what ``/flood`` sends.
    """

    def __init__(self, clock) -> None:
        self.clock = clock
        self.open: dict[object, asyncio.Queue] = {}
        self.told: list[dict] = []  # what was received, by sockets
        self.ended = Counter()  # apps that have returned, by their paths

    async def __call__(self, scope, receive, send):
        path = scope["path"].removeprefix("/bare")
        if scope["type"] == "websocket":
            await self.socket(path, scope, receive, send)
        elif path == "/events":
            await self.stream(receive, send)
        else:
            await self.page(path, scope, send)
            return
        self.ended[path] += 1

    async def page(self, path, scope, send):
        if path == "/login":
            scope["session440"].login(parse_qs(scope["query_string"].decode())["as"][0])
        elif path == "/logout":
            scope["session440"].logout()
        elif path == "/broadcast":
            for each in self.open.values():
                each.put_nowait("news")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    async def socket(self, path, scope, receive, send):
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        if path == "/flood":
            await self.flood(send)
        else:
            await self.both(self.listen(receive), self.write(send, as_text))

    async def flood(self, send):
        try:
            while True:
                await send({"type": "websocket.send", "text": repr(self.clock())})
                await turn()  # Daphne's send does not wait for anything
        except OSError:
            pass  # as the specification has it since version 2.4 of ASGI

    async def listen(self, receive):
        while True:
            message = await receive()
            self.told.append(message)
            if message["type"].endswith(".disconnect"):
                return

    async def write(self, send, message_of):
        queue = self.open[send] = asyncio.Queue()
        try:
            while True:
                await send(message_of(await queue.get()))
        finally:
            del self.open[send]

    async def both(self, listening, writing):
        """Write until nobody listens any more."""
        task = asyncio.ensure_future(writing)
        try:
            await listening
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def stream(self, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": STREAM})
        # Daphne sends the head with the first of the body.
        await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
        await self.both(self.listen(receive), self.write(send, as_event))


def as_text(text):
    return {"type": "websocket.send", "text": text}


def as_event(text):
    body = f"data: {text}\n\n".encode()
    return {"type": "http.response.body", "body": body, "more_body": True}


class Counting:
    """A store that counts its calls, by their names."""

    def __init__(self, store) -> None:
        self._store = store
        self.calls = Counter()

    def __getattr__(self, name):
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def counted(*args, **kwargs):
            self.calls[name] += 1
            return found(*args, **kwargs)

        return counted


class MeasuredSite:
    """The app twice, with session440 and bare, and what is measured of both."""

    def __init__(
        self, clock, store_url: str | None, waits: dict[str, float] | None = None, **options
    ):
        self.store = Counting(open_store(store_url, **(waits or {}))) if store_url else None
        self.app = LiveApp(clock)
        self.wrapped = Session440Middleware(
            self.app, secret_key=SECRET, clock=clock, store=self.store, **options
        )

    async def __call__(self, scope, receive, send):
        path = scope.get("path", "")
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif path == "/measured":
            body = json.dumps(self.measured()).encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
        else:
            app = self.app if path.startswith("/bare/") else self.wrapped
            await app(scope, receive, send)

    async def live(self, receive, send):
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})

    def measured(self) -> dict:
        gc.collect()
        return {
            "bytes": tracemalloc.get_traced_memory()[0],
            "threads": [each.name for each in threading.enumerate()],
            "calls": self.store.calls if self.store else {},
            "open": len(self.app.open),
            "told": Counter(f"{m['type']} {m.get('code', '')}" for m in self.app.told),
            "ended": self.app.ended,
        }


def _site() -> MeasuredSite:
    file = Path(os.environ["CLOCK"])
    tracemalloc.start()
    # On a busy machine an answer may take longer than the usual 0.2 s, and is no outage here.
    waits = {"timeout": PATIENCE}
    return MeasuredSite(lambda: read_clock(file), os.environ.get("STORE"), waits)


if "CLOCK" in os.environ:
    application = _site()
