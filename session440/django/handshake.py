"""The handshake of a WebSocket that Channels serves, as a request of Django's."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from channels.db import aclose_old_connections  # type: ignore[import-untyped]  # it has no types
from django.contrib import auth
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.urls import ResolverMatch
from django.utils.functional import LazyObject, SimpleLazyObject

from ..core.enforcement import FOR_THE_APP, Answer
from ..exceptions import ConfigurationError
from ..exchange import Exchange
from ..exchange.driver import aclose
from ..live import LiveLogin
from ..live.denial import Denial
from ..live.messages import Message, Scope
from ..processing import aprocess_request, areply, asettle
from .answering import acompleted, exchange_of
from .receivers import EXCHANGE, VISIT
from .response import encoded, made
from .threads import in_thread

if TYPE_CHECKING:
    from ..live.async_flag import AsyncFlag

_SCHEMES = {"ws": "http", "wss": "https"}


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
        lazy = SimpleLazyObject(lambda: auth.get_user(request))
        return {"user": lazy, "auser": lambda: auth.aget_user(request)}
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
    return exchange, await _denial(exchange)


async def _denial(exchange: Exchange) -> Denial:
    response: Any = await acompleted(exchange, made(await areply(exchange)))
    head = response.status_code, encoded(response)
    return Denial(*head, response.content, exchange.provisional)


class ChannelsHandshake:
    """The handshake of a socket that a consumer is to accept, or to refuse.

    :param exchange: needed only if a visitor's login is over (``challenge``).
    :param login: under which the socket is open.
    """

    def __init__(self, scope: Scope, exchange: Exchange, login: LiveLogin[AsyncFlag]) -> None:
        is_challenged = exchange.provisional.answer is Answer.CHALLENGE
        self.scope = scope
        self._exchange = exchange if is_challenged else None
        self._login = login

    async def answer(self, status: int, message: Message) -> Message | Denial:
        """Return the consumer's answer; or the 440, if it refuses a visitor."""
        exchange = self._exchange
        if exchange is not None and await asettle(exchange, status):
            return await _denial(exchange)
        return message

    def open(self) -> LiveLogin[AsyncFlag]:
        """Return the login under which the socket is open."""
        return self._login

    def answered(self) -> None:
        """Hold nothing of the request longer: the handshake is answered."""
        self._exchange = None


def let_go(request: HttpRequest) -> None:
    """Let go of the exchange: a socket is open for long, and needs it no more."""
    for name in (EXCHANGE, VISIT):
        vars(request).pop(name, None)
