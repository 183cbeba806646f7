"""A browser for Django's own ASGI handler, and a count of the calls that went to a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import NamedTuple
from unittest import mock

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import connections


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    hops: int

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Hops:
    """How many calls were handed to a thread."""

    count = 0


@contextmanager
def counted_hops() -> Iterator[Hops]:
    """Count what the event loop hands to threads, by whatever road."""
    hops, whole = Hops(), asyncio.BaseEventLoop.run_in_executor

    def counting(loop, executor, function, *given):
        hops.count += 1
        return whole(loop, executor, function, *given)

    with mock.patch.object(asyncio.BaseEventLoop, "run_in_executor", counting):
        yield hops


class Browser:
    """Keeps cookies, and asks an ASGI app in this process."""

    def __init__(self, app=None) -> None:
        self.app = ASGIHandler() if app is None else app
        self.cookies: dict[str, str] = {}

    def scope(self, path: str, method: str = "GET", headers=()) -> dict:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = [(b"host", b"testserver"), *headers]
        if cookies:
            named.append((b"cookie", cookies.encode("latin-1")))
        path, _, query = path.partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": named,
            "client": ("127.0.0.1", 4400),
            "server": ("testserver", 80),
        }

    async def get(self, path: str, **given) -> Answer:
        """Return the answer, once it is there as a whole."""
        messages: list[dict] = []
        gone = asyncio.Event()
        asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive():
            for message in asked:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            messages.append(message)

        with counted_hops() as hops:
            await self.app(self.scope(path, **given), receive, send)
        return self._answer(messages, hops.count)

    def _answer(self, messages: list[dict], hops: int) -> Answer:
        start, *rest = messages
        headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
        for name, value in headers:
            if name.lower() == "set-cookie":
                self._keep(value)
        return Answer(
            start["status"],
            headers,
            b"".join(each["body"] for each in rest if "body" in each),
            hops,
        )

    def _keep(self, text: str) -> None:
        for name, morsel in SimpleCookie(text).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def run(scenario):
    """Run a coroutine function, and close what its threads have opened."""

    async def closing():
        try:
            return await scenario()
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(closing())
