"""FastAPI: who is logged in as a dependency, and the 440 in the OpenAPI document.

``session440.asgi.Session440Middleware`` ends the logins. This module has only what FastAPI has and
Starlette has not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import HTTPException, WebSocketException
from fastapi.requests import HTTPConnection

from .asgi import visit_of
from .decorators import RECENT, use
from .live.denial import STEP_UP
from .openapi import responses
from .policy import Duration, seconds
from .visit import Visit

__all__ = ["current_login", "recent_login", "responses"]


async def current_login(connection: HTTPConnection) -> Visit:
    """Return the visit of somebody who is logged in: ``visit: Visit = Depends(current_login)``.

    A visitor is answered 401, and a visitor's WebSocket is not opened. If a login has ended, the
    middleware answers instead.

    :raises RuntimeError: if no ``Session440Middleware`` wraps the app.
    """
    visit = visit_of(connection)
    if visit.active:
        return visit
    if connection.scope["type"] == "websocket":
        raise WebSocketException(STEP_UP, "log in first")
    raise HTTPException(401, "log in first")


def recent_login(within: Duration) -> Callable[[HTTPConnection], Awaitable[Visit]]:
    """Return a dependency on somebody who has recently proved who they are.

    Other people are answered 401, and may log in again and go on; see
    :meth:`session440.Visit.require_recent`.

    :param within: seconds, a ``timedelta``, or text such as ``"10m"``.
    :raises ConfigurationError: for another value.
    """
    length = seconds("within", within)
    use(RECENT)

    async def recent(connection: HTTPConnection) -> Visit:
        visit = visit_of(connection)
        visit.require_recent(length)
        return visit

    return recent
