"""Plain WSGI apps, bare and wrapped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from session440 import Cause, Engine
from session440.wsgi import Session440Middleware

from ..asking import Answer, App, ask, environ, in_turn, log_in, same
from ..subject import KEY, Group, Subject, Work, logins, must, ours, peer
from ..tickets import ALICE, DUE, ENDED, IDLE, OPTIONS, OVER, ticket_cookie
from .floor import FLOOR_SUBJECT

#: A call by a script, which gets its 440 as JSON.
SCRIPT = {"HTTP_ACCEPT": "application/json", "HTTP_SEC_FETCH_MODE": "cors"}
BARE, MANY, WATCHED = "bare", "bare, 10,000 cookies in turn", "bare, its own session cookie"


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def asking_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    name = (environ["session440"].subject or "nobody").encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(name)))])
    return [name]


def bare(many: int = 1) -> Work:
    """Return the work of the app alone; the cookies are as long as tickets."""

    def check() -> str:
        answer = ask(app, environ())
        must(answer.status == "200 OK" and answer.body == "ok", answer)
        return "200"

    cookies = [f"login440={number:0180d}" for number in range(logins(many))]
    return in_turn(app, environ(), cookies, check)


def active(many: int = 1, inner: App = app, **more: Any) -> Work:
    """Return the work for people who are logged in, each of whose requests is the next one's."""
    wrapped = Session440Middleware(inner, secret_key=KEY, **OPTIONS, **more)
    cookies = _cookies(wrapped.engine, logins(many))

    def check() -> str:
        for number in {0, len(cookies) - 1}:
            answer = ask(wrapped, environ(cookies[number]))
            subject = answer.environ["session440"].subject
            must(answer.status == "200 OK" and not answer.cookies, answer)
            must(subject == _name(number), subject)
            must(answer.body == ("ok" if inner is app else subject), answer)
        return "200, logged in"

    return in_turn(wrapped, environ(), cookies, check)


def _cookies(engine: Engine, many: int, age: float = 0.0) -> list[str]:
    policies = [*engine.settings.policies] or ["default"]
    return [
        ticket_cookie(engine, _name(number), age, policies[number % len(policies)])
        for number in range(many)
    ]


def _name(number: int) -> str:
    return f"user{number}@example.com" if number else ALICE


def no_ticket() -> Work:
    wrapped = Session440Middleware(app, secret_key=KEY, **OPTIONS)

    def check() -> str:
        answer = ask(wrapped, environ())
        must(answer.status == "200 OK" and not answer.cookies, answer)
        must(answer.environ["session440"].subject is None, "there is a subject")
        return "200, nobody"

    return same(wrapped, environ(), check)


def renewing(many: int = 1, **more: Any) -> Work:
    """Return the work of sending a ticket again that is due."""
    wrapped = Session440Middleware(app, secret_key=KEY, **OPTIONS, **more)
    cookies = _cookies(wrapped.engine, logins(many), DUE)

    def check() -> str:
        answer = ask(wrapped, environ(cookies[-1]))
        must(answer.status == "200 OK" and answer.environ["session440"].active, answer)
        must(_carries_a_new_ticket(wrapped.engine, answer, cookies[-1]), answer.cookies)
        return "200, renewed"

    return in_turn(wrapped, environ(), cookies, check)


def _carries_a_new_ticket(engine: Engine, answer: Answer, old: str) -> bool:
    """Return whether the answer brings the login's ticket, seen later than the *old* one."""
    new = engine.signer.loads(answer.cookies.get(engine.cookie_name, ""))
    before = engine.signer.loads(old.partition("=")[2])
    if new is None or before is None:
        return False
    return new.id == before.id and new.seen_at > before.seen_at


def ended(as_json: bool, **more: Any) -> Work:
    """Return the work of a whole 440, at the door."""
    wrapped = Session440Middleware(app, secret_key=KEY, **OPTIONS, **more)
    template = environ(ticket_cookie(wrapped.engine, age=OVER), **(SCRIPT if as_json else {}))
    content = "application/problem+json" if as_json else "text/html"

    def check() -> str:
        answer = ask(wrapped, template)
        must(answer.status == "440 Login Timeout", answer)
        must(dict(answer.headers)["Content-Type"].startswith(content), answer.headers)
        must(ENDED in answer.body, answer)
        must(answer.cookies, "no cookie is deleted")
        return "440, idle"

    return same(wrapped, template, check)


# --- session440 beside an app's own session


