"""The decision, held against the table of the design row by row."""

from __future__ import annotations

import math

import pytest

from session440 import Cause, Policy, Ticket
from session440.core.decision import Decision, Standing, decide
from session440.core.facts import Facts, Rules, StoreAnswer
from session440.core.limits import Limits
from session440.stores import Record

NOW = 100_000.0
POLICY = Policy(idle_timeout=1200, absolute_timeout=28800)
EVIDENCE = 86400
LIVE = Ticket("live", "alice", NOW - 1000, NOW - 100)
IDLE = LIVE._replace(id="idle", seen_at=NOW - 1200, issued_at=NOW - 5000)
OLD = LIVE._replace(id="old", issued_at=NOW - 28800)
ANCIENT = LIVE._replace(id="ancient", issued_at=1.0, seen_at=1.0)
FORGOTTEN = IDLE._replace(id="past", seen_at=NOW - 1200 - EVIDENCE, issued_at=NOW - 1200 - EVIDENCE)


def rules(adopt_until=math.inf):
    return Rules(Limits({"": POLICY}, EVIDENCE).expiry, EVIDENCE, adopt_until)


def bound(ticket):
    return ticket.binding.as_list()


# subject, binding, tickets, session carried, session empty -> state, cause
TABLE = {
    "subject, no binding": ("alice", None, [], True, False, Standing.BEGUN, None),
    "subject, no binding, any ticket": ("alice", None, [LIVE], True, False, Standing.BEGUN, None),
    "bound, live": ("alice", bound(LIVE), [LIVE], True, False, Standing.ACTIVE, None),
    "bound, live, among others": (
        "alice",
        bound(LIVE),
        [IDLE, LIVE, OLD],
        True,
        False,
        Standing.ACTIVE,
        None,
    ),
    "bound, of another subject": ("bob", bound(LIVE), [LIVE], True, False, Standing.BEGUN, None),
    "bound, idle": ("alice", bound(IDLE), [IDLE], True, False, Standing.ENDED, "idle"),
    "bound, absolute": ("alice", bound(OLD), [OLD], True, False, Standing.ENDED, "absolute"),
    "bound, however old": (
        "alice",
        bound(ANCIENT),
        [ANCIENT],
        True,
        False,
        Standing.ENDED,
        "idle",
    ),
    "bound, no ticket, live": ("alice", bound(LIVE), [], True, False, Standing.REISSUED, None),
    "bound, another ticket, live": (
        "alice",
        bound(LIVE),
        [IDLE],
        True,
        False,
        Standing.REISSUED,
        None,
    ),
    "bound, no ticket, ended": ("alice", bound(IDLE), [], True, False, Standing.ENDED, "lost"),
    "bound, no ticket, too old": ("alice", bound(OLD), [], True, False, Standing.ENDED, "absolute"),
    "malformed binding": ("alice", ["?"], [LIVE], True, False, Standing.ENDED, "lost"),
    "nobody, no ticket": (None, None, [], True, True, Standing.ANONYMOUS, None),
    "nobody, ended": (None, None, [IDLE], False, True, Standing.ENDED, "idle"),
    "nobody, ended, a visitor's session": (None, None, [IDLE], True, False, Standing.ENDED, "idle"),
    "nobody, beyond evidence": (None, None, [FORGOTTEN], True, True, Standing.FORGOTTEN, None),
    "nobody, live, session empty": (None, None, [LIVE], True, True, Standing.ENDED, "lost"),
    "nobody, live, session has content": (
        None,
        None,
        [LIVE],
        True,
        False,
        Standing.FORGOTTEN,
        None,
    ),
    "nobody, live, no session cookie": (None, None, [LIVE], False, True, Standing.FORGOTTEN, None),
    "the ticket is the login": (None, None, [LIVE], None, True, Standing.ACTIVE, None),
    "the ticket was the login": (None, None, [IDLE], None, True, Standing.ENDED, "idle"),
}


@pytest.mark.parametrize("row", TABLE)
def test_table(row):
    """Each row of the table, by name."""
    subject, binding, tickets, carried, empty, state, cause = TABLE[row]
    decision = decide(Facts(NOW, tuple(tickets), subject, binding, carried, empty), rules())
    assert (decision.standing, decision.cause) == (state, cause)


