"""An ASGI request, and its body for what reads that in place of the app."""

from __future__ import annotations

import asyncio
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..core.enforcement import Answer
from ..engine import Engine
from ..exchange import Exchange
from ..http import body, endpoints
from ..plain.request import PlainRequest
from .environ import cookies_of, environ_of, path_of
from .types import Receive, Scope


class ASGIRequest(PlainRequest):
    """What the engine asks about a connection; of most it asks little."""

    native: Scope = {}

    def __init__(self, scope: Scope, engine: Engine) -> None:
        self.native = scope
        self.method = scope.get("method", "GET")
        path = scope["path"]
        is_plain = path.isascii() and not scope.get("root_path")  # the common case
        self.path_info = path if is_plain else path_of(scope)
        self.cookies = cookies_of(scope["headers"])
        self._engine = engine

    if not TYPE_CHECKING:  # for which a cached property is none that is written

        @cached_property
        def environ(self) -> dict[str, Any]:
            """The connection by names as in CGI, once somebody asks for it."""
            return environ_of(self.native)

    def let_go(self) -> None:
        super().let_go()
        self.native, self.cookies = self.environ, ""


async def read_for_endpoint(exchange: Exchange, receive: Receive) -> None:
    """Read the form that is for one of our endpoints, which finds it in memory."""
    if exchange.request.method == "POST" and endpoints.is_asked(exchange):
        found = await _read(receive, *body.lengths_for_endpoint(exchange))
        exchange.request.environ["wsgi.input"] = BytesIO(found)


async def drain(exchange: Exchange, receive: Receive, answer: Answer) -> None:
    """Read the body that the app will not read: see :func:`..http.body.drain_if_refused`."""
    length = body.length_to_drain(exchange, answer)
    if length:
        await _read(receive, 0, length)


async def _read(receive: Receive, kept: int, more: int) -> bytes:
    """Return the first *kept* bytes; read *more* after them, and no longer than allowed."""
    found = bytearray()
    # Not wait_for(), which may lose a cancellation (https://github.com/python/cpython/issues/86296).
    reading = asyncio.ensure_future(_collect(receive, kept, kept + more, found))
    try:
        await asyncio.wait({reading}, timeout=body.SECONDS)
    finally:
        reading.cancel()
        await asyncio.wait({reading})
    if not reading.cancelled():
        reading.result()  # what receive has raised
    return bytes(found)


async def _collect(receive: Receive, kept: int, left: int, found: bytearray) -> None:
    while left > 0:
        message = await receive()
        if message["type"] != "http.request":  # the sender has gone
            return
        chunk = message.get("body", b"")
        found += chunk[: kept - len(found)]
        left -= len(chunk)
        if not message.get("more_body", False):
            return
