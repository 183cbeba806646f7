"""What the doctor learns about a WSGI app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from werkzeug.test import Client

from ..doctor.site import Site
from ..doctor.wrapped import wrapped_site
from . import Session440Middleware


def middleware_of(layers: Iterable[Any]) -> list[Session440Middleware]:
    """Return those of the layers around an app that are ours, the outermost first."""
    return [each for each in layers if isinstance(each, Session440Middleware)]


def site_of(ours: list[Session440Middleware]) -> Site:
    """Return what is known of a WSGI app, by the middleware that wraps it."""

    def front_page() -> list[tuple[str, str]]:
        with Client(ours[0].app, use_cookies=False).get("/") as answer:
            return [*answer.headers]

    return wrapped_site("WSGI", [*ours], "environ['session440']", front_page)
