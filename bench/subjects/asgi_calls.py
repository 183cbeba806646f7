"""Requests to an ASGI app in this process."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from ..asking import PATH, environ


class Answer(NamedTuple):
    """What came back."""

    status: int
    cookies: dict[str, str]
    body: str

    @classmethod
    def of(cls, sent: list[dict[str, Any]]) -> Answer:
        headers = [(name.lower(), value.decode()) for name, value in sent[0]["headers"]]
        set_cookies = [value.partition(";")[0] for name, value in headers if name == b"set-cookie"]
        cookies = dict(each.split("=", 1) for each in set_cookies)
        body = b"".join(each.get("body", b"") for each in sent[1:])
        return cls(sent[0]["status"], cookies, body.decode())


def scope_of(request: dict[str, Any]) -> dict[str, Any]:
    """Return as ASGI what *request* says as WSGI."""
    headers = [
        (name[5:].replace("_", "-").lower().encode(), value.encode())
        for name, value in request.items()
        if name.startswith("HTTP_")
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request["REQUEST_METHOD"],
        "scheme": request["wsgi.url_scheme"],
        "path": request["PATH_INFO"],
        "raw_path": request["PATH_INFO"].encode(),
        "query_string": request["QUERY_STRING"].encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 443),
    }


async def call(app: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    """Make one request of a client that stays until it has its answer."""
    sent: list[dict[str, Any]] = []
    bodies = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for body in bodies:
            return body
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(dict(scope), receive, send)
    return sent


class Client:
    """A browser with a loop of its own."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)

    def ask(self, request: dict[str, Any]) -> Answer:
        return Answer.of(self._loop.run_until_complete(call(self._app, scope_of(request))))

    def log_in(self) -> str:
        jar = self.ask(environ(path="/login", REQUEST_METHOD="POST")).cookies
        jar |= self.ask(environ(*_pairs(jar), path=PATH)).cookies
        return "; ".join(_pairs(jar))

    def serve(self, scope: dict[str, Any], together: int, calls: int) -> None:
        """Make so many requests, some of them at a time."""
        self._loop.run_until_complete(self._served(scope, together, calls))

    async def _served(self, scope: dict[str, Any], together: int, calls: int) -> None:
        for _ in range(calls // together):
            await asyncio.gather(*[call(self._app, scope) for _ in range(together)])


def _pairs(jar: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in jar.items()]
