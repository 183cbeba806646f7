"""The login of a connection that stays open, once its request is answered."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from ..core.cookie import Scope as CookieScope
from ..core.state import State
from ..engine import Engine
from ..exceptions import LoginTimeout
from ..exchange import Exchange
from ..exchange.driver import aclose
from ..exchange.settled import Settled
from ..live import LiveLogin
from ..plain.presentation import PlainPresentation
from ..plain.request import PlainRequest
from ..plain.session import TicketSession
from ..processing import aprocess_exception, keep_ends
from ..visit import Visit
from .request import ASGIRequest
from .visits import VISIT_KEY

if TYPE_CHECKING:
    from ..live.async_flag import AsyncFlag

#: An open connection has neither a session nor a page.
_NO_SESSION, _PRESENTATION = TicketSession(CookieScope()), PlainPresentation()


def watched_login(exchange: Exchange) -> LiveLogin[AsyncFlag] | None:
    """Return the login, watched from now on, if somebody is logged in."""
    if exchange.provisional.login is None:
        return None
    return Visit(exchange).watch().aopen()


def settle(exchange: Exchange, request: ASGIRequest, login: LiveLogin[AsyncFlag] | None) -> None:
    """Keep nothing of the request but its login."""
    request.native[VISIT_KEY] = Visit(Settled(exchange, login))
    request.let_go()


async def end_login(
    engine: Engine, login: LiveLogin[AsyncFlag] | None, exception: Exception
) -> None:
    """End the login of an open connection as a request does in which a timeout is raised."""
    if login is None or login.ticket is None or not isinstance(exception, LoginTimeout):
        return
    request = PlainRequest({}, engine)
    request.let_go()  # there was one, long ago
    exchange = Exchange(engine, request, _NO_SESSION, _PRESENTATION, to_thread)
    exchange.advance((State(login.ticket), ()))
    try:
        await aprocess_exception(exchange, exception)
        await aclose(exchange)
    finally:
        keep_ends(exchange)
