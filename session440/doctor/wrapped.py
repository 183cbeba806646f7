"""The site of an app that is wrapped in a middleware of ours, under WSGI or ASGI."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from ..core.cookie import Scope
from ..engine import Engine
from ..plain.set_cookie import set_cookies
from .finding import Finding
from .site import Site

MISSING = Finding(
    "session440.E060",
    "there is no Session440Middleware around the app, or in it",
    "nothing ends its logins, and nothing says why they ended",
    "wrap it: app = Session440Middleware(app, secret_key=…)",
)
DOUBLED = Finding(
    "session440.E062",
    "session440 is there twice",
    "each judges the login by settings and a cookie of its own: one ends what the other keeps",
    "keep only one: the framework's own extension or middleware, if it has one",
)

#: Returns the headers of a page that a visitor opens; none if it cannot be opened here.
Opening = Callable[[], Iterable[tuple[str, str]]]


class Wrapper(Protocol):
    """A middleware of ours, as far as the doctor needs to know it."""

    engine: Engine
    scope: Scope
    is_secure: bool
    watched: str | None

    @property
    def follows_another(self) -> bool:
        """Whether logins follow another session, about which nothing is known."""


def wrapped_site(adapter: str, wrappers: list[Wrapper], visit: str, front_page: Opening) -> Site:
    """Return what is known of an app, by the middleware that wraps it.

    :param adapter: ``"WSGI"`` or ``"ASGI"``.
    :param visit: how its code reaches its visit.
    :param front_page: opens its front page.
    """
    if not wrappers:
        return Site(adapter, _option, faults=(MISSING,))
    ours = wrappers[0]
    doubled = (DOUBLED,) if len(wrappers) > 1 else ()
    return Site(
        adapter,
        _option,
        ours.engine,
        faults=(*doubled, *_visitors(ours, visit, front_page)),
        scope=ours.scope,
        is_https=ours.is_secure,
        follows_another=ours.follows_another,
    )


def _visitors(ours: Wrapper, visit: str, front_page: Opening) -> Iterator[Finding]:
    """Yield a finding if the front page gives the watched cookie to whoever asks for it."""
    name = ours.watched
    if name is None:
        return
    try:
        headers = [*front_page()]
    except Exception:  # the app's own; it may want a server, or a database
        return
    if set_cookies(headers, name, "/", ours.engine.clock()).counting(None):
        yield Finding(
            "session440.E068",
            f"watch_cookie follows {name}, which GET / sets for a visitor, too",
            "people who never logged in are told that they were signed out, and session440 does "
            "not see a login begin if the cookie keeps its value",
            "follow a cookie that only people who are logged in have; or let the app say "
            f"{visit}.login(), without watch_cookie",
        )


def _option(name: str) -> str:
    return f"{name}="