def test_without_adoption_an_unbound_login_is_lost():
    decision = decide(Facts(NOW, (), "alice", None, True, False), rules(adopt_until=NOW))
    assert decision == Decision(Standing.ENDED, None, Cause.LOST, "unbound")


def test_boundary_is_inclusive():
    """Expired when now >= deadline, to the millisecond."""
    ticket = LIVE._replace(seen_at=0.0, issued_at=0.0)
    for now, state in ((1199.999, Standing.ACTIVE), (1200.0, Standing.ENDED)):
        facts = Facts(now, (ticket,), "alice", bound(ticket), True, False)
        assert decide(facts, rules()).standing is state


def test_evidence_boundary_is_inclusive():
    for now, state in (
        (1200 + EVIDENCE - 0.001, Standing.ENDED),
        (1200 + EVIDENCE, Standing.FORGOTTEN),
    ):
        ticket = Ticket("id", "alice", 0.0, 0.0)
        assert decide(Facts(now, (ticket,)), rules()).standing is state


def test_marked_evidence_keeps_its_cause():
    """A ticket kept to tell of an end that its times do not show."""
    ticket = LIVE._replace(ended=Cause.REVOKED, not_after=NOW - 10)
    decision = decide(Facts(NOW, (ticket,)), rules())
    assert (decision.standing, decision.cause) == (Standing.ENDED, Cause.REVOKED)
    decision = decide(Facts(NOW, (ticket,), "alice", bound(ticket), True, False), rules())
    assert (decision.standing, decision.cause) == (Standing.ENDED, Cause.REVOKED)


def test_credential_that_ended_is_known_without_the_ticket():
    """The binding holds not_after, so saying "lost" would be less than is known."""
    ticket = LIVE._replace(not_after=NOW - 1)
    decision = decide(Facts(NOW, (), "alice", bound(ticket), True, False), rules())
    assert decision.cause is Cause.CREDENTIAL


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_unbound_tickets_the_newest_live_one_counts(order):
    newer = LIVE._replace(id="newer", seen_at=NOW - 50)
    decision = decide(Facts(NOW, (IDLE, LIVE, newer)[::order], carried=None), rules())
    assert decision.ticket == newer
    decision = decide(Facts(NOW, (FORGOTTEN, IDLE)[::order], carried=None), rules())
    assert decision.ticket == IDLE


def test_ticket_at_its_deadline_is_no_live_one():
    """Among several, one that ends this very moment gives way to a live one."""
    over = LIVE._replace(id="over", seen_at=NOW - 1, not_after=NOW)
    assert decide(Facts(NOW, (LIVE, over), carried=None), rules()).ticket == LIVE


