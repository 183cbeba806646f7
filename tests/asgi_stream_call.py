"""A client of a stream of events that an ASGI app sends."""

from __future__ import annotations

import asyncio
import json

from asgi_calling import ASGICall

STREAM = (b"content-type", b"text/event-stream; charset=utf-8")
BODY = "http.response.body"


class StreamCall(ASGICall):
    """One stream, as a server serves it: ``receive`` waits until the answer is complete."""

    def __init__(self, app, path="/stream", cookies=None, **more):
        super().__init__(app, path, cookies, **more)
        self.complete = asyncio.Event()
        self.news = asyncio.Event()
        self.task = None

    async def receive(self):
        self.received += 1
        if self.received > 1:
            await self.complete.wait()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message):
        assert not self.complete.is_set()
        self.messages.append(message)
        self.news.set()
        if message["type"] == BODY and not message.get("more_body", False):
            self.complete.set()

    async def open(self):
        self.task = asyncio.ensure_future(self.coroutine())
        await self.until(lambda: self.messages)
        return self

    async def until(self, condition):
        while not condition():
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 30)

    async def done(self):
        await asyncio.wait_for(self.task, 30)

    def events(self):
        """The names of the events, and the documents of ours."""
        found = []
        for part in self.body.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in part.splitlines() if line)
            if lines:
                name = lines.get("event", "message")
                data = lines.get("data", "")
                found.append((name, json.loads(data) if name == "session440" else data))
        return found
