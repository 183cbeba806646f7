"""Where an ASGI app finds its visit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from ..exchange import Exchange
from ..http.script import client_tag
from ..visit import Visit

VISIT_KEY = "session440"


def visit_of(connection: Any) -> Visit:
    """Return the connection's visit: ``scope["session440"]``, with its type.

    :param connection: its scope; or what has one, such as Starlette's request and websocket.
    :raises RuntimeError: if no ``Session440Middleware`` wraps the app.
    """
    scope = connection if isinstance(connection, Mapping) else connection.scope
    if VISIT_KEY not in scope:
        raise RuntimeError("there is no visit: the app is not wrapped in Session440Middleware")
    visit: Visit = scope[VISIT_KEY]
    return visit


def session440_client(connection: Any, nonce: str | None = None, **options: Any) -> Markup:
    """Return the tag that loads the script, for a template: ``{{ session440_client(request) }}``.

    :param connection: Starlette's request, or its scope.
    :param nonce: for a Content-Security-Policy that needs one.
    :param options: become ``data-`` attributes.
    :raises RuntimeError: if no ``Session440Middleware`` wraps the app.
    """
    exchange = visit_of(connection)._exchange
    if not isinstance(exchange, Exchange):
        raise TypeError("a WebSocket has no page that could load the script")
    return Markup(client_tag(exchange, nonce, **options))  # noqa: S704  # escaped there
