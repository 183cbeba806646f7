"""The limits that a login falls under: its policy's, as they are now."""

from __future__ import annotations

from collections.abc import Mapping

from ..policy import Expiry, Policy
from .record import Record
from .ticket import SKEW, Ticket


class Limits:
    """Holds tickets and records against the policies that they name.

    :param policies: by name; ``""`` is for names that are known no longer.
    :param evidence: seconds for which an ended login is remembered.
    :param slack: seconds for which a store need not have heard of a login that is in use.
    """

    def __init__(self, policies: Mapping[str, Policy], evidence: float, slack: float = 0.0) -> None:
        self._policies = policies
        self.slack = slack
        self.evidence = evidence

    @property
    def names(self) -> list[str]:
        """The names of the policies."""
        return [name for name in self._policies if name]

    def policy(self, name: str) -> Policy:
        """Return the policy called *name*, or the strictest where it is known no longer."""
        return self._policies.get(name) or self._policies[""]

    def expiry(self, login: Ticket | Record) -> Expiry:
        """When a login ends, and of what."""
        policy = self._policies.get(login.policy) or self._policies[""]
        return policy.expiry(login.issued_at, login.seen_at, login.not_after)

    def is_due(self, ticket: Ticket, now: float) -> bool:
        """Return whether it is time to issue *ticket* again."""
        policy = self._policies.get(ticket.policy) or self._policies[""]
        return now - ticket.seen_at >= policy.renewal

    def keep_until(self, ticket: Ticket) -> float:
        """When no cookie of the login can be live any more, and nobody asks why."""
        policy = self.policy(ticket.policy)
        last = policy.last_moment(ticket.issued_at, ticket.seen_at, ticket.not_after)
        return last + self.slack + self.evidence + SKEW

    def is_live(self, record: Record, now: float) -> bool:
        """Return whether a login may still be in use, for all that a store knows of it."""
        latest = record._replace(seen_at=record.seen_at + self.slack)
        return record.is_live and now < self.expiry(latest).deadline
