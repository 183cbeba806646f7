"""The decision, held against the table of the design row by row."""

from __future__ import annotations

import pytest

from session440 import Cause, Policy, Ticket
from session440.core.decision import Answer, Facts, Outcome, Rules, State, decide
from session440.stores import Record

NOW = 100_000.0
POLICY = Policy(idle_timeout=1200, absolute_timeout=28800)
EVIDENCE = 86400
LIVE = Ticket("live", "alice", NOW - 1000, NOW - 100)
IDLE = LIVE._replace(id="idle", seen_at=NOW - 1200, issued_at=NOW - 5000)
OLD = LIVE._replace(id="old", issued_at=NOW - 28800)
ANCIENT = LIVE._replace(id="ancient", issued_at=1.0, seen_at=1.0)
FORGOTTEN = IDLE._replace(id="past", seen_at=NOW - 1200 - EVIDENCE, issued_at=NOW - 1200 - EVIDENCE)


def rules(adopt=True):
    return Rules(lambda t: POLICY.expiry(t.issued_at, t.seen_at, t.not_after), EVIDENCE, adopt)


def bound(ticket):
    return list(ticket.binding)


# subject, binding, tickets, session carried, session empty -> state, cause
TABLE = {
    "subject, no binding": ("alice", None, [], True, False, State.BEGUN, None),
    "subject, no binding, any ticket": ("alice", None, [LIVE], True, False, State.BEGUN, None),
    "bound, live": ("alice", bound(LIVE), [LIVE], True, False, State.ACTIVE, None),
    "bound, live, among others": (
        "alice",
        bound(LIVE),
        [IDLE, LIVE, OLD],
        True,
        False,
        State.ACTIVE,
        None,
    ),
    "bound, of another subject": ("bob", bound(LIVE), [LIVE], True, False, State.BEGUN, None),
    "bound, idle": ("alice", bound(IDLE), [IDLE], True, False, State.ENDED, "idle"),
    "bound, absolute": ("alice", bound(OLD), [OLD], True, False, State.ENDED, "absolute"),
    "bound, however old": (
        "alice",
        bound(ANCIENT),
        [ANCIENT],
        True,
        False,
        State.ENDED,
        "idle",
    ),
    "bound, no ticket, live": ("alice", bound(LIVE), [], True, False, State.REISSUED, None),
    "bound, another ticket, live": (
        "alice",
        bound(LIVE),
        [IDLE],
        True,
        False,
        State.REISSUED,
        None,
    ),
    "bound, no ticket, ended": ("alice", bound(IDLE), [], True, False, State.ENDED, "lost"),
    "bound, no ticket, too old": ("alice", bound(OLD), [], True, False, State.ENDED, "absolute"),
    "malformed binding": ("alice", ["?"], [LIVE], True, False, State.ENDED, "lost"),
    "nobody, no ticket": (None, None, [], True, True, State.ANONYMOUS, None),
    "nobody, ended": (None, None, [IDLE], False, True, State.ENDED, "idle"),
    "nobody, ended, a visitor's session": (None, None, [IDLE], True, False, State.ENDED, "idle"),
    "nobody, beyond evidence": (None, None, [FORGOTTEN], True, True, State.FORGOTTEN, None),
    "nobody, live, session empty": (None, None, [LIVE], True, True, State.ENDED, "lost"),
    "nobody, live, session has content": (None, None, [LIVE], True, False, State.FORGOTTEN, None),
    "nobody, live, no session cookie": (None, None, [LIVE], False, True, State.FORGOTTEN, None),
    "the ticket is the login": (None, None, [LIVE], None, True, State.ACTIVE, None),
    "the ticket was the login": (None, None, [IDLE], None, True, State.ENDED, "idle"),
}


@pytest.mark.parametrize("row", TABLE)
def test_table(row):
    """Each row of the table, by name."""
    subject, binding, tickets, carried, empty, state, cause = TABLE[row]
    outcome = decide(Facts(NOW, tuple(tickets), subject, binding, carried, empty), rules())
    assert (outcome.state, outcome.cause) == (state, cause)


