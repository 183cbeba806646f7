"""What one request has to tell the store, once the app has run."""

from __future__ import annotations

from .cause import Cause
from .exceptions import StoreError
from .logins import Logins
from .ticket import Ticket


class Entries:
    """The logins that a request has ended, and the one that it began.

    :param shared: ``None`` where there is no store to tell.
    :param is_required: whether no login may begin that the store does not know.
    """

    def __init__(self, shared: Logins | None, is_required: bool) -> None:
        self._shared = shared
        self._is_required = is_required
        self._closed: list[tuple[Ticket, Cause | None]] = []

    def close(self, ticket: Ticket | None, cause: Cause | None = None) -> None:
        """Note that a login has ended; without a cause, by a logout or a new login."""
        if self._shared is not None and ticket is not None and ticket.id and not ticket.ended:
            self._closed.append((ticket, cause))

    def write(self, now: float) -> None:
        """Tell the store which logins have ended; where it is out it will be told later."""
        closed, self._closed = self._closed, []
        for ticket, cause in closed:
            if self._shared is not None:
                self._shared.close(ticket, cause, now)

    def record(self, ticket: Ticket, is_new: bool) -> Ticket | None:
        """Have the store keep the login of a ticket that goes out; give what may go out.

        ``None`` where a login must not begin because the store is out.
        """
        if self._shared is None or ticket.recorded or ticket.ended:
            return ticket
        try:
            return self._shared.record(ticket, is_new)
        except StoreError:
            return None if is_new and self._is_required else ticket
