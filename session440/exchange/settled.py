"""What is kept of a request whose connection stays open, perhaps for days."""

from __future__ import annotations

from ..core.state import State
from ..core.ticket import Ticket
from ..live import Watch
from ..live.login import AnyLogin
from .exchange import Exchange
from .tickets import has_ticket_alone


class Settled:
    """How a login stands while its connection is open: all that its visit may still be asked.

    :param login: as it is watched; ``None``: nobody is logged in.
    """

    __slots__ = ("_has_ticket_alone", "_login", "_provisional", "engine", "now")

    is_sent = True  # it is too late for a login, and for a logout

    def __init__(self, exchange: Exchange, login: AnyLogin | None) -> None:
        self.engine = exchange.engine
        self.now = exchange.now
        self._provisional = exchange.provisional
        self._login = login
        self._has_ticket_alone = has_ticket_alone(exchange)

    @property
    def state(self) -> State:
        """How the login stands now; another one of the same person may have taken its place."""
        state, login = self._provisional, self._login
        if login is None:
            return state
        if login.is_over:
            return state._replace(login=None, ended=login.end)
        return state._replace(login=login.ticket)

    def watch(self) -> Watch:
        """Watch the login once more, as for another part of the app."""
        return Watch(self.engine.live, self.state.login, self.now, self._has_ticket_alone)

    def upcoming(self) -> Ticket | None:
        """Return the ticket of the login."""
        return self.state.login

    def note_wanted(self, within: float) -> None:
        """Note nothing: no page follows that could offer a login."""
