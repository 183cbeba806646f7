"""A bare ASGI app: alone, with session440, and with the sessions of its peers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from session440.asgi import Session440Middleware

from ..asking import PATH, environ
from ..subject import KEY, Subject, Work, must, ours, peer
from ..tickets import ENDED, IDLE, OPTIONS, OVER, ticket_cookie
from .asgi_calls import Client, scope_of

BARE, SESSIONS = "bare ASGI app", "Starlette's SessionMiddleware, its session is read"
Wrap = Callable[[Any], Any]


async def _send(send: Any, body: str) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer; at ``/login`` somebody logs in, and ``/who`` says who."""
    visit = scope.get("session440")
    if scope["path"] == "/login" and visit is not None:
        visit.login("alice")
    who = scope["path"] == "/who" and visit is not None and visit.subject
    await _send(send, who or "ok")


async def session_app(scope: Any, receive: Any, send: Any) -> None:
    """Answer by what its session says."""
    session = scope["session"]
    if scope["path"] == "/login":
        session["user"] = "alice"
    await _send(send, session.get("user", "ok"))


def _work(site: Any, cookies: str, check: Callable[[Client], str]) -> Work:
    client = Client(site)
    scope = scope_of(environ(cookies) if cookies else environ())
    return Work(partial(client.serve, scope, 1), partial(check, client))


def answering(
    wrap: Wrap, body: str, who: str = "ok", inner: Any = app, logs_in: bool = True
) -> Work:
    """Return the work of a page; *who* is what ``/who`` says then."""
    site = wrap(inner)
    cookies = Client(site).log_in() if logs_in else ""

    def check(client: Client) -> str:
        answer = client.ask(environ(cookies, path=PATH))
        must((answer.status, answer.body) == (200, body), answer)
        must(client.ask(environ(cookies, path="/who")).body == who, "somebody else")
        return "200, logged in" if "alice" in (who, body) else "200"

    return _work(site, cookies, check)


def ended() -> Work:
    """Return the work of a 440 at the door."""
    site = with_us(app)
    cookies = ticket_cookie(site.engine, age=OVER)

    def check(client: Client) -> str:
        answer = client.ask(environ(cookies))
        must(answer.status == 440 and ENDED in answer.body, answer)
        return "440, idle"

    return _work(site, cookies, check)


def alone(inner: Any) -> Any:
    return inner


def with_us(inner: Any, **options: Any) -> Session440Middleware:
    return Session440Middleware(inner, secret_key=KEY, **OPTIONS, **options)


def with_starlettes(inner: Any) -> Any:
    from starlette.middleware.sessions import SessionMiddleware

    return SessionMiddleware(inner, KEY, max_age=IDLE)


def with_both(inner: Any) -> Any:
    return with_starlettes(with_us(inner, subject_key="user"))


def with_starsessions(inner: Any) -> Any:
    from starsessions import InMemoryStore, SessionAutoloadMiddleware, SessionMiddleware

    store = InMemoryStore()
    return SessionMiddleware(SessionAutoloadMiddleware(inner), store=store, lifetime=IDLE)


_alice = partial(answering, body="alice", who="alice", inner=session_app)

ASGI_BARE = [
    Subject(BARE, partial(answering, alone, "ok")),
    ours("bare ASGI app, no ticket", partial(answering, with_us, "ok", logs_in=False), BARE),
    ours("bare ASGI app, active", partial(answering, with_us, "ok", "alice"), BARE),
    ours("bare ASGI app, 440 as HTML", ended, BARE),
    peer(SESSIONS, partial(_alice, with_starlettes), BARE),
    peer("starsessions in memory, its session is read", partial(_alice, with_starsessions), BARE),
    ours("Starlette's session is followed, active", partial(_alice, with_both), SESSIONS),
]
