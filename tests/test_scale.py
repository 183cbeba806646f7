"""The model of what a load asks of its store, held against people who use the real middleware.

The simulation must be within four standard errors of the model: with these seeds it is.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import pytest

from bench.scale.comparison import ERRORS, compare
from bench.scale.load import Load, Setup
from bench.scale.model import Costs, asked, believed, need
from bench.scale.simulation import simulate
from session440.stores import MemoryStore

PEOPLE = 250
STICKY = Load(logins=0.5, requests=30, processes=4, spread=1)
SPREAD = replace(STICKY, spread=4)
INTERVALS = [(0, 60), (5, 60), (60, 60), (0, 300), (5, 300), (60, 300)]
COSTS = Costs("some", {"find": 7, "touch": 15, "insert": 20, "end": 10}, 500, {"touch": 300}, {})


@pytest.mark.parametrize(("revalidate", "renew"), INTERVALS)
@pytest.mark.parametrize("load", [STICKY, SPREAD], ids=["sticky", "spread"])
def test_the_model_says_what_the_engine_asks_of_its_store(load, revalidate, renew):
    setup = Setup(revalidate, renew)
    found = compare(load, setup, simulate(load, setup, PEOPLE, MemoryStore()))
    assert found.agrees, found
    assert found.checks.error < 0.02 * found.checks.model  # so that agreeing says something
    assert found.renewals.error < 0.06 * found.renewals.model


@pytest.mark.parametrize("renew", [60, 300])
def test_without_a_store_tickets_are_renewed_as_often_and_nothing_is_asked(renew):
    setup = Setup(renew_interval=renew)
    outcome = simulate(SPREAD, setup, PEOPLE, None)
    found = compare(SPREAD, setup, outcome, has_store=False)
    assert found.agrees, found
    assert not outcome.calls
    assert sum(each.renewals for each in outcome.people) > 0


def test_with_people_who_never_pause_the_model_holds_too():
    load = replace(STICKY, pauses=0.0, gap=2.0, requests=150)
    for setup in (Setup(0, 60), Setup(5, 60), Setup(60, 10)):
        found = compare(load, setup, simulate(load, setup, 80, MemoryStore()))
        assert found.agrees, found


def test_a_process_that_remembers_too_few_logins_asks_more_often_as_the_model_says():
    """For how long an answer is remembered is an average, so this is within a twentieth."""
    load = Load(logins=0.5, requests=12, gap=4, pause=30)
    enough, few = Setup(300, 60), Setup(300, 60, remembered=12)
    assert believed(load, enough) == 300
    assert 0 < believed(load, few) < 10
    plenty, checks = (
        compare(load, setup, simulate(load, setup, 1500, MemoryStore())).checks
        for setup in (enough, few)
    )
    assert plenty.agrees
    assert checks.simulated > 3 * plenty.simulated
    assert abs(checks.simulated / checks.model - 1) < 0.05


def test_each_login_ends_and_begins_with_the_calls_that_the_model_names():
    """Of 250 people about 75 log out and as many come back too late: both are random."""
    outcome = simulate(SPREAD, Setup(5, 60), PEOPLE, MemoryStore())
    model = asked(SPREAD, Setup(5, 60)).calls
    for method in ("generation", "insert", "purge"):
        assert outcome.calls[method] == PEOPLE * model[method]
    assert abs(outcome.calls["end"] / PEOPLE - model["end"]) < ERRORS * (0.6 * 0.4 / PEOPLE) ** 0.5
    late = sum(each.others["find"] for each in outcome.people)
    assert late == sum(each.others["end"] for each in outcome.people) - _logouts(outcome.people)
    assert set(outcome.calls) <= {*model, "announce"}


def _logouts(people) -> int:
    return sum(each.others["end"] and not each.others["find"] for each in people)


def test_if_answers_are_not_believed_each_request_of_a_login_asks_once():
    outcome = simulate(SPREAD, Setup(0, 60), 100, MemoryStore())
    for each in outcome.people:
        assert each.checks + each.touches == each.requests
    assert asked(SPREAD, Setup(0, 60)).checks == pytest.approx(SPREAD.requests)


def test_what_one_login_costs_does_not_depend_on_the_number_of_logins():
    """Ten times the logins, and ten times as many in a second: each asks the very same."""
    few = simulate(STICKY, Setup(60, 60), 30, MemoryStore())
    many = simulate(replace(STICKY, logins=5), Setup(60, 60), 300, MemoryStore())
    for one, same in zip(few.people, many.people, strict=False):
        assert (one.requests, one.checks, one.touches) == (
            same.requests,
            same.checks,
            same.touches,
        )
    model = asked(STICKY, Setup(60, 60))
    assert model == asked(replace(STICKY, logins=0.01), Setup(60, 60))


@pytest.mark.parametrize("spread", [1, 4])
def test_a_longer_interval_never_needs_more(spread):
    load = replace(STICKY, spread=spread, logins=1000)
    intervals = [0, 1, 5, 30, 60, 61, 300, 900]
    for renew, (shorter, longer) in product((10, 60, 300), pairwise(intervals)):
        assert _is_no_more(load, Setup(shorter, renew), Setup(longer, renew))
    for revalidate, (shorter, longer) in product((0, 5, 60), ((10, 60), (60, 61), (61, 300))):
        assert _is_no_more(load, Setup(revalidate, shorter), Setup(revalidate, longer))


def _is_no_more(load: Load, shorter: Setup, longer: Setup) -> bool:
    more, less = need(load, shorter, COSTS), need(load, longer, COSTS)
    names = ("calls", "writes", "cores", "log")
    return all(getattr(less, each) <= getattr(more, each) + 1e-9 for each in names)


def test_the_fewer_processes_a_login_meets_the_less_is_asked():
    setup = Setup(60, 60)
    checks = [asked(replace(STICKY, spread=each), setup).checks for each in (1, 2, 8, 1000)]
    assert checks == sorted(checks)
    assert checks[-1] == pytest.approx(STICKY.requests, rel=0.02)


def test_twice_the_logins_need_twice_as_much():
    one, two = (need(replace(STICKY, logins=each), Setup(60, 60), COSTS) for each in (1, 2))
    for name in ("calls", "writes", "cores", "kept", "kept_bytes", "log"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))


def test_how_many_records_are_kept_depends_on_evidence_and_the_absolute_timeout():
    """A login of a minute is kept as long as one of eight hours."""
    assert Setup().kept == 8 * 3600 + 24 * 3600 + 60
    short = replace(STICKY, requests=2)
    assert need(short, Setup(), COSTS).kept == need(STICKY, Setup(), COSTS).kept
