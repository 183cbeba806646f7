"""The handshake of a WebSocket that Channels serves, as a request of Django's."""

from __future__ import annotations

from collections.abc import MutableMapping
from io import BytesIO
from typing import Any

from channels.db import aclose_old_connections  # type: ignore[import-untyped]  # it has no types
from django.contrib.auth import aget_user, get_user
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.urls import ResolverMatch
from django.utils.functional import LazyObject, SimpleLazyObject

from ..core.enforcement import FOR_THE_APP, Answer
from ..exceptions import ConfigurationError
from ..exchange import Exchange
from ..exchange.driver import aclose
from ..live.websocket import CODE, Denial
from ..processing import aprocess_request, areply
from .answering import acompleted, exchange_of
from .receivers import EXCHANGE, VISIT
from .response import encoded, made
from .threads import in_thread

Scope = MutableMapping[str, Any]
_SCHEMES = {"ws": "http", "wss": "https"}
#: How a socket is closed whose server cannot answer a handshake, unless its login is over:
#: https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
_CODES = {Answer.UNAVAILABLE: 1013, Answer.STEP_UP: 4401}


def request_of(scope: Scope, view: type) -> HttpRequest:
    """Return the request that a scope stands for.

    :param view: the consumer, which may be marked ``@public``.
    :raises ConfigurationError: if no middleware of Channels has put a session into the scope.
    """
    if "session" not in scope:
        raise ConfigurationError(
            f"{view.__name__} finds no session in its scope; wrap the routes in "
            "channels.auth.AuthMiddlewareStack"
        )
    scheme = _SCHEMES.get(scope.get("scheme", "ws"), scope.get("scheme"))
    request = ASGIRequest({**scope, "method": "GET", "scheme": scheme}, BytesIO())
    request.META["HTTP_UPGRADE"] = "websocket"  # HTTP/2 has no such header (RFC 8441)
    request.resolver_match = ResolverMatch(view, (), {})
    vars(request).update(session=_found(scope["session"]), **_users(scope, request))
    return request


def _found(lazy: Any) -> Any:
    """Return the object that a lazy one stands for, as Channels' middlewares leave it."""
    return vars(lazy)["_wrapped"] if isinstance(lazy, LazyObject) else lazy


def _users(scope: Scope, request: HttpRequest) -> dict[str, Any]:
    """Return how the request knows its user: as Channels has found it, or as Django would."""
    if "user" not in scope:
        lazy = SimpleLazyObject(lambda: get_user(request))
        return {"user": lazy, "auser": lambda: aget_user(request)}
    user = _found(scope["user"])

    async def auser() -> Any:
        return user

    return {"user": user, "auser": auser}


async def judged(request: HttpRequest) -> tuple[Exchange, Denial | None]:
    """Judge the login of a handshake; return how it stands, and the answer if it is refused."""
    # As before each message: https://channels.readthedocs.io/en/latest/topics/databases.html
    await aclose_old_connections()
    exchange = exchange_of(request, in_thread)
    if await aprocess_request(exchange) in FOR_THE_APP:
        await aclose(exchange)
        return exchange, None
    response: Any = await acompleted(exchange, made(await areply(exchange)))
    head = response.status_code, encoded(response)
    reason, code = reason_of(exchange), _CODES.get(exchange.provisional.answer, CODE)
    return exchange, Denial(*head, response.content, reason, code)


def reason_of(exchange: Exchange) -> str:
    """Return why a login has ended, as text for a close frame."""
    ended = exchange.provisional.ended
    return str((ended and ended.cause) or "")


def let_go(request: HttpRequest) -> None:
    """Let go of the exchange: a socket is open for long, and needs it no more."""
    for name in (EXCHANGE, VISIT):
        vars(request).pop(name, None)
