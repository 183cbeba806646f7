"""A public page's login, judged only when the page looks into the session.

Reading a session costs a query; a public page that never looks does not need it. A page that
does look, through ``request.user`` or in any other way, finds what a judged login has left there.
"""

from __future__ import annotations

from functools import partial

from asgiref.sync import iscoroutinefunction

from ..core.lifecycle import State
from ..decorators import PUBLIC, is_used
from ..exchange import Exchange
from ..http import endpoints
from ..http.targets import is_public
from ..processing.request import judge
from .request import DjangoRequest


def is_put_off(exchange: Exchange) -> bool:
    """Leave the session unread if the page is public and the ticket by itself is live.

    Return whether that is so.
    """
    ticket = exchange.live_ticket() if _may_wait(exchange) else None
    if ticket is None:
        return False
    return exchange.judge_later(State(ticket), partial(judge, exchange))


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
