"""How a login stands, by a request's two cookies and a store: one table as a pure function."""

from __future__ import annotations

from enum import Enum
from math import ceil, inf
from typing import NamedTuple

from ..cause import Cause
from .facts import UNASKED, Facts, Rules
from .record import Record
from .ticket import SKEW, Binding, Ticket


class Standing(Enum):
    """How a request's login stands."""

    ANONYMOUS = "nobody is logged in"
    FORGOTTEN = "nobody is logged in, and the ticket is no longer needed"
    ACTIVE = "the login goes on"
    REISSUED = "the login goes on, and its ticket must be issued again"
    BEGUN = "a login began without a ticket: it needs one"
    ADOPTED = "a login that began out of sight is in the store: the session needs its binding"
    ENDED = "the login has ended"
    UNCERTAIN = "the store that knows is out, and no login may go on without it"


#: The reasons of ends that the site has made: by deleting the session, of all logins, and of those
#: from before some moment.
DELETED, EVERYBODY, VOIDED = "session deleted", "everybody", "valid_from"
#: The login goes on.
LIVE = (Standing.ACTIVE, Standing.REISSUED, Standing.ADOPTED)


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
        if self.standing is Standing.BEGUN:
            return self.reason == "adopted"
        return self.standing in (Standing.ACTIVE, Standing.REISSUED, Standing.ENDED)


def decide(facts: Facts, rules: Rules) -> Decision:
    """Return how the login stands: what the cookies say first, then the store."""
    decision = _nobody(facts, rules) if facts.subject is None else _by_session(facts, rules)
    if facts.valid_from > -inf:
        decision = _by_valid_from(decision, facts.valid_from)
    if facts.answer is UNASKED or not decision.is_in_question:
        return decision
    return _by_store(decision, facts, rules)


def _by_valid_from(decision: Decision, valid_from: float) -> Decision:
    """Return the decision about a login that goes on, or that it was issued too early."""
    ticket = decision.ticket
    if decision.standing not in LIVE or ticket is None or is_valid(ticket.issued_at, valid_from):
        return decision
    return Decision(Standing.ENDED, ticket, Cause.REVOKED, VOIDED)


def is_valid(issued_at: float, valid_from: float) -> bool:
    """Return whether a login that was issued then is still good.

    Some databases keep whole seconds, and round them (MySQL's DATETIME): a login of the very
    second counts as later, or a person would end the one that they have just begun.
    """
    return ceil(issued_at) >= valid_from


def _by_store(decision: Decision, facts: Facts, rules: Rules) -> Decision:
    answer, record = facts.answer, believed(facts.answer.record, facts.now)
    ticket, goes_on = decision.ticket, decision.standing is not Standing.ENDED
    if record is not None and not record.is_live:
        return _by_tombstone(decision, record, facts.subject)
    if record is not None and decision.reason == "adopted":
        return _by_adopted(decision, record, facts.now, rules)
    if record is not None and decision.cause is Cause.IDLE and _is_within(record, facts.now, rules):
        return _by_newer_record(decision, record, facts.subject)
    is_missing = decision.cause is Cause.LOST or decision.reason == DELETED
    needs_word = is_missing or (goes_on and rules.refuse)
    if answer.out and needs_word and rules.enforced:
        return Decision(Standing.UNCERTAIN, ticket)
    if answer.voided and goes_on:
        return Decision(Standing.ENDED, ticket, Cause.REVOKED, EVERYBODY, is_recorded=True)
    if answer.missing and goes_on:
        return Decision(Standing.ENDED, ticket, Cause.LOST, "no record")
    is_known_again = record is not None and decision.standing is Standing.REISSUED
    if ticket is not None and (is_known_again or (answer.unrecorded and goes_on)):
        return _recorded_again(decision, ticket)
    return decision


def _recorded_again(decision: Decision, ticket: Ticket) -> Decision:
    """Return the decision that the store is to be told of the login, and that it was seen."""
    if decision.standing is Standing.BEGUN:
        return decision
    return Decision(Standing.REISSUED, ticket._replace(recorded=""))


def believed(record: Record | None, now: float) -> Record | None:
    """Return the record without a time that no right clock can have written.

    The same holds for tickets and bindings: a node whose clock is ahead must not make a login
    last longer on the others.
    """
    if record is None or record.seen_at <= now + SKEW:
        return record
    return record._replace(seen_at=min(record.issued_at, now))


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


