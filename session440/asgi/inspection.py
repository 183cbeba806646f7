"""What the doctor learns about an ASGI app."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

from ..doctor.site import Site
from ..doctor.wrapped import wrapped_site
from . import Session440Middleware
from .head import decoded
from .types import App, Message


def middleware_of(layers: Iterable[Any]) -> list[Session440Middleware]:
    """Return those of the layers around an app that are ours, the outermost first."""
    return [found for each in layers for found in _ours(each)]


def _ours(layer: Any) -> Iterator[Session440Middleware]:
    if isinstance(layer, Session440Middleware):
        yield layer
    # Starlette and FastAPI make it only when the first request comes.
    for each in getattr(layer, "user_middleware", ()):
        if getattr(each, "cls", None) is Session440Middleware:
            yield Session440Middleware(layer, *each.args, **each.kwargs)


def site_of(ours: list[Session440Middleware]) -> Site:
    """Return what is known of an ASGI app, by the middleware that wraps it."""

    def front_page() -> list[tuple[str, str]]:
        return asyncio.run(_headers_of(ours[0].app))

    return wrapped_site("ASGI", [*ours], "scope['session440']", front_page)


async def _headers_of(app: App) -> list[tuple[str, str]]:
    """Return the headers of the page that a visitor opens first."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": None,
        "server": ("localhost", 80),
    }
    await app(scope, receive, send)
    return decoded(sent[0].get("headers", ()))
