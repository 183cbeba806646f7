"""What the doctor learns about a WSGI app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.test import Client

from ..doctor.finding import Finding
from ..doctor.site import Site
from ..plain.set_cookie import set_cookies
from . import Session440Middleware

MISSING = Finding(
    "session440.E060",
    "no Session440Middleware is to be seen around the app, or in it",
    "nothing ends its logins, and nothing says why they ended",
    "wrap it: app = Session440Middleware(app, secret_key=…)",
)
DOUBLED = Finding(
    "session440.E062",
    "session440 is there twice",
    "each judges the login by settings and a cookie of its own: one ends what the other keeps",
    "leave one of them: the extension or the middleware of the framework, where there is one",
)


def middleware_of(layers: Iterable[Any]) -> list[Session440Middleware]:
    """Return those of the layers around an app that are ours, the outermost first."""
    return [each for each in layers if isinstance(each, Session440Middleware)]


def site_of(ours: list[Session440Middleware]) -> Site:
    """Return what is known of a WSGI app, by the middleware that wraps it."""
    if not ours:
        return Site("WSGI", _option, faults=(MISSING,))
    return Site(
        "WSGI",
        _option,
        ours[0].engine,
        faults=(*((DOUBLED,) if len(ours) > 1 else ()), *_visitors(ours[0])),
        scope=ours[0].scope,
        is_https=ours[0].is_secure,
        follows_another=ours[0].watched is not None,
    )


def _visitors(middleware: Session440Middleware) -> Iterator[Finding]:
    """Yield a finding if the front page gives the watched cookie to whoever asks for it."""
    name = middleware.watched
    if name is None:
        return
    try:
        with Client(middleware.app, use_cookies=False).get("/") as answer:
            headers = [*answer.headers]
    except Exception:  # the app's own; it may want a server, or a database
        return
    if set_cookies(headers, name, "/", middleware.engine.clock()).counting(None):
        yield Finding(
            "session440.E068",
            f"watch_cookie follows {name}, which GET / sets for a visitor, too",
            "people who never logged in are told that they were signed out, and a login is not "
            "seen to begin where the cookie keeps its value",
            "follow a cookie that only people who are logged in have; or let the app say "
            "environ['session440'].login(), without watch_cookie",
        )


def _option(name: str) -> str:
    return f"{name}="