def _by_adopted(decision: Decision, record: Record, now: float, rules: Rules) -> Decision:
    """Return the decision about a session that was adopted before, and comes without binding."""
    if decision.ticket is None:
        return decision
    known = record.issued_at, record.seen_at, record.policy, record.not_after
    issued_at, seen_at, policy, not_after = known
    ticket = decision.ticket._replace(
        issued_at=issued_at, seen_at=seen_at, policy=policy, not_after=not_after
    )
    expiry = rules.expiry(ticket)
    if now < expiry.deadline:
        return Decision(Standing.ADOPTED, ticket)
    return Decision(Standing.ENDED, ticket, expiry.cause)


def _is_within(record: Record, now: float, rules: Rules) -> bool:
    return now < rules.expiry(record).deadline


def _by_session(facts: Facts, rules: Rules) -> Decision:
    if facts.binding is None:
        return _unbound(facts, rules)
    binding = Binding.parse(facts.binding)
    if binding is None:
        return Decision(Standing.ENDED, None, Cause.LOST, "malformed")
    if not binding.issued_at <= facts.now + SKEW:
        stand_in = _stand_in(facts.subject or "", binding, facts.now)
        return Decision(Standing.ENDED, stand_in, Cause.LOST, "clock")
    return _bound(facts, rules, facts.subject or "", binding)


def _unbound(facts: Facts, rules: Rules) -> Decision:
    if facts.now < rules.adopt_until:
        stand_in = Ticket(facts.adopted, facts.subject or "", facts.now, facts.now)
        return Decision(Standing.BEGUN, stand_in if facts.adopted else None, reason="adopted")
    return Decision(Standing.ENDED, None, Cause.LOST, "unbound")


def _bound(facts: Facts, rules: Rules, subject: str, binding: Binding) -> Decision:
    copies = [ticket for ticket in facts.tickets if ticket.id == binding.id]
    if not copies:
        return _judge_by_binding(facts, rules, subject, binding)
    # A former scope of the cookie may have kept an older copy. Of two that were seen last at the
    # same time, the one that says that the login is over is the newer one.
    newest = max(copies, key=lambda each: (each.seen_at, each.ended is not None))
    bound = (binding.not_after, binding.proved_at, binding.external)
    if (newest.not_after, newest.proved_at, newest.external) != bound:
        # A slow answer has brought back a ticket from before the credential was moved.
        newest = _as_bound(newest, binding)
    return _judge_bound(facts, rules, subject, newest)


def _as_bound(ticket: Ticket, binding: Binding) -> Ticket:
    """Return the ticket with what its session says: that has the authority."""
    if ticket.ended:
        return ticket
    _, _, _, not_after, _, recorded, proved_at, external = binding
    ticket = ticket._replace(not_after=not_after, proved_at=proved_at)
    is_linked = external == ticket.external  # else that is done when it is recorded
    return ticket if is_linked else ticket._replace(external=external, recorded=recorded)


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
    record = believed(facts.answer.record, facts.now)
    ticket = _stand_in(subject, binding, facts.now, record)
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


def _stand_in(subject: str, binding: Binding, now: float, record: Record | None = None) -> Ticket:
    """Return the ticket as it was issued, to replace a missing one.

    A record, if there is one, tells when the login was last seen.
    """
    return Ticket(
        binding.id,
        subject,
        binding.issued_at,
        record.seen_at if record else binding.seen_at(now),
        binding.policy,
        binding.not_after,
        recorded=binding.recorded,
        unknown=binding.unknown,
        proved_at=binding.proved_at,
        external=binding.external,
    )


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
    if facts.carried and facts.empty and not facts.logged_out:
        # Of a login that this node began, its database forgets nothing: the site deleted it.
        is_deleted = facts.durable and ticket.node == rules.node
        if is_deleted:  # the store is told of nothing: it may be a copy of the ticket alone
            return Decision(Standing.ENDED, ticket, Cause.REVOKED, DELETED, is_recorded=True)
        return Decision(Standing.ENDED, ticket, Cause.LOST)
    return Decision(Standing.FORGOTTEN, ticket, reason=_why_forgotten(facts))


def _why_forgotten(facts: Facts) -> str | None:
    """Return why the login of a live ticket has lost its session; ``None``: it may have it.

    Some session with content that is not the login's: the app logged the person out, or a
    request without its cookies (SameSite) began another session, which replaced the former.
    Without any session nobody knows: the browser was closed, or this is a copy of the ticket
    alone, which must log nobody out.
    """
    if facts.logged_out:
        return "logout"
    return "overwritten" if facts.carried else None


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
