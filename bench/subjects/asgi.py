"""ASGI apps: Django's async views, and starsessions beside a bare Starlette."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, NamedTuple

from ..asking import PATH, environ
from ..subject import Group, Subject, Work, must, ours, peer
from ..tickets import IDLE, OPTIONS
from .django_project import set_up
from .floor import FLOOR_SUBJECT

TOGETHER = 10
STARLETTE = "bare Starlette"


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


def _work(app: Any, together: int, path: str, body: str, slides: bool = False) -> Work:
    client = Client(app)
    request = environ(client.log_in(), path=path)
    scope = scope_of(request)

    def check() -> str:
        answer = client.ask(request)
        must(answer.status == 200 and answer.body == body, answer)
        must(bool(answer.cookies) == slides, answer.cookies)
        return f"200{', logged in' if body == 'alice' else ''}{', slides' if slides else ''}"

    return Work(partial(client.serve, scope, together), check, step=together)


def django(kind: str, together: int = 1, path: str = PATH) -> Work:
    """Return the work of a page, or of one that asks for nobody, for who is logged in."""
    set_up(kind, "signed_cookies", is_async=True, **OPTIONS)
    from django.core.asgi import get_asgi_application

    return _work(get_asgi_application(), together, path, "alice" if path == PATH else "hello")


def starlette(with_sessions: bool) -> Work:
    """Return the work of an app that slides its session, or of the app without one."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def login(request: Any) -> PlainTextResponse:
        if with_sessions:
            request.session["user"] = "alice"
        return PlainTextResponse("in")

    async def report(request: Any) -> PlainTextResponse:
        return PlainTextResponse(request.session["user"] if with_sessions else "hello")

    app: Any = Starlette(routes=[Route("/login", login, methods=["POST"]), Route(PATH, report)])
    if with_sessions:
        _add_sessions(app)
    return _work(app, 1, PATH, "alice" if with_sessions else "hello", with_sessions)


def _add_sessions(app: Any) -> None:
    from starsessions import InMemoryStore, SessionAutoloadMiddleware, SessionMiddleware

    app.add_middleware(SessionAutoloadMiddleware)
    app.add_middleware(SessionMiddleware, store=InMemoryStore(), lifetime=IDLE, rolling=True)


def _django(what: str, together: int = 1, **where: str) -> list[Subject]:
    how = f"Django, {what}, {together} at a time"
    both = partial(django, together=together, **where)
    return [
        Subject(f"bare {how}", partial(both, "bare")),
        ours(how, partial(both, "session440"), f"bare {how}"),
    ]


ASGI = [
    FLOOR_SUBJECT,
    *_django("active"),
    *_django("active", TOGETHER),
    *_django("asks for nobody", path="/hello"),
    Subject(STARLETTE, partial(starlette, with_sessions=False)),
    peer("starsessions in memory, rolling", partial(starlette, with_sessions=True), STARLETTE),
]
GROUPS = {
    "asgi": Group(
        "ASGI: Django's async views, Starlette",
        ASGI,
        milliseconds=12,
        note="session440 for Starlette and other ASGI apps does not exist yet.",
    )
}
