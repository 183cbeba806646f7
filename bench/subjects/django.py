"""A Django project on three backends of sessions, bare, with session440 and with its peers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..asking import Answer, App, ask, environ, in_turn, log_in
from ..subject import Group, Subject, Work, must, ours, peer
from ..tickets import DUE, ENDED, OPTIONS, OVER, past
from .django_project import PEERS, set_up
from .floor import FLOOR_SUBJECT

#: The backends, by the names of their groups.
BACKENDS = {
    "django-signed": "signed_cookies",
    "django-cache": "cache",
    "django-database": "db",
}
PLACES = {"signed_cookies": "signed cookies", "cache": "the cache", "db": "the database"}
BARE, SILENT = "bare", "bare, a page that asks for nobody"
SIX = 6
HELLO = "/hello"  # it asks for nobody
COOKIE = "sessionid440"


def looking(backend: str, kind: str = "bare", **where: str) -> Work:
    """Return the work of a page for a person who is logged in, and whose ticket is not due."""
    app = _app(kind, backend)
    cookies = log_in(app)
    ask(app, environ(cookies))  # some peers begin their own keeping at the first request
    template = environ(cookies, **where)

    def seen(answer: Answer) -> str:
        must(answer.status == "200 OK", answer)
        must(answer.body == ("hello" if where else "alice"), answer)
        must(COOKIE not in answer.cookies, answer.cookies)
        slides = ", slides" if "sessionid" in answer.cookies else ""
        return ("200" if where else "200, logged in") + slides

    return _counted(app, template, [cookies], seen)


def renewing(backend: str, of: int = 1) -> Work:
    """Return the work of pages for a person whose ticket is due at one of so many."""
    app = _app("session440", backend)
    due = _logged_in_before(app, DUE)
    cookies = [*[log_in(app) for _ in range(1, of)], due]
    template = environ(due)

    def seen(answer: Answer) -> str:
        must(answer.status == "200 OK" and answer.body == "alice", answer)
        must(COOKIE in answer.cookies, "not renewed")
        for each in cookies[:-1]:
            must(COOKIE not in ask(app, environ(each)).cookies, "renewed")
        return "200, renewed"

    return _counted(app, template, cookies, seen)


def ended(backend: str) -> Work:
    """Return the work of a whole 440, at the door."""
    app = _app("session440", backend)
    cookies = _logged_in_before(app, OVER)

    def seen(answer: Answer) -> str:
        must(answer.status == "440 Login Timeout" and ENDED in answer.body, answer)
        must({COOKIE, "sessionid"} == answer.cookies.keys(), answer.cookies)
        return "440, idle"

    return _counted(app, environ(cookies), [cookies], seen)


def _app(kind: str, backend: str) -> App:
    set_up(kind, backend, **OPTIONS)
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def _logged_in_before(app: App, age: float) -> str:
    """Return the cookies of somebody who logged in *age* seconds ago."""
    from django.conf import settings
    from django.test import override_settings

    with override_settings(SESSION440={**settings.SESSION440, "CLOCK": past(age)}):
        return log_in(app)


def _counted(
    app: App, template: dict[str, Any], cookies: list[str], seen: Callable[[Answer], str]
) -> Work:
    """Return the work of requests with *cookies* in turn, and the queries of *template*'s."""
    from django.db import connection

    queries: list[str] = []

    def count(execute: Any, sql: str, *args: Any) -> Any:
        queries.append(sql)
        return execute(sql, *args)

    def check() -> str:
        queries.clear()
        with connection.execute_wrapper(count):
            answer = ask(app, template)
        return seen(answer)

    check()
    return in_turn(app, template, cookies, check, queries=len(queries), step=len(cookies))


def _group(backend: str) -> list[Subject]:
    silent = partial(looking, backend, path=HELLO)
    return [
        FLOOR_SUBJECT,
        Subject(BARE, partial(looking, backend)),
        ours("active", partial(looking, backend, "session440"), BARE),
        ours("renewing", partial(renewing, backend), BARE),
        ours("active, one renewal in six requests", partial(renewing, backend, of=SIX), BARE),
        ours("440 as HTML", partial(ended, backend), BARE),
        *[
            peer(each, partial(looking, backend, each), BARE)
            for each in PEERS
            if each not in ("bare", "session440")
        ],
        Subject(SILENT, silent),
        ours("a page that asks for nobody", partial(silent, kind="session440"), SILENT),
    ]


NOTE = (
    "The peers are set up so that they slide an idle timeout. The first 440 clears a session "
    "that is kept on the server; those that are timed find none."
)
GROUPS = {
    name: Group(
        f"Django, sessions in {PLACES[backend]}", _group(backend), milliseconds=12, note=NOTE
    )
    for name, backend in BACKENDS.items()
}