def test_without_adoption_an_unbound_login_is_lost():
    outcome = decide(Facts(NOW, (), "alice", None, True, False), rules(adopt=False))
    assert outcome == Outcome(State.ENDED, None, Cause.LOST, "unbound")


def test_boundary_is_inclusive():
    """Expired when now >= deadline, to the millisecond."""
    ticket = LIVE._replace(seen_at=0.0, issued_at=0.0)
    for now, state in ((1199.999, State.ACTIVE), (1200.0, State.ENDED)):
        facts = Facts(now, (ticket,), "alice", bound(ticket), True, False)
        assert decide(facts, rules()).state is state


def test_evidence_boundary_is_inclusive():
    for now, state in ((1200 + EVIDENCE - 0.001, State.ENDED), (1200 + EVIDENCE, State.FORGOTTEN)):
        ticket = Ticket("id", "alice", 0.0, 0.0)
        assert decide(Facts(now, (ticket,)), rules()).state is state


def test_marked_evidence_keeps_its_cause():
    """A ticket kept to tell of an end that its times do not show."""
    ticket = LIVE._replace(ended=Cause.REVOKED, not_after=NOW - 10)
    outcome = decide(Facts(NOW, (ticket,)), rules())
    assert (outcome.state, outcome.cause) == (State.ENDED, Cause.REVOKED)
    outcome = decide(Facts(NOW, (ticket,), "alice", bound(ticket), True, False), rules())
    assert (outcome.state, outcome.cause) == (State.ENDED, Cause.REVOKED)


def test_credential_that_ended_is_known_without_the_ticket():
    """The binding holds not_after, so saying "lost" would be less than is known."""
    ticket = LIVE._replace(not_after=NOW - 1)
    outcome = decide(Facts(NOW, (), "alice", bound(ticket), True, False), rules())
    assert outcome.cause is Cause.CREDENTIAL


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_unbound_tickets_the_newest_live_one_counts(order):
    newer = LIVE._replace(id="newer", seen_at=NOW - 50)
    outcome = decide(Facts(NOW, (IDLE, LIVE, newer)[::order], carried=None), rules())
    assert outcome.ticket == newer
    outcome = decide(Facts(NOW, (FORGOTTEN, IDLE)[::order], carried=None), rules())
    assert outcome.ticket == IDLE


def test_ticket_at_its_deadline_is_no_live_one():
    """Among several, one that ends this very moment gives way to a live one."""
    over = LIVE._replace(id="over", seen_at=NOW - 1, not_after=NOW)
    assert decide(Facts(NOW, (LIVE, over), carried=None), rules()).ticket == LIVE


def test_binding_within_the_skew_is_believed():
    """60 seconds of another node's clock are forgiven, as for a ticket."""
    for ahead, state in ((60, State.REISSUED), (60.1, State.ENDED)):
        ticket = LIVE._replace(issued_at=NOW + ahead)
        facts = Facts(NOW, (), "alice", bound(ticket), True, False)
        assert decide(facts, rules()).state is state


# What the store says. cookies -> answer -> state, cause

