"""What open connections cost, in calls, threads and memory, and what happens at the same time."""

from __future__ import annotations

import gc
import tracemalloc
from random import Random
from threading import Barrier, Thread

import pytest
from live_site import LiveSite, Still, Tab
from test_budgets import calls_of
from wsgi_apps import IDLE

from session440.core.ticket import Ticket
from session440.live import logins as live_logins
from session440.live.flag import Flag


@pytest.fixture(autouse=True)
def _no_thread(monkeypatch):
    monkeypatch.setattr(live_logins, "TIMER", Still())


@pytest.fixture
def site(clock):
    return LiveSite(clock)


def opened(site, count, seconds=0.0):
    """Return many logins, each of a person of its own, one every so many seconds."""
    now = site.clock()
    tickets = [
        Ticket(f"ticket number {i:08}", f"person {i}", now + i * seconds, now + i * seconds)
        for i in range(count)
    ]
    return [site.engine.live.enter(each, site.clock(), True, Flag) for each in tickets]


def test_a_tick_of_which_nothing_is_due_costs_the_same_for_ten_thousand_as_for_one(clock):
    counts = []
    for most in (1, 10_000):
        site = LiveSite(clock)
        logins = opened(site, most)
        site.tick()
        counts.append(len(calls_of(site.tick)))
        assert len(logins) == most
    assert counts[0] == counts[1]


def test_a_tick_looks_at_what_is_due_alone(site, clock):
    """One of ten thousand is to be warned each second."""
    logins = opened(site, 10_000, 1.0)
    clock.advance(IDLE - 120 - 1)
    site.tick()
    first = len(calls_of(site.tick))
    clock.advance(1)
    assert len(calls_of(site.tick)) - first < 60
    assert [each.warned.is_set() for each in logins[:2]] == [True, False]


def test_renewals_leave_no_plans_behind(site, clock):
    tab = Tab(site)
    login = tab.open()
    for _ in range(300):
        clock.advance(60)
        tab.get()
        site.tick()
    assert len(site.engine.live._table._schedule._plans) < 10
    assert not login.is_over


def test_connections_that_come_and_go_leave_nothing_behind(site):
    tab = Tab(site)
    for _ in range(1000):
        tab.open().close()
    assert len(site.engine.live._table) == 0
    assert len(site.engine.live._table._schedule._plans) < 200


def test_asking_whether_it_is_over_costs_little(site):
    """It is asked before each message."""
    login = Tab(site).open()
    assert len(calls_of(lambda: login.is_over)) <= 4


@pytest.mark.parametrize("count", [1000])
def test_a_connection_takes_at_most_two_kilobytes(site, count):
    """Its own login, with the ticket; and a function that is called at the end."""
    opened(site, 10)
    gc.collect()
    tracemalloc.start()
    try:
        logins = opened(site, count)
        for each in logins:
            each.call(print)
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size / count <= 2000


# --- races


def at_the_same_time(*functions):
    """Run each in a thread of its own, all from the same moment on."""
    gate, failures = Barrier(len(functions)), []

    def run(function):
        gate.wait(60)
        try:
            function()
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=run, args=(each,)) for each in functions]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert failures == []


@pytest.mark.parametrize("seed", range(20))
def test_however_it_ends_it_is_told_once(clock, seed):
    """The timer, a logout, a login again, a closing and a look at the same time."""
    site = LiveSite(clock)
    tab = Tab(site)
    logins = [tab.open() for _ in range(5)]
    told = []
    for each in logins:
        each.call(told.append)
    clock.advance(IDLE - 1)
    mine, again = Tab(site, None), Tab(site, None)
    mine.cookies = again.cookies = tab.cookies

    def pass_time():
        clock.advance(1)
        for _ in range(5):
            site.tick()

    def look():
        while not logins[0].is_over:
            pass

    steps = [
        pass_time,
        lambda: mine.get("/logout"),
        lambda: again.get("/login/alice"),
        logins[4].close,
        lambda: tab.open().close(),
    ]
    Random(seed).shuffle(steps)
    at_the_same_time(*steps)
    clock.advance(2 * IDLE)
    site.tick()
    look()
    assert all(each.is_over for each in logins[:4])
    assert [told.count(each) for each in logins[:4]] == [1] * 4
    assert told.count(logins[4]) <= 1
    assert len(site.engine.live._table) == 0


@pytest.mark.parametrize("seed", range(5))
def test_logins_again_at_the_same_time_leave_no_connection_behind(clock, seed):
    """Those of a login that the browser may not have kept end; the others go on."""
    site = LiveSite(clock)
    tab = Tab(site)
    logins = [tab.open() for _ in range(5)]
    at_the_same_time(*[lambda: [tab.get("/login/alice") for _ in range(5)]] * 3)
    assert len({each.is_over for each in logins}) == 1
    clock.advance(2 * IDLE)
    site.tick()
    assert all(each.ended.is_set() for each in logins)
