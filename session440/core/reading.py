"""A ticket's cookie as it was read, with what can be said of the login while nothing is due.

Between two renewals each request of a login carries the same cookie, and the decision about it is
always the same. So it is made once, and remembered with the ticket. Whatever is not plain goes
through the table in :mod:`session440.core.decision`; ``tests/test_reading.py`` compares the two.
"""

from __future__ import annotations

import math
from typing import Any

from .decision import Decision, Standing
from .limits import Limits
from .ports import Holding
from .state import State, Step
from .ticket import SKEW, Ticket

#: Seconds around each limit in which the table decides: it compares differences, and sums of
#: floats differ from them by less.
MARGIN = 0.001
#: How many seconds before the times of a ticket nothing is said of it.
EARLY = SKEW - MARGIN

_OVER = (-math.inf, -math.inf)
#: What follows the ticket in a decision, and in a state, of which nothing more is to be said.
_ACTIVE = Standing.ACTIVE
_DECIDED, _STANDING = Decision(_ACTIVE)[2:], State()[1:]


class Reading:
    """A ticket, and when nothing has to be done about its login.

    From ``since`` on no time of it is in the future, and until ``until`` its login is not over
    (UTC epoch seconds). Meanwhile the login stands as ``decision`` says, and ``step`` follows.
    Until ``due`` it is not to be issued again either.
    """

    __slots__ = ("_binding", "decision", "due", "since", "step", "ticket", "until")

    def __init__(self, ticket: Ticket, limits: Limits) -> None:
        self.ticket = ticket
        self._binding: list[Any] | None = None
        issued_at, seen_at = ticket.issued_at, ticket.seen_at
        if seen_at >= issued_at:
            self.since = seen_at - EARLY
        else:  # unless both are numbers, of which NaN is none
            self.since = issued_at - EARLY if issued_at > seen_at else math.inf
        deadline, due = _OVER if ticket.ended else limits.times(ticket)
        self.until, self.due = deadline - MARGIN, due - MARGIN
        # In place of Decision(...) and State(...), which take longer.
        self.decision: Decision = tuple.__new__(Decision, (_ACTIVE, ticket, *_DECIDED))
        self.step: Step = tuple.__new__(State, (ticket, *_STANDING)), ()

    @property
    def binding(self) -> list[Any]:
        """The list that a session bound to it holds."""
        if self._binding is None:
            self._binding = self.ticket.binding.as_list()
        return self._binding

    def is_held(self, holding: Holding) -> bool:
        """Return whether a session beside the ticket is that of its login, or there is none."""
        if holding.subject is None:
            return holding.is_carried is None
        if holding.subject != self.ticket.subject:
            return False
        return holding.binding is self.ticket or bool(holding.binding == self.binding)