def watched_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    headers = [("Content-Type", "text/plain"), ("Content-Length", "2")]
    if environ["PATH_INFO"] == "/login":
        headers.append(("Set-Cookie", f"sessionid={'0123456789abcdef' * 2}; Path=/; HttpOnly"))
    start_response("200 OK", headers)
    return [b"ok"]


def watched(is_wrapped: bool) -> Work:
    """Return the work for an app that knows nothing of session440; its cookie is followed."""
    follows: App = Session440Middleware(
        watched_app, secret_key=KEY, watch_cookie="sessionid", **OPTIONS
    )
    cookies = log_in(follows)
    must("sessionid=" in cookies and "login440=" in cookies, cookies)
    served: App = follows if is_wrapped else watched_app

    def check() -> str:
        answer = ask(served, environ(cookies))
        must(answer.status == "200 OK" and not answer.cookies, answer)
        must("sessionid=0123" in answer.environ["HTTP_COOKIE"], "the app sees no session")
        must(not is_wrapped or answer.environ["session440"].active, "not active")
        return "200, logged in" if is_wrapped else "200"

    return same(served, environ(cookies), check)


# --- session440 with a store


def stored(open_store: Callable[[], Any]) -> Work:
    """Return the work of an active login whose record a store is asked for at each request."""

    def site(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/login":
            environ["session440"].login(environ.get("HTTP_X_NAME", ALICE))
        return app(environ, start_response)

    store = open_store()
    wrapped = Session440Middleware(site, secret_key=KEY, store=store, **OPTIONS)
    cookies = log_in(wrapped)

    def check() -> str:
        answer = ask(wrapped, environ(cookies))
        must(answer.status == "200 OK" and not answer.cookies, answer)
        must(answer.environ["session440"].subject == ALICE, "not logged in")
        must(_ends_in_the_store(wrapped, store), "the store is not asked")
        return "200, logged in; the store is asked"

    return same(wrapped, environ(cookies), check)


def _ends_in_the_store(wrapped: Session440Middleware, store: Any) -> bool:
    """Return whether a login that another server ends in the store has ended here, too."""
    cookies = log_in(wrapped, HTTP_X_NAME="bob@example.com")
    for login in wrapped.engine.logins("bob@example.com"):
        store.end(login.id, Cause.REVOKED, wrapped.engine.clock())
    return ask(wrapped, environ(cookies)).status.startswith("440")


# --- Beaker


def beaker(kind: str) -> Work:
    """Return the work of an app that reads its Beaker session, which slides by itself."""
    from beaker.middleware import SessionMiddleware

    def site(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        session = environ["beaker.session"]
        if environ["PATH_INFO"] == "/login":
            session["user"] = "alice"
            session.save()
        name = session.get("user", "nobody").encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [name]

    settings = {"type": kind, "timeout": IDLE, "validate_key": KEY, "samesite": "Lax"}
    settings |= {"data_serializer": "json", "secret": KEY, "key": "beaker"}
    wrapped = SessionMiddleware(site, {f"session.{k}": v for k, v in settings.items()})
    cookies = log_in(wrapped)

    def check() -> str:
        answer = ask(wrapped, environ(cookies))
        must(answer.status == "200 OK" and answer.body == "alice", answer)
        return "200, logged in"

    return same(wrapped, environ(cookies), check)


def _memory_store() -> object:
    from session440.stores import MemoryStore

    return MemoryStore()


def _peers() -> list[Subject]:
    return [
        peer("Beaker, session in its cookie", partial(beaker, "cookie"), BARE),
        peer("Beaker, session in memory", partial(beaker, "memory"), BARE),
    ]


WSGI = [
    FLOOR_SUBJECT,
    Subject(BARE, bare),
    Subject(MANY, partial(bare, 10_000)),
    ours("no ticket", no_ticket, BARE),
    ours("active", active, BARE),
    ours("active, the app asks who", partial(active, inner=asking_app), BARE),
    ours("active, 10,000 logins in turn", partial(active, 10_000), MANY),
    ours("active, 50,000 logins in turn", partial(active, 50_000), MANY),
    ours("renewing", renewing, BARE),
    ours("renewing, 10,000 logins in turn", partial(renewing, 10_000), MANY),
    ours("440 as JSON", partial(ended, as_json=True), BARE),
    ours("440 as HTML", partial(ended, as_json=False), BARE),
    ours("active, memory store", partial(stored, _memory_store), BARE),
    Subject(WATCHED, partial(watched, is_wrapped=False)),
    ours("watch_cookie, active", partial(watched, is_wrapped=True), WATCHED),
    *_peers(),
]
GROUPS = {"wsgi": Group("Plain WSGI", WSGI, copies=2)}
