"""A connection that stays open ends with its login, and survives a login again in place."""

from __future__ import annotations

import gc
from threading import Thread

import pytest
from clock import START
from live_site import LiveSite, Still, Tab
from wsgi_apps import IDLE

from session440 import Cause
from session440.live import logins as live_logins

WARNED = IDLE - 120


@pytest.fixture(autouse=True)
def _no_thread(monkeypatch):
    monkeypatch.setattr(live_logins, "TIMER", Still())


@pytest.fixture
def site(clock):
    return LiveSite(clock)


# --- the end by time


@pytest.mark.parametrize(("seconds", "is_over"), [(-1, False), (0, True), (1, True)])
def test_a_login_is_over_exactly_at_its_deadline(site, clock, seconds, is_over):
    """No thread is needed for it: what is asked is the clock."""
    login = Tab(site).open()
    clock.advance(IDLE + seconds)
    assert login.is_over is is_over
    assert login.cause is (Cause.IDLE if is_over else None)


def test_an_end_by_time_is_an_event(site, clock):
    login = Tab(site).open()
    told = []
    login.call(told.append)
    clock.advance(IDLE - 1)
    site.tick()
    assert not login.ended.is_set()
    assert told == []
    clock.advance(1)
    site.tick()
    assert login.ended.is_set()
    assert told == [login]
    assert (login.cause, login.reason) == (Cause.IDLE, "idle")
    site.tick()
    assert told == [login]  # once


@pytest.mark.parametrize(
    ("option", "cause"), [("absolute_timeout", Cause.ABSOLUTE), ("idle_timeout", Cause.IDLE)]
)
def test_each_timeout_ends_a_connection(clock, option, cause):
    site = LiveSite(clock, **{option: 300})
    login = Tab(site).open()
    assert login.deadline.timestamp() == START + 300
    clock.advance(300)
    site.tick()
    assert login.cause is cause


def test_the_end_of_a_credential_ends_it_and_moves_with_it(site, clock):
    tab = Tab(site)
    login = tab.open()
    tab.get("/credential/100")
    assert login.deadline.timestamp() == START + 100
    tab.get("/credential/200")
    clock.advance(150)
    site.tick()
    assert not login.ended.is_set()
    clock.advance(50)
    site.tick()
    assert login.cause is Cause.CREDENTIAL


def test_an_end_of_days_ago_has_its_cause(site, clock):
    """As after a laptop has slept: nobody else asks for this login any more."""
    login = Tab(site).open()
    clock.advance(10 * 86400)
    assert login.is_over
    assert login.cause in (Cause.IDLE, Cause.ABSOLUTE)


def test_a_clock_that_jumps_ahead_ends_and_one_that_is_set_back_does_not_revive(site, clock):
    login = Tab(site).open()
    clock.advance(-5000)
    site.tick()
    assert not login.is_over
    clock.advance(5000 + IDLE)
    site.tick()
    assert login.ended.is_set()
    clock.advance(-IDLE)
    site.tick()
    assert login.ended.is_set()
    assert login.is_over


def test_tick_returns_when_more_is_due(site, clock):
    assert site.tick() is None
    login = Tab(site).open()
    assert site.tick() == WARNED
    clock.advance(WARNED)
    assert site.tick() == 120
    login.close()
    assert site.tick() is None


# --- the warning


def test_a_person_is_warned_before_the_end_and_no_longer_once_they_are_back(site, clock):
    tab = Tab(site)
    login = tab.open()
    warned = []
    login.call_at_warning(warned.append)
    clock.advance(WARNED - 1)
    site.tick()
    assert not login.warned.is_set()
    clock.advance(1)
    site.tick()
    assert login.warned.is_set()
    tab.get()
    assert not login.warned.is_set()
    clock.advance(WARNED)
    site.tick()
    assert login.warned.is_set()
    assert warned == [login, login]


def test_a_connection_that_is_opened_late_is_warned_at_once(site, clock):
    tab = Tab(site)
    clock.advance(IDLE - 30)
    login = tab.open()
    assert login.warned.is_set()


