"""The limits that apply to a login: those that its policy has now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from ..cause import Cause
from ..policy import Policy
from .cookie import LONGEST_AGE
from .record import Record
from .ticket import SKEW, Ticket


class Expiry(NamedTuple):
    """When a login ends (UTC epoch seconds, ``inf`` for never) and for what cause."""

    deadline: float
    cause: Cause


def expiry_of(policy: Policy, issued_at: float, seen_at: float, not_after: float | None) -> Expiry:
    """Return when a login ends. Times are UTC epoch seconds.

    A login has expired if ``now >= deadline``.
    """
    return Expiry(*_end(policy, issued_at, seen_at, not_after))


def _end(
    policy: Policy, issued_at: float, seen_at: float, not_after: float | None
) -> tuple[float, Cause]:
    absolute, idle = policy.absolute_timeout, policy.idle_timeout
    deadline = math.inf if absolute is None else issued_at + absolute
    cause = Cause.ABSOLUTE
    if not_after is not None and not_after < deadline:
        deadline, cause = not_after, Cause.CREDENTIAL
    if idle is not None and seen_at + idle < deadline:
        deadline, cause = seen_at + idle, Cause.IDLE
    return deadline, cause


def last_moment(policy: Policy, issued_at: float, seen_at: float, not_after: float | None) -> float:
    """Return when the login is over, however much it is used from now on (UTC epoch seconds).

    If there is no such limit, return when it is over unless it is used again.
    """
    last = expiry_of(policy, issued_at, math.inf, not_after).deadline
    if last < math.inf or policy.idle_timeout is None:
        return last
    return seen_at + policy.idle_timeout + policy.renewal


class Limits:
    """Applies policies to the tickets and records that name them.

    :param policies: by name; ``""`` is for names that are no longer known.
    :param evidence: seconds for which an ended login is remembered.
    :param slack: seconds that a login may be in use before the store is told of it.
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
        """Return the policy called *name*, or the strictest if that name is no longer known."""
        return self._policies.get(name) or self._policies[""]

    def expiry(self, login: Ticket | Record) -> Expiry:
        """Return when a login ends, and for what cause."""
        policy = self._policies.get(login.policy) or self._policies[""]
        return expiry_of(policy, login.issued_at, login.seen_at, login.not_after)

    def is_due(self, ticket: Ticket, now: float) -> bool:
        """Return whether it is time to issue *ticket* again."""
        policy = self._policies.get(ticket.policy) or self._policies[""]
        return now - ticket.seen_at >= policy.renewal

    def times(self, ticket: Ticket) -> tuple[float, float]:
        """Return when the login of *ticket* ends, and when it is time to issue the ticket again."""
        issued_at, seen_at, name, not_after = ticket[2:6]  # in less time than by their names
        policy = self._policies.get(name) or self._policies[""]
        end, _ = _end(policy, issued_at, seen_at, not_after)
        return end, seen_at + policy.renewal

    def keep_until(self, ticket: Ticket) -> float:
        """Return when no cookie of the login can be live any more, nor its evidence."""
        policy = self.policy(ticket.policy)
        last = last_moment(policy, ticket.issued_at, ticket.seen_at, ticket.not_after)
        return last + self.slack + self.evidence + SKEW

    def notes_until(self, ticket: Ticket) -> float:
        """Return until when notes about the login may be of use, however its end is moved."""
        policy, started = self.policy(ticket.policy), ticket.issued_at
        lasts = LONGEST_AGE if policy.absolute_timeout is None else policy.absolute_timeout
        return started + lasts + self.slack + self.evidence + SKEW

    def unknown_until(self, now: float) -> float:
        """Return until when a login may come to be recorded that has begun by *now*.

        The store may have been out, or have lost its memory: then a login is recorded when it is
        next used. It is as long as the record of a login is kept that begins now.
        """
        last = max([last_moment(each, now, now, None) for each in self._policies.values()])
        return last + self.slack + self.evidence + SKEW

    def is_live(self, record: Record, now: float) -> bool:
        """Return whether a login may still be in use, as far as a store knows."""
        latest = record._replace(seen_at=record.seen_at + self.slack)
        return record.is_live and now < self.expiry(latest).deadline
