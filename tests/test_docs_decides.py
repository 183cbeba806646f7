"""The tables of docs/how-it-decides.md are what the two functions of the code decide."""

from __future__ import annotations

import itertools
import math

import pytest
from doc_pages import ROOT, Page, tables_of

from session440 import Cause, Policy, Ticket
from session440.core.decision import Standing, decide
from session440.core.enforcement import (
    Answer,
    Audience,
    Evidence,
    Kind,
    SessionChange,
    Target,
    treat,
)
from session440.core.facts import Facts, Rules
from session440.core.limits import Limits

TABLES = {each[0][0]: each[1:] for each in tables_of(Page(ROOT / "docs/how-it-decides.md").text)}

# --- the first table

NOW, EVIDENCE = 200_000.0, 86400
LIVE = Ticket("live", "alice", NOW - 1000, NOW - 100)
IDLE = LIVE._replace(id="idle", issued_at=NOW - 1300, seen_at=NOW - 1300)
OLD = LIVE._replace(id="old", issued_at=NOW - 28800)
CREDENTIAL = LIVE._replace(id="credential", not_after=NOW - 1)
PAST = IDLE._replace(id="past", seen_at=NOW - 1200 - EVIDENCE, issued_at=NOW - 1200 - EVIDENCE)
ENDED = {IDLE: Cause.IDLE, OLD: Cause.ABSOLUTE, CREDENTIAL: Cause.CREDENTIAL}
ANOTHER = LIVE._replace(id="another")
#: How the cells of the last column begin.
OUTCOMES = {
    "begins": Standing.BEGUN,
    "goes on, with its ticket issued again": Standing.REISSUED,
    "goes on": Standing.ACTIVE,
    "ended": Standing.ENDED,
    "is none": Standing.ANONYMOUS,
    "is forgotten": Standing.FORGOTTEN,
}


def requests_of(session: str, cookie: str) -> list[tuple[Facts, Cause | None]]:
    """Return the requests that a row speaks of, and the cause that the formula has for each."""
    subject = "alice" if session.startswith("a subject") else None
    facts = Facts(NOW, (), subject, None, carried="without" not in session, empty=True)
    if "has content" in session:
        facts = facts._replace(empty=False)
    if "no binding" in session:
        return [(facts._replace(tickets=each), None) for each in ((), (LIVE,), (IDLE,))]
    if subject is None:
        return [(facts._replace(tickets=each), cause) for each, cause in unbound(cookie)]
    return [
        (facts._replace(tickets=tickets, binding=ticket.binding.as_list(), empty=False), cause)
        for ticket, tickets, cause in bound(cookie)
    ]


def unbound(cookie: str):
    if cookie.startswith("missing"):
        return [((), None)]
    if cookie == "past its end, for longer":
        return [((PAST,), None)]
    if cookie.startswith("past its end"):
        return [((each,), cause) for each, cause in ENDED.items()]
    return [((LIVE,), None)]


def bound(cookie: str):
    if cookie == "its own, in time":
        return [(LIVE, (LIVE,), None)]
    if cookie == "its own, but of another subject":
        return [(LIVE, (LIVE._replace(subject="bob"),), None)]
    if cookie == "its own, past its end":
        return [(each, (each,), cause) for each, cause in ENDED.items()]
    by_binding = {"in time": LIVE, "too old": OLD, "idle": IDLE}
    ticket = by_binding[cookie.partition("; ")[2].removesuffix(" by the binding")]
    return [(ticket, (), None), (ticket, (ANOTHER,), None)]


@pytest.mark.parametrize("row", TABLES["the session names"], ids=" / ".join)
def test_how_a_login_stands(row):
    session, cookie, told = row
    adopt_until = NOW if "`adopt` is off" in session else math.inf
    rules = Rules(Limits({"": Policy()}, EVIDENCE).expiry, EVIDENCE, adopt_until)
    due = next(standing for start, standing in OUTCOMES.items() if told.startswith(start))
    _, _, named = told.rstrip("`").partition(", `")
    for facts, cause in requests_of(session, cookie):
        decision = decide(facts, rules)
        assert decision.standing is due
        if due is Standing.ENDED:
            assert decision.cause is (cause if "formula" in told else Cause(named))


def test_causes_are_those_of_the_code():
    by_clock, other = TABLES["term"], TABLES["cause"]
    told = [row[1] for row in by_clock] + [row[0] for row in other]
    assert told == [f"`{each}`" for each in Cause]


# --- the second table

ANSWERS = {
    "440": Answer.LOGIN_TIMEOUT,
    "the app": Answer.APP,
    "the app, or 440": Answer.CHALLENGE,
}
TICKETS = {
    "deleted": Evidence.SPENT,
    "kept": Evidence.KEPT,
    "kept, marked as told": Evidence.TOLD,
    "unchanged": Evidence.LEFT,
}
SESSIONS = {
    "cleared": SessionChange.CLEARED,
    "cleared, but for its CSRF token": SessionChange.CLEARED_BUT_CSRF,
    "hidden from the app": SessionChange.HIDDEN,
}
KINDS = {"by GET or HEAD": Kind.PAGE, "by another method": Kind.CHANGE}
AUDIENCES = {
    "a person sees the answer": Audience.PERSON,
    "called by a script": Audience.CALL,
    "for a program that is no browser": Audience.CLIENT,
    "no person sees the answer": Audience.NOBODY,
}
FOR_ALL = {
    "what is `public`": Kind.PUBLIC,
    "a login page": Kind.LOGIN,
    "the form of a login page": Kind.LOGIN_FORM,
    "a static file, or OPTIONS": Kind.UNTOUCHED,
}
EVERY = {Target(*each) for each in itertools.product(Kind, Audience, (True, False))}


def targets(told: str) -> set[Target]:
    """Return the requests that a row speaks of."""
    if told in FOR_ALL:
        return {each for each in EVERY if each.kind is FOR_ALL[told]}
    if told.endswith("no longer is concerned"):
        return {each for each in EVERY if each.is_visitors and each.kind in KINDS.values()}
    _, method, audience = told.split(", ")
    return {Target(KINDS[method], AUDIENCES[audience.removeprefix("and ")])}


ROWS = TABLES["the request is for"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_becomes_of_a_request(row):
    for target in targets(row[0]):
        for mode, cell in (("strict", row[1]), ("challenge", row[2])):
            answer, ticket = cell.split("; ")
            assert treat(target, mode) == (ANSWERS[answer], TICKETS[ticket], SESSIONS[row[3]])


def test_every_request_is_in_one_row():
    told = [target for row in ROWS for target in targets(row[0])]
    assert len(told) == len({*told})
    assert {*told} == EVERY


def test_in_report_mode_nothing_ends():
    for target in EVERY:
        assert treat(target, "report") == (Answer.APP, Evidence.LEFT, SessionChange.NONE)
