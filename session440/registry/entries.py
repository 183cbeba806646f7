"""What one request has to tell the store, once the app has run."""

from __future__ import annotations

from ..cause import Cause
from ..core.ticket import Ticket
from ..exceptions import StoreError
from .logins import Logins


class Entries:
    """The logins that a request has ended, and the one whose ticket goes out.

    :param shared: ``None`` where there is no store to tell.
    """

    def __init__(self, shared: Logins | None) -> None:
        self._shared = shared
        self._closed: list[tuple[Ticket, Cause | None]] = []

    def close(self, ticket: Ticket | None, cause: Cause | None = None) -> None:
        """Note that a login has ended; without a cause, by a logout or a new login."""
        if self._shared is not None and ticket is not None and ticket.id and not ticket.ended:
            self._closed.append((ticket, cause))

    def write(self, now: float, outgoing: Ticket | None) -> Ticket | None:
        """Tell the store; where it is out it will be told later. Give the ticket to send."""
        if self._shared is None:
            return outgoing
        closed, self._closed = self._closed, []
        for ticket, cause in closed:
            self._shared.close(ticket, cause, now)
        if outgoing is None or outgoing.recorded or outgoing.ended:
            return outgoing
        try:
            return self._shared.record(outgoing)
        except StoreError:
            return outgoing