RECORD = Record.of(LIVE, NOW + 10**6)
REVOKED = RECORD._replace(cause=Cause.REVOKED, ended_at=NOW - 50)
LOGGED_OUT = RECORD._replace(cause=None, ended_at=NOW - 50)
COOKIES = {
    "live": ("alice", bound(LIVE), [LIVE], True, False),
    "idle": ("alice", bound(IDLE), [IDLE], True, False),
    "no ticket": ("alice", bound(LIVE), [], True, False),
    "no ticket, long used": ("alice", bound(IDLE), [], True, False),
    "ticket is the login": (None, None, [LIVE], None, True),
    "ticket was the login": (None, None, [IDLE], None, True),
    "session is gone": (None, None, [LIVE], True, True),
    "browser was closed": (None, None, [LIVE], False, True),
    "switched": ("bob", bound(LIVE), [LIVE], True, False),
}
BY_STORE = {
    ("live", Answer(RECORD)): (State.ACTIVE, None),
    ("live", Answer(REVOKED)): (State.ENDED, "revoked"),
    ("live", Answer(LOGGED_OUT)): (State.ENDED, "revoked"),
    ("live", Answer(missing=True)): (State.ENDED, "lost"),
    ("live", Answer(unrecorded=True)): (State.REISSUED, None),
    ("live", Answer(out=True)): (State.ACTIVE, None),
    ("idle", Answer(RECORD)): (State.REISSUED, None),
    ("idle", Answer(RECORD._replace(seen_at=NOW - 1200))): (State.ENDED, "idle"),
    ("ticket was the login", Answer(RECORD)): (State.ENDED, "idle"),
    ("idle", Answer(REVOKED)): (State.ENDED, "revoked"),
    ("idle", Answer(missing=True)): (State.ENDED, "idle"),
    ("idle", Answer(unrecorded=True)): (State.ENDED, "idle"),
    ("idle", Answer(out=True)): (State.ENDED, "idle"),
    ("no ticket", Answer(RECORD)): (State.REISSUED, None),
    ("no ticket", Answer(REVOKED)): (State.ENDED, "revoked"),
    ("no ticket", Answer(unrecorded=True)): (State.REISSUED, None),
    ("no ticket, long used", Answer(RECORD)): (State.REISSUED, None),
    ("no ticket, long used", Answer(RECORD._replace(seen_at=NOW - 1200))): (State.ENDED, "idle"),
    ("no ticket, long used", Answer(unrecorded=True)): (State.ENDED, "lost"),
    ("no ticket, long used", Answer(out=True)): (State.UNCERTAIN, None),
    ("ticket is the login", Answer(REVOKED)): (State.ENDED, "revoked"),
    ("ticket is the login", Answer(LOGGED_OUT)): (State.FORGOTTEN, None),
    ("ticket is the login", Answer(missing=True)): (State.ENDED, "lost"),
    ("session is gone", Answer(RECORD)): (State.ENDED, "lost"),
    ("session is gone", Answer(REVOKED)): (State.ENDED, "revoked"),
    ("session is gone", Answer(out=True)): (State.UNCERTAIN, None),
    ("browser was closed", Answer(REVOKED)): (State.FORGOTTEN, None),
    ("switched", Answer(REVOKED)): (State.BEGUN, None),
}


@pytest.mark.parametrize("case", BY_STORE, ids=str)
def test_what_the_store_says(case):
    name, answer = case
    subject, binding, tickets, carried, empty = COOKIES[name]
    facts = Facts(NOW, tuple(tickets), subject, binding, carried, empty, answer)
    outcome = decide(facts, rules())
    assert (outcome.state, outcome.cause) == BY_STORE[case]


@pytest.mark.parametrize("name", ["live", "no ticket", "ticket is the login"])
def test_refuse_lets_nobody_go_on_while_the_store_is_out(name):
    subject, binding, tickets, carried, empty = COOKIES[name]
    facts = Facts(NOW, tuple(tickets), subject, binding, carried, empty, Answer(out=True))
    assert decide(facts, rules()._replace(refuse=True)).state is State.UNCERTAIN
    reporting = rules()._replace(refuse=True, enforced=False)
    assert decide(facts, reporting).state in (State.ACTIVE, State.REISSUED)


def test_a_tombstone_says_when_the_login_ended_and_who_has_been_told():
    for record, told in ((REVOKED, False), (LOGGED_OUT, True)):
        facts = Facts(NOW, (LIVE,), "alice", bound(LIVE), True, False, Answer(record))
        outcome = decide(facts, rules())
        assert outcome.ticket.not_after == NOW - 50
        assert outcome.told is told


def test_decision_is_a_function_of_its_facts():
    """Asked twice it says the same, and it changes nothing."""
    facts = Facts(NOW, (LIVE,), "alice", bound(LIVE), True, False)
    assert decide(facts, rules()) == decide(facts, rules())
