"""A response that never goes out: the client has gone, or the server stops."""

from __future__ import annotations

from ..core.ports import LoggedOut
from ..exchange import Exchange, closing
from .response import settle

#: The status of a response that nobody gets: what a server error could not save, nobody has saved.
UNSENT = 500


def keep_ends(exchange: Exchange) -> None:
    """Keep for the store what the app has ended, where no response will tell it.

    The open connections here are told. This asks no store and waits for nothing. A login that
    began was not delivered, so the former one goes on.
    """
    login, session = exchange.provisional.login, exchange.session
    is_unsent = login is not None and not exchange.is_sent
    if is_unsent and isinstance(session.change(login), LoggedOut):
        settle(exchange, UNSENT)
    if exchange.owing and exchange.provisional.login is None:
        closing.tell_connections(exchange, closing.owed(exchange))
