"""The site of tests/sites.py as an app of no framework, with a face of WSGI and one of ASGI."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qs

from session440 import LoginTimeout, Visit

PLAIN = ("/", "/api/me", "/plain", "/poll", "/save", "/second-factor", "/html", "/account")
PHRASES = {each.value: each.phrase.upper() for each in HTTPStatus} | {440: "Login Timeout"}
Headers = list[tuple[str, str]]


def refresh(visit: Visit, query: str) -> None:
    """Move the end of the credential, as an app does that has refreshed its token."""
    visit.credential(not_after=float(parse_qs(query)["until"][0]))


class Asked(NamedTuple):
    """A request; its form is read only where it is wanted."""

    path: str
    method: str
    query: str
    cookie: str
    visit: Visit | None
    read: Callable[[], bytes]

    @property
    def username(self) -> str:
        return parse_qs(self.read().decode())["username"][0]


class SmallApp:
    """What the app says; subclasses say how people log in."""

    def answer(self, asked: Asked) -> tuple[int, Headers, str]:
        path, name = asked.path, self.who(asked)
        more: Headers = []
        status, body = 200, f"hello {name}"
        if path == "/login" and asked.method == "POST":
            status, more = 302, [("Location", "/"), *self.login(asked, asked.username)]
        elif path == "/login":
            body = '<input name="csrf_token" value="none">'
        elif path == "/callback":
            status, more = 302, [("Location", "/"), *self.login(asked, "alice")]
        elif path == "/logout":
            status, more = 302, [("Location", "/login"), *self.logout(asked)]
        elif path in ("/public", "/who"):
            body = f"shown to {name or 'nobody'}"
        elif path == "/api/me" and not name:
            status, body = 401, "who?"
        elif path == "/" and not name:
            status, more = 302, [("Location", "/login?next=/")]
        elif path == "/cached" or asked.query.endswith("&cached"):
            body = body if path == "/cached" else self.do(asked)
            more = [("Cache-Control", "public, max-age=60")]
        elif path == "/not-modified":
            status, body = 304, ""
        elif path == "/broken":
            status = 500
        elif path == "/expire":
            raise LoginTimeout(cause="credential")
        elif path == "/own-440":
            status = 440
        elif path in ("/vault", "/confirm", "/refresh"):
            body = self.do(asked)
        elif path not in PLAIN:
            status = 404
        kind = "text/html; charset=utf-8" if path == "/html" else "text/plain"
        return status, [("Content-Type", kind), *more], "" if asked.method == "HEAD" else body

    def do(self, asked: Asked) -> str:
        return "this app knows nothing of that"


class Tickets(SmallApp):
    """An app that knows session440, whose ticket is the login."""

    def who(self, asked):
        return asked.visit.subject

    def login(self, asked, name):
        asked.visit.login(name)
        return []

    def logout(self, asked):
        asked.visit.logout()
        return []

    def do(self, asked):
        if asked.path == "/vault":
            asked.visit.require_recent("10m")
        elif asked.path == "/confirm":
            asked.visit.confirm()
        else:
            refresh(asked.visit, asked.query)
        return "done"


class OwnCookie(SmallApp):
    """An app that has sessions of its own, and has never heard of session440."""

    def __init__(self):
        self.sessions: dict[str, str] = {}

    def who(self, asked):
        jar = SimpleCookie(asked.cookie)
        return self.sessions.get(jar["sid"].value) if "sid" in jar else None

    def login(self, asked, name):
        sid = secrets.token_urlsafe()
        self.sessions[sid] = name
        return [("Set-Cookie", f"sid={sid}; Path=/; HttpOnly")]

    def logout(self, asked):
        return [("Set-Cookie", "sid=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT")]


class WsgiFace:
    def __call__(self, environ, start_response):
        asked = Asked(
            environ["PATH_INFO"],
            environ["REQUEST_METHOD"],
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_COOKIE", ""),
            environ.get("session440"),
            lambda: environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        )
        status, headers, body = self.answer(asked)
        start_response(f"{status} {PHRASES[status]}", headers)
        return [body.encode()]


class AsgiFace:
    async def __call__(self, scope, receive, send):
        assert scope["type"] == "http", scope["type"]
        found = dict(scope["headers"])
        is_form = (scope["method"], scope["path"]) == ("POST", "/login")
        body = await read_body(receive) if is_form else b""
        asked = Asked(
            scope["path"],
            scope["method"],
            scope["query_string"].decode(),
            # HTTP/2 sends each cookie in a header of its own (RFC 9113 section 8.2.3).
            b"; ".join(v for name, v in scope["headers"] if name == b"cookie").decode(),
            scope.get("session440"),
            lambda: body,
        )
        assert b"host" in found
        status, headers, text = self.answer(asked)
        told = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": text.encode()})


async def read_body(receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


class TicketApp(WsgiFace, Tickets):
    pass


class CookieApp(WsgiFace, OwnCookie):
    pass


class AsgiTicketApp(AsgiFace, Tickets):
    pass


class AsgiCookieApp(AsgiFace, OwnCookie):
    pass
