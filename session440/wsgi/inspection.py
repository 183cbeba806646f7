"""What the doctor learns about a WSGI app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..doctor.finding import Finding
from ..doctor.site import Site
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
        faults=(DOUBLED,) if len(ours) > 1 else (),
        scope=ours[0].scope,
        is_https=ours[0].is_secure,
        follows_another=ours[0].watches,
    )


def _option(name: str) -> str:
    return f"{name}="
