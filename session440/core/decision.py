"""How a login stands, by a request's two cookies and a store: one table as a pure function."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from ..cause import Cause
from .limits import Expiry
from .record import Record
from .ticket import SKEW, Binding, Ticket


class Standing(Enum):
    """How a request's login stands."""

    ANONYMOUS = "nobody is logged in"
    FORGOTTEN = "nobody is logged in, and the ticket is no longer needed"
    ACTIVE = "the login goes on"
    REISSUED = "the login goes on, and its ticket must be issued again"
    BEGUN = "a login began without a ticket: it needs one"
    ENDED = "the login has ended"
    UNCERTAIN = "the store that knows is out, and no login may go on without it"


class StoreAnswer(NamedTuple):
    """What the store answered about a login, if it was asked."""

    record: Record | None = None
    missing: bool = False  # the store had a record and has lost it
    unrecorded: bool = False  # the store knows nothing, and nobody expects it to
    out: bool = False  # the store was asked and did not answer


UNASKED = StoreAnswer()


class Facts(NamedTuple):
    """All that the decision depends on."""

    now: float
    tickets: tuple[Ticket, ...]  # the authentic ones
    subject: str | None = None  # the person whom the framework's session names
    binding: object = None  # as the session holds it, unchecked
    # Whether the request carried the session's cookie; None: there is no session beside the
    # ticket, which is then the login itself.
    carried: bool | None = False
    empty: bool = True  # the session has no content
    answer: StoreAnswer = UNASKED


class Decision(NamedTuple):
    """The decision: how the login stands, by which ticket, and why it ended."""

    standing: Standing
    ticket: Ticket | None = None
    cause: Cause | None = None
    reason: str | None = None
    is_told: bool = False  # the end has been reported already
    is_recorded: bool = False  # the store knows of the end already

    @property
    def is_in_question(self) -> bool:
        """Whether a store could know better."""
        ticket = self.ticket
        if ticket is None or ticket.ended or not ticket.id or self.reason == "clock":
            return False
        return self.standing in (Standing.ACTIVE, Standing.REISSUED, Standing.ENDED)


class Rules(NamedTuple):
    """The settings that the decision needs."""

    expiry: Callable[[Ticket | Record], Expiry]
    evidence: float
    adopt_until: float  # UTC epoch seconds; until then a login without a ticket gets one
    refuse: bool = False  # no login goes on while the store is out
    enforced: bool = True  # false in report mode, where no login ends


def decide(facts: Facts, rules: Rules) -> Decision:
    """Return how the login stands: what the cookies say first, then the store."""
    decision = _nobody(facts, rules) if facts.subject is None else _by_session(facts, rules)
    if facts.answer is UNASKED or not decision.is_in_question:
        return decision
    return _by_store(decision, facts, rules)


def _by_store(decision: Decision, facts: Facts, rules: Rules) -> Decision:
    answer, record = facts.answer, facts.answer.record
    ticket, goes_on = decision.ticket, decision.standing is not Standing.ENDED
    if record is not None and not record.is_live:
        return _by_tombstone(decision, record, facts.subject)
    if record is not None and decision.cause is Cause.IDLE and _is_within(record, facts.now, rules):
        return _by_newer_record(decision, record, facts.subject)
    needs_word = decision.cause is Cause.LOST or (goes_on and rules.refuse)
    if answer.out and needs_word and rules.enforced:
        return Decision(Standing.UNCERTAIN, ticket)
    if answer.missing and goes_on:
        return Decision(Standing.ENDED, ticket, Cause.LOST, "no record")
    if answer.unrecorded and goes_on and ticket is not None:
        return Decision(Standing.REISSUED, ticket._replace(recorded=""))
    return decision


def _by_tombstone(decision: Decision, record: Record, subject: str | None) -> Decision:
    """Return the decision about a login that has ended, as its record in the store says.

    A record without a cause is of a logout: then these cookies are from before it.
    """
    ticket = decision.ticket and decision.ticket._replace(not_after=record.ended_at)
    if record.cause is not None:
        # The person does not know of a revocation yet. Any other end was told when it came.
        told = record.cause is not Cause.REVOKED
        return Decision(Standing.ENDED, ticket, record.cause, is_told=told, is_recorded=True)
    # A slow response brought the ticket back, or somebody kept a copy of it.
    if subject is None:
        return Decision(Standing.FORGOTTEN, ticket)
    return Decision(Standing.ENDED, ticket, Cause.REVOKED, "logout", is_told=True, is_recorded=True)


