"""ASGI apps: Django's async views, and starsessions beside a bare Starlette."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..asking import PATH, environ
from ..subject import Group, Subject, Work, must, ours, peer
from ..tickets import IDLE, OPTIONS
from .asgi_bare import ASGI_BARE
from .asgi_calls import Client, scope_of
from .django_project import set_up
from .floor import FLOOR_SUBJECT

TOGETHER = 10
STARLETTE = "bare Starlette"


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
    *ASGI_BARE,
    *_django("active"),
    *_django("active", TOGETHER),
    *_django("asks for nobody", path="/hello"),
    Subject(STARLETTE, partial(starlette, with_sessions=False)),
    peer("starsessions in memory, rolling", partial(starlette, with_sessions=True), STARLETTE),
]
GROUPS = {
    "asgi": Group(
        "ASGI: a bare app, Django's async views, Starlette",
        ASGI,
        milliseconds=12,
    )
}
