"""What the doctor is told of a WSGI app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..doctor.finding import Finding
from ..doctor.site import Site
from . import Session440Middleware

#: Under what names wrappers keep what they wrap.
_INNER = ("app", "wsgi_app", "application", "_app", "_application", "wrapped")
_MOST_WRAPPERS = 50

MISSING = Finding(
    "session440.E060",
    "the app is not wrapped in Session440Middleware",
    "nothing ends its logins, and nothing says why they ended",
    "wrap it: app = Session440Middleware(app, secret_key=…)",
)
DOUBLED = Finding(
    "session440.E062",
    "session440 is there twice",
    "each judges the login by settings and a cookie of its own: one ends what the other keeps",
    "leave one of them: the extension or the middleware of the framework, where there is one",
)


def wrappers(app: Any) -> Iterator[Session440Middleware]:
    """Give each of ours that is around an app, the outermost first."""
    for _ in range(_MOST_WRAPPERS):
        if isinstance(app, Session440Middleware):
            yield app
        inner = [getattr(app, name, None) for name in _INNER]
        app = next((each for each in inner if callable(each)), None)


def site_of(app: Any) -> Site:
    """Read what a WSGI app is wrapped in."""
    ours = [*wrappers(app)]
    if not ours:
        return Site("WSGI", _option, faults=(MISSING,))
    return Site(
        "WSGI",
        _option,
        ours[0].engine,
        faults=(DOUBLED,) if len(ours) > 1 else (),
        scope=ours[0].scope,
        is_https=ours[0].scope.secure,
    )


def _option(name: str) -> str:
    return f"{name}="
