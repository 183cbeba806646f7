"""What a request's two cookies say together: DESIGN section 2's table as one pure function."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from .cause import Cause
from .policy import Expiry
from .ticket import SKEW, Binding, Ticket


class State(Enum):
    """How a request's login stands."""

    ANONYMOUS = "nobody is logged in"
    FORGOTTEN = "nobody is logged in, and the ticket is of no more use"
    ACTIVE = "the login goes on"
    REISSUED = "the login goes on, and its ticket must be issued again"
    BEGUN = "a login began out of our sight: it needs a ticket"
    ENDED = "the login has ended"


class Facts(NamedTuple):
    """All that the decision depends on."""

    now: float
    tickets: tuple[Ticket, ...]  # the authentic ones
    subject: str | None = None  # whom the framework's session names
    binding: object = None  # as the session holds it, unchecked
    carried: bool | None = False  # the request carried the session's cookie; None: there is
    # no session beside the ticket, which is then the login itself
    empty: bool = True  # ... and the session behind it has no content


class Outcome(NamedTuple):
    """The decision: how the login stands, by which ticket, and why it ended."""

    state: State
    ticket: Ticket | None = None
    cause: Cause | None = None
    reason: str | None = None


class Rules(NamedTuple):
    """What the decision needs to know of the settings."""

    expiry: Callable[[Ticket], Expiry]
    evidence: float
    adopt: bool


def decide(facts: Facts, rules: Rules) -> Outcome:
    """Hold the facts against the table."""
    if facts.subject is None:
        return _nobody(facts, rules)
    if facts.binding is None:
        return _unbound(facts, rules)
    binding = Binding.parse(facts.binding)
    if binding is None:
        return Outcome(State.ENDED, None, Cause.LOST, "malformed")
    if not binding.issued_at <= facts.now + SKEW:
        return Outcome(State.ENDED, _stand_in(facts.subject, binding), Cause.LOST, "clock")
    return _bound(facts, rules, facts.subject, binding)


def _unbound(facts: Facts, rules: Rules) -> Outcome:
    if rules.adopt:
        return Outcome(State.BEGUN, reason="adopted")
    return Outcome(State.ENDED, None, Cause.LOST, "unbound")


def _bound(facts: Facts, rules: Rules, subject: str, binding: Binding) -> Outcome:
    for ticket in facts.tickets:
        if ticket.id == binding.id:
            return _judge_bound(facts, rules, subject, ticket)
    return _judge_by_binding(facts, rules, subject, binding)


def _judge_bound(facts: Facts, rules: Rules, subject: str, ticket: Ticket) -> Outcome:
    if ticket.ended:
        return Outcome(State.ENDED, ticket, ticket.ended)
    if ticket.subject != subject:
        return Outcome(State.BEGUN, ticket, reason="switched")
    expiry = rules.expiry(ticket)
    if facts.now < expiry.deadline:
        return Outcome(State.ACTIVE, ticket)
    return Outcome(State.ENDED, ticket, expiry.cause)


def _judge_by_binding(facts: Facts, rules: Rules, subject: str, binding: Binding) -> Outcome:
    ticket = _stand_in(subject, binding)
    expiry = rules.expiry(ticket)
    if facts.now < expiry.deadline:
        return Outcome(State.REISSUED, ticket)
    # Without its ticket nobody knows when the login was last seen: that it was idle would
    # be a guess. How old it is, and when its credential ended, the binding does know.
    known = rules.expiry(ticket._replace(seen_at=facts.now))
    cause = known.cause if facts.now >= known.deadline else Cause.LOST
    return Outcome(State.ENDED, ticket, cause)


def _stand_in(subject: str, binding: Binding) -> Ticket:
    """Give the ticket as it was issued, in place of one that is not there."""
    id, issued_at, policy, not_after = binding
    return Ticket(id, subject, issued_at, issued_at, policy, not_after)


def _nobody(facts: Facts, rules: Rules) -> Outcome:
    if not facts.tickets:
        return Outcome(State.ANONYMOUS)
    ticket = choose(facts, rules)
    expiry = rules.expiry(ticket)
    if facts.now >= expiry.deadline + rules.evidence:
        return Outcome(State.FORGOTTEN, ticket)
    # Evidence is never live, were this node's clock behind the one that it ended on.
    if ticket.ended or facts.now >= expiry.deadline:
        return Outcome(State.ENDED, ticket, ticket.ended or expiry.cause)
    if facts.carried is None:
        return Outcome(State.ACTIVE, ticket)
    if facts.carried and facts.empty:
        return Outcome(State.ENDED, ticket, Cause.LOST)
    # The app logged out (the session has content) or the browser was closed (no session).
    return Outcome(State.FORGOTTEN, ticket)


def choose(facts: Facts, rules: Rules) -> Ticket:
    """Of several unbound tickets the newest live one counts, else the newest."""
    if len(facts.tickets) == 1:
        return facts.tickets[0]
    return max(
        facts.tickets,
        key=lambda each: (
            not each.ended and facts.now < rules.expiry(each).deadline,
            each.seen_at,
        ),
    )
