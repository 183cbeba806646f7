"""A login that is over: one value for all who say so."""

from __future__ import annotations

from typing import NamedTuple

from ..cause import Cause
from ..policy import Policy
from .decision import Decision
from .limits import Limits
from .ticket import Ticket


class Ended(NamedTuple):
    """A login that is over, and all that anybody may ask of it.

    The 440, the problem document, the status, the event and the evidence read it.

    :param ticket: its last ticket; ``None`` if nobody was logged in (an app may answer 440 to
        anyone).
    :param at: when it ended, in UTC epoch seconds.
    :param policy: the limits that it fell under.
    :param is_told: its person knows, or the log.
    :param is_recorded: the store knows.
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

        :param subject: whom the session names, where no ticket can be believed.
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
        """Whether the request carried nothing but the evidence of an end met before."""
        return self.ticket is not None and bool(self.ticket.ended)

    def evidence(self, now: float) -> Ticket | None:
        """Return the ticket that tells this to the page that matters. It lets nobody in."""
        ticket = self.ticket
        if ticket is None:
            return None
        # Its own times may be in the future, which nobody would believe.
        issued_at, seen_at = min(ticket.issued_at, now), min(ticket.seen_at, now)
        return ticket._replace(
            issued_at=issued_at, seen_at=seen_at, not_after=self.at, ended=self.cause
        )
