"""A login that is over, as one value for every answer, event and record of it."""

from __future__ import annotations

from typing import NamedTuple

from ..cause import Cause
from ..policy import Policy
from .decision import Decision
from .limits import Limits
from .ticket import Ticket


class Ended(NamedTuple):
    """A login that is over, with everything that is known about its end.

    The 440, the problem document, the status, the event and the evidence are made from it.

    :param ticket: its last ticket; ``None`` if nobody was logged in (an app may answer 440 to
        anyone).
    :param at: when it ended, in UTC epoch seconds.
    :param policy: the limits that applied to it.
    :param is_told: the end has been reported already.
    :param is_recorded: the store knows of the end already.
    """

    ticket: Ticket | None
    cause: Cause | None
    at: float | None = None
    policy: Policy | None = None
    reason: str | None = None
    is_told: bool = False
    is_recorded: bool = False

    @classmethod
    def of(cls, decision: Decision, subject: str | None, limits: Limits, now: float) -> Ended:
        """Return the login that *decision* has found to be over.

        :param subject: the person whom the session names, for when no ticket can be trusted.
        """
        ticket = decision.ticket or Ticket("", subject or "", now, now)
        return cls(
            ticket,
            decision.cause,
            min(limits.expiry(ticket).deadline, now),
            limits.policy(ticket.policy),
            decision.reason,
            decision.is_told or bool(ticket.ended),
            decision.is_recorded,
        )

    @property
    def is_evidence(self) -> bool:
        """Whether the request carried only the evidence of an end that was found before."""
        return self.ticket is not None and bool(self.ticket.ended)

    def evidence(self, now: float, told_at: float | None) -> Ticket | None:
        """Return the ticket that keeps the end for a page that a person sees.

        It is not valid as a login.

        :param told_at: when a program was told of the end.
        """
        ticket = self.ticket
        if ticket is None:
            return None
        return Ticket(
            ticket.id,
            ticket.subject,
            # Its own times may be in the future, and such a ticket would be refused.
            min(ticket.issued_at, now),
            min(ticket.seen_at, now),
            ticket.policy,
            self.at,
            ticket.node,
            self.cause,
            ticket.recorded,
            ticket.unknown,
            ticket.path,
            ticket.domain,
            told_at,
            ticket.age,
        )
