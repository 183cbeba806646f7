"""What a request's two cookies, and a store, say together: one table as a pure function."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from ..cause import Cause
from ..policy import Expiry
from .record import Record
from .ticket import SKEW, Binding, Ticket


class State(Enum):
    """How a request's login stands."""

    ANONYMOUS = "nobody is logged in"
    FORGOTTEN = "nobody is logged in, and the ticket is of no more use"
    ACTIVE = "the login goes on"
    REISSUED = "the login goes on, and its ticket must be issued again"
    BEGUN = "a login began out of our sight: it needs a ticket"
    ENDED = "the login has ended"
    UNCERTAIN = "the store that knows is out, and nobody may go on without it"


class Answer(NamedTuple):
    """What the store said of a login, if it was asked."""

    record: Record | None = None
    missing: bool = False  # it must have forgotten a record that it had
    unrecorded: bool = False  # it knows nothing, and cannot be expected to
    out: bool = False  # it was asked and did not answer


UNASKED = Answer()


class Facts(NamedTuple):
    """All that the decision depends on."""

    now: float
    tickets: tuple[Ticket, ...]  # the authentic ones
    subject: str | None = None  # whom the framework's session names
    binding: object = None  # as the session holds it, unchecked
    carried: bool | None = False  # the request carried the session's cookie; None: there is
    # no session beside the ticket, which is then the login itself
    empty: bool = True  # ... and the session behind it has no content
    answer: Answer = UNASKED


class Outcome(NamedTuple):
    """The decision: how the login stands, by which ticket, and why it ended."""

    state: State
    ticket: Ticket | None = None
    cause: Cause | None = None
    reason: str | None = None
    told: bool = False  # whether it has been told that it ended
    closed: bool = False  # whether the store need not be told of it

    @property
    def is_in_question(self) -> bool:
        """Whether a store could know better."""
        ticket = self.ticket
        if ticket is None or ticket.ended or not ticket.id or self.reason == "clock":
            return False
        return self.state in (State.ACTIVE, State.REISSUED, State.ENDED)


class Rules(NamedTuple):
    """What the decision needs to know of the settings."""

    expiry: Callable[[Ticket | Record], Expiry]
    evidence: float
    adopt: bool
    refuse: bool = False  # while the store is out nobody goes on
    enforced: bool = True  # false in report mode, where nothing ends


def decide(facts: Facts, rules: Rules) -> Outcome:
    """Hold the facts against the table: what the cookies say first, then the store."""
    outcome = _by_cookies(facts, rules)
    return _by_store(outcome, facts, rules) if outcome.is_in_question else outcome


def _by_store(outcome: Outcome, facts: Facts, rules: Rules) -> Outcome:
    answer, record = facts.answer, facts.answer.record
    ticket, goes_on = outcome.ticket, outcome.state is not State.ENDED
    if record is not None and not record.is_live:
        return _by_tombstone(outcome, record, facts.subject)
    if record is not None and outcome.cause is Cause.IDLE and _is_within(record, facts.now, rules):
        return _by_newer_record(outcome, record, facts.subject)
    needs_word = outcome.cause is Cause.LOST or (goes_on and rules.refuse)
    if answer.out and needs_word and rules.enforced:
        return Outcome(State.UNCERTAIN, ticket)
    if answer.missing and goes_on:
        return Outcome(State.ENDED, ticket, Cause.LOST, "no record")
    if answer.unrecorded and goes_on and ticket is not None:
        return Outcome(State.REISSUED, ticket._replace(recorded=""))
    return outcome


def _by_tombstone(outcome: Outcome, record: Record, subject: str | None) -> Outcome:
    """The login has ended elsewhere; or by a logout, and these cookies are from before it."""
    ticket = outcome.ticket and outcome.ticket._replace(not_after=record.ended_at)
    if record.cause is not None:
        # Of a revocation its person has not been told; all else was told when it ended.
        told = record.cause is not Cause.REVOKED
        return Outcome(State.ENDED, ticket, record.cause, told=told, closed=True)
    if subject is None:  # a slow answer brought the ticket back, or somebody kept a copy
        return Outcome(State.FORGOTTEN, ticket)
    return Outcome(State.ENDED, ticket, Cause.REVOKED, "logout", told=True, closed=True)


def _by_newer_record(outcome: Outcome, record: Record, subject: str | None) -> Outcome:
    """This copy of the ticket is over, and the login is in use by a newer one."""
    if subject is None or outcome.ticket is None:
        return outcome._replace(told=True, closed=True)
    # The session is the same: without this ticket it would be judged by the record, too.
    return Outcome(State.REISSUED, outcome.ticket._replace(seen_at=record.seen_at))


def _is_within(record: Record, now: float, rules: Rules) -> bool:
    return now < rules.expiry(record).deadline


def _by_cookies(facts: Facts, rules: Rules) -> Outcome:
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
    record = facts.answer.record
    ticket = _stand_in(subject, binding, record)
    expiry = rules.expiry(ticket)
    if facts.now < expiry.deadline:
        return Outcome(State.REISSUED, ticket)
    if record is not None:
        return Outcome(State.ENDED, ticket, expiry.cause)
    # Without its ticket nobody knows when the login was last seen: that it was idle would
    # be a guess. How old it is, and when its credential ended, the binding does know.
    known = rules.expiry(ticket._replace(seen_at=facts.now))
    cause = known.cause if facts.now >= known.deadline else Cause.LOST
    return Outcome(State.ENDED, ticket, cause)


def _stand_in(subject: str, binding: Binding, record: Record | None = None) -> Ticket:
    """Give the ticket as it was issued, in place of one that is not there.

    A record knows better when the login was last seen.
    """
    id, issued_at, policy, not_after = binding
    seen_at = record.seen_at if record else issued_at
    return Ticket(id, subject, issued_at, seen_at, policy, not_after)


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