def _by_newer_record(decision: Decision, record: Record, subject: str | None) -> Decision:
    """Return the decision about an expired copy of a ticket, while a newer copy is in use."""
    if subject is None or decision.ticket is None:
        return decision._replace(is_told=True, is_recorded=True)
    # Without this ticket the same session would also be judged by the record.
    return Decision(Standing.REISSUED, decision.ticket._replace(seen_at=record.seen_at))


def _is_within(record: Record, now: float, rules: Rules) -> bool:
    return now < rules.expiry(record).deadline


def _by_session(facts: Facts, rules: Rules) -> Decision:
    if facts.binding is None:
        return _unbound(facts, rules)
    binding = Binding.parse(facts.binding)
    if binding is None:
        return Decision(Standing.ENDED, None, Cause.LOST, "malformed")
    if not binding.issued_at <= facts.now + SKEW:
        return Decision(
            Standing.ENDED, _stand_in(facts.subject or "", binding), Cause.LOST, "clock"
        )
    return _bound(facts, rules, facts.subject or "", binding)


def _unbound(facts: Facts, rules: Rules) -> Decision:
    if facts.now < rules.adopt_until:
        return Decision(Standing.BEGUN, reason="adopted")
    return Decision(Standing.ENDED, None, Cause.LOST, "unbound")


def _bound(facts: Facts, rules: Rules, subject: str, binding: Binding) -> Decision:
    for ticket in facts.tickets:
        if ticket.id == binding.id:
            return _judge_bound(facts, rules, subject, ticket)
    return _judge_by_binding(facts, rules, subject, binding)


def _judge_bound(facts: Facts, rules: Rules, subject: str, ticket: Ticket) -> Decision:
    if ticket.ended:
        return Decision(Standing.ENDED, ticket, ticket.cause)
    if ticket.subject != subject:
        return Decision(Standing.BEGUN, ticket, reason="switched")
    expiry = rules.expiry(ticket)
    if facts.now < expiry.deadline:
        return Decision(Standing.ACTIVE, ticket)
    return Decision(Standing.ENDED, ticket, expiry.cause)


def _judge_by_binding(facts: Facts, rules: Rules, subject: str, binding: Binding) -> Decision:
    record = facts.answer.record
    ticket = _stand_in(subject, binding, record)
    expiry = rules.expiry(ticket)
    if facts.now < expiry.deadline:
        return Decision(Standing.REISSUED, ticket)
    if record is not None:
        return Decision(Standing.ENDED, ticket, expiry.cause)
    # Without its ticket nobody knows when the login was last seen, so "idle" would be a
    # guess. The binding does know how old the login is and when its credential ended.
    known = rules.expiry(ticket._replace(seen_at=facts.now))
    cause = known.cause if facts.now >= known.deadline else Cause.LOST
    return Decision(Standing.ENDED, ticket, cause)


def _stand_in(subject: str, binding: Binding, record: Record | None = None) -> Ticket:
    """Return the ticket as it was issued, to replace a missing one.

    A record, if there is one, tells when the login was last seen.
    """
    id, issued_at, policy, not_after, unknown = binding
    seen_at = record.seen_at if record else issued_at
    return Ticket(id, subject, issued_at, seen_at, policy, not_after, unknown=unknown)


def _nobody(facts: Facts, rules: Rules) -> Decision:
    if not facts.tickets:
        return Decision(Standing.ANONYMOUS)
    ticket = facts.tickets[0] if len(facts.tickets) == 1 else choose(facts, rules)
    expiry = rules.expiry(ticket)
    if facts.now >= expiry.deadline + rules.evidence:
        return Decision(Standing.FORGOTTEN, ticket)
    # Evidence is never live, even if this clock is behind that of the node that wrote it.
    if ticket.ended or facts.now >= expiry.deadline:
        return Decision(Standing.ENDED, ticket, ticket.cause if ticket.ended else expiry.cause)
    if facts.carried is None:
        return Decision(Standing.ACTIVE, ticket)
    if facts.carried and facts.empty:
        return Decision(Standing.ENDED, ticket, Cause.LOST)
    # The app logged out (the session has content) or the browser was closed (no session).
    return Decision(Standing.FORGOTTEN, ticket)


def choose(facts: Facts, rules: Rules) -> Ticket:
    """Return the newest live ticket of several unbound ones, else the newest."""
    if len(facts.tickets) == 1:
        return facts.tickets[0]
    return max(
        facts.tickets,
        key=lambda each: (
            not each.ended and facts.now < rules.expiry(each).deadline,
            each.seen_at,
        ),
    )
