"""Where an ASGI app finds its visit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