def test_binding_within_the_skew_is_believed():
    """60 seconds of another node's clock are forgiven, as for a ticket."""
    for ahead, state in ((60, Standing.REISSUED), (60.1, Standing.ENDED)):
        ticket = LIVE._replace(issued_at=NOW + ahead)
        facts = Facts(NOW, (), "alice", bound(ticket), True, False)
        assert decide(facts, rules()).standing is state


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
    ("live", StoreAnswer(RECORD)): (Standing.ACTIVE, None),
    ("live", StoreAnswer(REVOKED)): (Standing.ENDED, "revoked"),
    ("live", StoreAnswer(LOGGED_OUT)): (Standing.ENDED, "revoked"),
    ("live", StoreAnswer(missing=True)): (Standing.ENDED, "lost"),
    ("live", StoreAnswer(unrecorded=True)): (Standing.REISSUED, None),
    ("live", StoreAnswer(voided=True)): (Standing.ENDED, "revoked"),
    ("live", StoreAnswer(out=True)): (Standing.ACTIVE, None),
    ("idle", StoreAnswer(RECORD)): (Standing.REISSUED, None),
    ("idle", StoreAnswer(RECORD._replace(seen_at=NOW - 1200))): (Standing.ENDED, "idle"),
    ("ticket was the login", StoreAnswer(RECORD)): (Standing.ENDED, "idle"),
    ("idle", StoreAnswer(REVOKED)): (Standing.ENDED, "revoked"),
    ("idle", StoreAnswer(missing=True)): (Standing.ENDED, "idle"),
    ("idle", StoreAnswer(unrecorded=True)): (Standing.ENDED, "idle"),
    ("idle", StoreAnswer(voided=True)): (Standing.ENDED, "idle"),
    ("idle", StoreAnswer(out=True)): (Standing.ENDED, "idle"),
    ("no ticket", StoreAnswer(RECORD)): (Standing.REISSUED, None),
    ("no ticket", StoreAnswer(REVOKED)): (Standing.ENDED, "revoked"),
    ("no ticket", StoreAnswer(unrecorded=True)): (Standing.REISSUED, None),
    ("no ticket, long used", StoreAnswer(RECORD)): (Standing.REISSUED, None),
    ("no ticket, long used", StoreAnswer(RECORD._replace(seen_at=NOW - 1200))): (
        Standing.ENDED,
        "idle",
    ),
    ("no ticket, long used", StoreAnswer(unrecorded=True)): (Standing.ENDED, "lost"),
    ("no ticket, long used", StoreAnswer(out=True)): (Standing.UNCERTAIN, None),
    ("ticket is the login", StoreAnswer(REVOKED)): (Standing.ENDED, "revoked"),
    ("ticket is the login", StoreAnswer(LOGGED_OUT)): (Standing.FORGOTTEN, None),
    ("ticket is the login", StoreAnswer(missing=True)): (Standing.ENDED, "lost"),
    ("no ticket", StoreAnswer(voided=True)): (Standing.ENDED, "revoked"),
    ("ticket is the login", StoreAnswer(voided=True)): (Standing.ENDED, "revoked"),
    ("session is gone", StoreAnswer(voided=True)): (Standing.ENDED, "lost"),
    ("browser was closed", StoreAnswer(voided=True)): (Standing.FORGOTTEN, None),
    ("switched", StoreAnswer(voided=True)): (Standing.BEGUN, None),
    ("session is gone", StoreAnswer(RECORD)): (Standing.ENDED, "lost"),
    ("session is gone", StoreAnswer(REVOKED)): (Standing.ENDED, "revoked"),
    ("session is gone", StoreAnswer(out=True)): (Standing.UNCERTAIN, None),
    ("browser was closed", StoreAnswer(REVOKED)): (Standing.FORGOTTEN, None),
    ("switched", StoreAnswer(REVOKED)): (Standing.BEGUN, None),
}


@pytest.mark.parametrize("case", BY_STORE, ids=str)
def test_what_the_store_says(case):
    name, answer = case
    subject, binding, tickets, carried, empty = COOKIES[name]
    facts = Facts(NOW, tuple(tickets), subject, binding, carried, empty, answer)
    decision = decide(facts, rules())
    assert (decision.standing, decision.cause) == BY_STORE[case]


@pytest.mark.parametrize("name", ["live", "no ticket", "ticket is the login"])
def test_refuse_lets_nobody_go_on_while_the_store_is_out(name):
    subject, binding, tickets, carried, empty = COOKIES[name]
    facts = Facts(NOW, tuple(tickets), subject, binding, carried, empty, StoreAnswer(out=True))
    assert decide(facts, rules()._replace(refuse=True)).standing is Standing.UNCERTAIN
    reporting = rules()._replace(refuse=True, enforced=False)
    assert decide(facts, reporting).standing in (Standing.ACTIVE, Standing.REISSUED)


def test_a_tombstone_says_when_the_login_ended_and_who_has_been_told():
    for record, told in ((REVOKED, False), (LOGGED_OUT, True)):
        facts = Facts(NOW, (LIVE,), "alice", bound(LIVE), True, False, StoreAnswer(record))
        decision = decide(facts, rules())
        assert decision.ticket.not_after == NOW - 50
        assert decision.is_told is told


def test_decision_is_a_function_of_its_facts():
    """Asked twice it says the same, and it changes nothing."""
    facts = Facts(NOW, (LIVE,), "alice", bound(LIVE), True, False)
    assert decide(facts, rules()) == decide(facts, rules())
