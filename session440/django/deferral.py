"""A public page's login, judged only when the page looks into the session.

Reading a session costs a query; a public page that never looks does not need it. A page that
does look, through ``request.user`` or in any other way, finds what a judged login has left there.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest

from ..core.lifecycle import State
from ..decorators import PUBLIC, is_used
from ..exchange import Exchange
from ..http import endpoints
from ..http.targets import is_public
from ..processing.request import judge
from .request import DjangoRequest


def is_put_off(exchange: Exchange, request: HttpRequest) -> bool:
    """Leave the session unread if the page is public and the ticket by itself is live.

    Return whether that is so.
    """
    ticket = exchange.live_ticket() if _may_wait(exchange) else None
    if ticket is None:
        return False
    exchange.judge_later(State(ticket), partial(judge, exchange))
    session: Any = request.session
    session._session440_exchange = exchange
    store: Any = type(session)
    session.__class__ = _judged_first(store)
    return True


def _may_wait(exchange: Exchange) -> bool:
    """Return whether the session may stay unread: a public page, and a ticket."""
    if endpoints.is_asked(exchange) or exchange.method == "OPTIONS" or not exchange.read_tickets():
        return False
    if exchange.engine.shared is not None:  # ask it before the view and its transaction
        return False
    may_be_public = exchange.engine.settings.public_paths or is_used(PUBLIC)
    # An async view that reads the visit cannot wait for a query.
    return bool(may_be_public) and is_public(exchange) and not _is_async(exchange)


def _is_async(exchange: Exchange) -> bool:
    request = exchange.request
    return isinstance(request, DjangoRequest) and iscoroutinefunction(request.view())


@cache
def _judged_first(store: Any) -> Any:
    """Return a session class whose login is judged before the session is first read."""

    class JudgedFirst(store):  # type: ignore[misc]  # the project's own class
        def _get_session(self, no_load: bool = False) -> Any:
            self._judge()
            return self._get_session(no_load)  # the project's own by now

        _session = property(_get_session)

        async def _aget_session(self, no_load: bool = False) -> Any:
            await sync_to_async(self._judge)()
            return await self._aget_session(no_load)

        def clear(self) -> None:  # it writes without reading; flush() calls it first
            self._judge()
            self.clear()

        async def aflush(self) -> None:
            await sync_to_async(self._judge)()
            await self.aflush()

        def _judge(self) -> None:
            self.__class__ = store  # once only: judging reads the session too
            _ = self._session440_exchange.state

    return JudgedFirst
