"""Flask apps that read their session, bare, with session440 and with its peers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

from ..asking import ask, environ, log_in, same
from ..subject import KEY, Group, Subject, Work, must, ours, peer
from ..tickets import DUE, ENDED, IDLE, OPTIONS, OVER, past
from .floor import FLOOR_SUBJECT

READS, SILENT = "bare, reads its session", "bare, a view that reads nothing"
LOGIN = "Flask-Login"
COOKIE = "session440"


def flask_app(kind: str = "session", **extension: Any) -> Any:
    """Return an app; with session440 if there are options for it.

    :param kind: who keeps the login: a key of ``KINDS``, or Flask's own session.
    """
    from flask import Flask

    app = Flask("bench")
    app.config.update(SECRET_KEY=KEY, PERMANENT_SESSION_LIFETIME=IDLE)
    app.config.update({f"SESSION440_{name.upper()}": value for name, value in extension.items()})
    KINDS.get(kind, _own_session)(app)
    app.add_url_rule("/hello", "hello", lambda: "hello")
    if extension:
        from session440.flask import Session440

        Session440(app)
    return app


def _own_session(app: Any, is_permanent: bool = False) -> None:
    from flask import session

    @app.post("/login")
    def login() -> str:
        session["user_id"] = "alice"
        session.permanent = is_permanent
        return "in"

    @app.get("/reports/<int:year>")
    def report(year: int) -> str:
        return session.get("user_id", "nobody")


def _flask_login(app: Any) -> None:
    from flask_login import LoginManager, UserMixin, current_user, login_user

    class User(UserMixin):
        id = "alice"

    users = {"alice": User()}
    LoginManager(app).user_loader(users.get)

    @app.post("/login")
    def login() -> str:
        login_user(users["alice"])
        return "in"

    @app.get("/reports/<int:year>")
    def report(year: int) -> str:
        return current_user.id if current_user.is_authenticated else "nobody"


def _flask_session(app: Any, in_files: bool) -> None:
    from cachelib import FileSystemCache, SimpleCache
    from flask_session import Session

    cache = FileSystemCache(tempfile.mkdtemp(prefix="session440-bench-")) if in_files else None
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache or SimpleCache())
    Session(app)
    _own_session(app)


KINDS: dict[str, Callable[[Any], None]] = {
    # SESSION_REFRESH_EACH_REQUEST is on by default: it slides by a cookie with each answer.
    "sliding": partial(_own_session, is_permanent=True),
    "Flask-Login": _flask_login,
    "Flask-Session in memory": partial(_flask_session, in_files=False),
    "Flask-Session in files": partial(_flask_session, in_files=True),
}


def bare(kind: str = "session", path: str | None = None) -> Work:
    app = flask_app(kind)
    template = environ(log_in(app), **({"path": path} if path else {}))

    def check() -> str:
        answer = ask(app, template)
        must(answer.status == "200 OK", answer)
        must(answer.body == ("hello" if path else "alice"), answer.body)
        must(bool(answer.cookies) == (kind == "sliding"), answer.cookies)
        return "200" if path else f"200, logged in{', slides' if answer.cookies else ''}"

    return same(app, template, check)


def wrapped(kind: str = "session", age: float = 0.0, path: str | None = None) -> Work:
    """Return the work for a person who logged in *age* seconds ago."""
    app = flask_app(kind, **OPTIONS)
    cookies = log_in(flask_app(kind, clock=past(age), **OPTIONS) if age else app)
    template = environ(cookies, **({"path": path} if path else {}))

    def check() -> str:
        answer = ask(app, template)
        must(answer.status == "200 OK", answer)
        must(answer.body == ("hello" if path else "alice"), answer.body)
        must((COOKIE in answer.cookies) == bool(age), answer.cookies)
        return f"200, {'renewed' if age else 'logged in'}"

    return same(app, template, check)


def ended() -> Work:
    """Return the work of a whole 440, at the door."""
    cookies, app = log_in(flask_app(clock=past(OVER), **OPTIONS)), flask_app(**OPTIONS)

    def check() -> str:
        answer = ask(app, environ(cookies))
        must(answer.status == "440 Login Timeout" and ENDED in answer.body, answer)
        must({COOKIE, "session"} == answer.cookies.keys(), answer.cookies)
        return "440, idle"

    return same(app, environ(cookies), check)


FLASK = [
    FLOOR_SUBJECT,
    Subject(SILENT, partial(bare, path="/hello")),
    ours("a view that reads nothing", partial(wrapped, path="/hello"), SILENT),
    Subject(READS, bare),
    ours("active", wrapped, READS),
    ours("renewing", partial(wrapped, age=DUE), READS),
    ours("440 as HTML", ended, READS),
    peer("Flask's own sliding session", partial(bare, "sliding"), READS),
    peer(LOGIN, partial(bare, LOGIN), READS),
    ours("active, with Flask-Login", partial(wrapped, LOGIN), LOGIN),
    peer("Flask-Session in memory", partial(bare, "Flask-Session in memory"), READS),
    peer("Flask-Session in files", partial(bare, "Flask-Session in files"), READS),
    ours(
        "active, with Flask-Session in memory",
        partial(wrapped, "Flask-Session in memory"),
        "Flask-Session in memory",
    ),
]
GROUPS = {"flask": Group("Flask", FLASK, milliseconds=8)}
