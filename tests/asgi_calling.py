"""Calls an ASGI app as a server does, with whatever a client might send."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie
from urllib.parse import quote


def http_scope(path="/", cookies=None, method="GET", headers=(), **more):
    """Return the scope of a request, as uvicorn makes it."""
    fields = [(b"host", b"example.org"), *headers]
    if cookies:
        text = "; ".join(f"{name}={value}" for name, value in cookies.items())
        fields.append((b"cookie", text.encode()))
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": fields,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
        "extensions": {},
        **more,
    }


class ASGICall:
    """One request to an ASGI app, as a server makes it.

    :param body: of the request, in parts.
    """

    def __init__(self, app, path="/", cookies=None, method="GET", body=(), headers=(), **more):
        self.scope = http_scope(path, cookies, method, headers, **more)
        self.app = app
        self.parts = list(body)
        self.received = 0
        self.messages = []

    async def receive(self):
        self.received += 1
        if self.received > max(1, len(self.parts)):
            return {"type": "http.disconnect"}
        part = self.parts[self.received - 1] if self.parts else b""
        is_last = self.received >= len(self.parts)
        return {"type": "http.request", "body": part, "more_body": not is_last}

    async def send(self, message):
        self.messages.append(message)

    def coroutine(self):
        return self.app(self.scope, self.receive, self.send)

    def run(self):
        asyncio.run(self.coroutine())
        return self

    def at_once(self):
        """Run it without an event loop: it must never wait."""
        drive(self.coroutine())
        return self

    # The answer

    @property
    def start(self):
        (start,) = [each for each in self.messages if each["type"] == "http.response.start"]
        return start

    @property
    def status(self) -> int:
        return self.start["status"]

    @property
    def body(self) -> bytes:
        kind = "http.response.body"
        return b"".join(each.get("body", b"") for each in self.messages if each["type"] == kind)

    def all(self, name: str) -> list[str]:
        wanted = name.lower().encode()
        return [value.decode() for key, value in self.start["headers"] if key.lower() == wanted]

    def header(self, name: str) -> str | None:
        return ", ".join(self.all(name)) or None

    def cookies(self) -> dict[str, str]:
        found = {}
        for each in self.all("set-cookie"):
            found |= {key: morsel.value for key, morsel in SimpleCookie(each).items()}
        return found


class ASGIBrowser:
    """Keeps cookies from one request to the next."""

    def __init__(self, app):
        self.app = app
        self.cookies: dict[str, str] = {}

    def call(self, path="/", method="GET", **more) -> ASGICall:
        call = ASGICall(self.app, path, self.cookies, method, **more).run()
        for name, value in call.cookies().items():
            if value in ("", "null"):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return call

    def page(self, path="/", method="GET", **more) -> ASGICall:
        """Open a page, as a person does."""
        return self.call(path, method, headers=NAVIGATION, **more)


NAVIGATION = ((b"sec-fetch-mode", b"navigate"), (b"accept", b"text/html"))


def drive(coroutine) -> None:
    """Run a coroutine that never waits.

    :raises AssertionError: if it waits.
    """
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise AssertionError("the coroutine waits for something")