# --- what other requests of this process do


def test_a_renewal_in_another_tab_moves_the_deadline(site, clock):
    tab = Tab(site)
    login = tab.open()
    clock.advance(600)
    tab.get()
    clock.advance(IDLE - 1)
    site.tick()
    assert not login.is_over
    clock.advance(1)
    assert login.is_over


def test_passive_requests_are_no_activity(site, clock):
    tab = Tab(site)
    login = tab.open()
    for _ in range(4):
        clock.advance(IDLE / 4)
        tab.get(HTTP_SESSION440_PASSIVE="?1")
    assert login.is_over


def test_a_logout_ends_every_connection_of_the_login(site):
    tab = Tab(site)
    logins = [tab.open() for _ in range(3)]
    other = Tab(site).open()
    tab.get("/logout")
    assert all(each.ended.is_set() for each in logins)
    assert {(each.cause, each.reason) for each in logins} == {(None, "logout")}
    assert not other.ended.is_set()


def test_a_login_again_by_the_same_person_in_place_goes_on(site, clock):
    tab = Tab(site)
    login = tab.open()
    clock.advance(1000)
    tab.get("/login/alice")
    assert not login.ended.is_set()
    assert login.deadline.timestamp() == START + 1000 + IDLE
    tab.get("/logout")
    assert login.reason == "logout"


def test_two_logins_in_the_place_of_one_end_it(site):
    """As by a double click: nobody knows which of the two the browser goes on with."""
    tab, second = Tab(site), Tab(site, None)
    login, second.cookies = tab.open(), dict(tab.cookies)
    tab.get("/login/alice")
    assert not login.is_over
    second.get("/login/alice")
    assert login.is_over
    second.get("/logout")


def test_a_new_proof_of_the_person_goes_on_too(site, clock):
    tab = Tab(site)
    login = tab.open()
    clock.advance(30)
    tab.get("/confirm")
    assert not login.is_over
    tab.get("/logout")
    assert login.is_over


def test_another_persons_login_in_place_ends_it(site):
    tab = Tab(site)
    login = tab.open()
    tab.get("/login/bob")
    assert login.ended.is_set()
    assert login.reason == "logout"


def test_a_login_of_the_same_person_elsewhere_is_no_successor(site):
    tab = Tab(site)
    login = tab.open()
    Tab(site)
    tab.get("/logout")
    assert login.is_over


def test_connections_of_both_logins_are_one_group_after_the_second(site):
    """One was opened by the new login before the former one was closed."""
    tab = Tab(site)
    first = tab.open()
    tab.get("/login/alice")
    second = tab.open()
    tab.get("/login/alice")
    tab.get("/logout")
    assert first.is_over
    assert second.is_over


def test_a_login_whose_answer_failed_changes_nothing(site):
    """Its browser has the former ticket still."""
    tab = Tab(site)
    login = tab.open()
    tab.get("/login/bob/fails")
    assert not login.is_over


def test_a_login_that_a_request_finds_to_be_over_ends_its_connections_at_once(site, clock):
    tab = Tab(site)
    login = tab.open()
    told = []
    login.call(told.append)
    clock.advance(IDLE)
    tab.get()
    assert login.ended.is_set()
    assert told == [login]


def test_a_connection_that_begins_with_its_login_is_watched(site, clock):
    tab = Tab(site, None)
    tab.get("/login/open")
    login = site.opened.open()
    assert login.subject == "open"
    tab.get("/logout")
    assert login.is_over


# --- nobody


def test_nothing_of_a_visitor_ends(site, clock):
    login = Tab(site, None).open()
    clock.advance(1e9)
    site.tick()
    assert [login.is_over, login.ended.is_set(), login.warned.is_set()] == [False] * 3
    assert (login.subject, login.deadline, login.cause, login.touch()) == (None, None, None, False)
    assert not site.engine.live.is_watching


