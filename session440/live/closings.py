"""The logins that were closed while the requests were under way that open connections.

A request is judged first, and its connection watched later: meanwhile the person may log out.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from ..cause import Cause
from ..core.record import stored_id
from ..core.ticket import Ticket
from ..stores.recent import Lately

#: Of how many a process remembers that they were closed, and how; about 500 bytes each.
REMEMBERED = 1000
#: So many logins may have taken the place of one another during one request.
MOST_SUCCESSORS = 8


class Closing(NamedTuple):
    """How a login was closed.

    :param at: when this process heard of it; its own request may have begun much earlier.
    :param cause: ``None`` for a logout.
    :param successor: the login of the same person that has taken its place.
    """

    at: float = -inf
    cause: Cause | None = None
    successor: Ticket | None = None


class Closings:
    """Remembers how logins were closed, in this process."""

    def __init__(self) -> None:
        self._lately: Lately[Closing] = Lately(Closing(), REMEMBERED)

    def note(self, id: str | None, closing: Closing) -> str | None:
        """Remember how the login with the id *id* in a store was closed.

        Return the id of another login that has taken its place before, as by a double click.
        """
        if not id:
            return None
        former, new = self._lately.get(id).successor, closing.successor
        self._lately.note(id, closing)
        is_other = former is not None and new is not None and former.id != new.id
        return stored_id(former.id) if former is not None and is_other else None

    def since(self, ticket: Ticket, judged_at: float) -> tuple[Ticket, Closing | None]:
        """Return with which login a connection goes on, and how that was closed, if it was.

        :param judged_at: when *ticket*'s login was live; the same id may begin anew later.
        """
        for _ in range(MOST_SUCCESSORS):
            closing = self._lately.get(stored_id(ticket.id))
            if closing.at < judged_at:
                return ticket, None
            if closing.successor is None:
                return ticket, closing
            ticket = closing.successor
        return ticket, None