def test_report_mode_ends_no_connection(clock):
    site = LiveSite(clock, enforcement="report")
    tab = Tab(site)
    login = tab.open()
    clock.advance(5000)
    site.tick()
    tab.get()
    tab.get("/logout")
    assert [login.is_over, login.ended.is_set()] == [False] * 2


# --- activity


def test_touch_counts_as_activity_for_all_connections_of_the_login(site, clock):
    tab = Tab(site)
    login, other = tab.open(), tab.open()
    clock.advance(IDLE - 1)
    site.tick()
    assert other.warned.is_set()
    assert login.touch() is False  # no store knows: the page has to extend the login
    assert not other.warned.is_set()
    clock.advance(IDLE - 1)
    assert not other.is_over
    clock.advance(1)
    assert other.is_over


def test_touch_revives_nothing(site, clock):
    login = Tab(site).open()
    clock.advance(IDLE)
    assert login.touch() is False
    assert login.is_over


def test_an_older_copy_of_the_ticket_moves_nothing_back(site, clock):
    """As when a request that is no activity moves the credential's end."""
    tab = Tab(site)
    login = tab.open()
    clock.advance(30)
    login.touch()
    tab.get("/credential/5000")
    assert login.deadline.timestamp() == START + 30 + IDLE


def test_touch_never_moves_the_end_back(site, clock):
    login = Tab(site).open()
    before = login.deadline
    clock.advance(-100)
    login.touch()
    assert login.deadline == before


# --- closing


def test_a_block_watches_and_then_forgets(site, clock):
    tab = Tab(site)
    tab.get("/open")
    told = []
    with site.opened as login:
        login.call(told.append)
        assert len(site.engine.live._table) == 1
    assert len(site.engine.live._table) == 0
    tab.get("/logout")
    assert told == []


def test_a_connection_that_nobody_holds_is_forgotten(site):
    login = Tab(site).open()
    del login
    gc.collect()
    site.tick()
    assert len(site.engine.live._table) == 0


def test_a_generator_that_is_thrown_away_at_any_moment_stops_nothing(site):
    """A garbage collection may run it to its end in any line of ours, with our lock held."""
    tab = Tab(site)
    tab.get("/open")

    def stream(watch):
        with watch as login:
            yield login
            assert login.is_over in (True, False)

    generator = stream(site.opened)
    next(generator)
    with site.engine.live._changing():
        generator.close()
    site.tick()
    assert len(site.engine.live._table) == 0


def test_who_waits_goes_on_when_the_connection_is_closed(site):
    login = Tab(site).open()
    results = []
    waiting = Thread(target=lambda: results.append(login.ended.wait()))
    ended = login.ended
    waiting.start()
    while not ended._waiters:
        pass
    login.close()
    waiting.join(30)
    assert results == [False]


def test_who_waits_is_told(site):
    tab = Tab(site)
    login = tab.open()
    results = []
    ended = login.ended
    waiting = Thread(target=lambda: results.append(ended.wait(60)))
    waiting.start()
    while not ended._waiters:
        pass
    tab.get("/logout")
    waiting.join(30)
    assert results == [True]
    assert ended.wait() is True
    assert login.warned.wait(0) is False


def test_a_function_that_is_registered_after_the_end_is_called(site):
    tab = Tab(site)
    login = tab.open()
    tab.get("/logout")
    told = []
    login.call(told.append)
    assert told == [login]


def test_what_a_function_raises_is_logged_and_keeps_no_other_from_being_called(site, caplog):
    tab = Tab(site)
    login = tab.open()
    told = []
    login.call(lambda login: 1 / 0)
    login.call(told.append)
    tab.get("/logout")
    assert told == [login]
    assert "ZeroDivisionError" in caplog.text


def test_one_engine_hears_nothing_before_a_connection_is_watched(site):
    before = len(site.engine.teller._others)
    tab = Tab(site)
    assert len(site.engine.teller._others) == before
    for _ in range(3):
        tab.open()
    assert len(site.engine.teller._others) == before + 1
    assert not site.engine.teller.is_heard("renewed")
