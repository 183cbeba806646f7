"""What happens to a login between the judgement of a request and the watch of its connection."""

from __future__ import annotations

import pytest
from live_site import LiveSite, Still, Tab
from wsgi_apps import IDLE

from session440 import Cause
from session440.live import logins as live_logins
from session440.stores import MemoryStore

PASSIVE = {"HTTP_SESSION440_PASSIVE": "?1"}


@pytest.fixture(autouse=True)
def _no_thread(monkeypatch):
    monkeypatch.setattr(live_logins, "TIMER", Still())


@pytest.fixture
def site(clock):
    return LiveSite(clock)


def judged(tab: Tab):
    """Return what opens a connection that was judged now; another one is open."""
    tab.open()
    tab.get("/open", **PASSIVE)
    return tab.site.opened


# --- the login is closed while the request is under way that opens a connection


def test_a_connection_that_was_judged_before_the_logout_is_over_when_it_is_opened(site, clock):
    """Without a store nothing else would ever end it but its timeouts."""
    tab = Tab(site)
    watch = judged(tab)
    clock.advance(3)
    tab.get("/logout")
    clock.advance(3)
    told = []
    login = watch.open()
    login.call(told.append)
    assert login.is_over
    assert login.ended.is_set()
    assert (login.cause, login.reason) == (None, "logout")
    assert told == [login]


def test_a_connection_that_was_judged_before_another_persons_login_is_over(site, clock):
    tab = Tab(site)
    watch = judged(tab)
    clock.advance(3)
    tab.get("/login/bob")
    assert watch.open().is_over


def test_a_connection_that_was_judged_before_a_login_again_goes_on_with_the_new_one(site, clock):
    tab = Tab(site)
    watch = judged(tab)
    clock.advance(3)
    for path in ("/login/alice", "/confirm", "/login/alice"):
        tab.get(path)
    login = watch.open()
    assert not login.is_over
    tab.get("/logout")
    assert login.is_over
    assert login.reason == "logout"


def test_a_connection_that_was_judged_before_a_revocation_is_over(clock):
    site = LiveSite(clock, store=MemoryStore())
    watch = judged(Tab(site))
    clock.advance(3)
    site.engine.revoke_all("alice")
    login = watch.open()
    assert login.is_over
    assert login.cause is Cause.REVOKED


def test_an_end_from_before_the_judgement_says_nothing_of_a_login_with_the_same_id(site, clock):
    """A login that is found on the way has the same id again."""
    tab = Tab(site)
    tab.open()
    copied = dict(tab.cookies)
    tab.get("/logout")
    clock.advance(1)
    tab.cookies = copied  # without a store nobody can tell it from a live one
    assert not tab.open().is_over


# --- the warning


@pytest.mark.parametrize("path", ["/login/alice", "/confirm"])
def test_a_login_again_takes_the_warning_back_and_the_new_login_is_warned_of_anew(
    site, clock, path
):
    tab = Tab(site, None)
    tab.get("/login/alice")
    login = tab.open()
    told = []
    login.call_at_warning(told.append)
    assert not login.warned.is_set()
    clock.advance(IDLE - 60)
    site.tick()
    assert login.warned.is_set()
    tab.get(path)
    assert not login.warned.is_set()
    clock.advance(IDLE - 60)
    site.tick()
    assert login.warned.is_set()
    assert told == [login, login]


def test_a_connection_that_is_opened_in_the_last_minutes_is_warned_soon(site, clock):
    tab = Tab(site)
    clock.advance(IDLE - 60)
    login = tab.open()
    told = []
    login.call_at_warning(told.append)
    assert told == [login]
    site.tick()
    assert told == [login]


# --- across processes


@pytest.mark.parametrize("end", ["/logout", "/login/bob"])
def test_the_end_of_a_successor_is_found_by_the_same_question(clock, end):
    """Otherwise each login in between would give the connection one more interval."""
    store = MemoryStore()
    here, there = LiveSite(clock, store=store), LiveSite(clock, store=store)
    tab = Tab(here)
    login = tab.at(there).open()
    there.tick()
    for path in ("/login/alice", "/confirm", end):
        tab.get(path)
    clock.advance(5)
    there.tick()
    assert login.ended.is_set()
    assert login.reason == "logout"


def test_an_older_cookie_moves_no_time_back_after_a_login_again_in_another_process(clock):
    """The login is known by its id in the store then, and by its own from the cookie on."""
    store = MemoryStore()
    here, there = LiveSite(clock, store=store), LiveSite(clock, store=store)
    tab = Tab(here)
    login = tab.at(there).open()
    there.tick()
    tab.get("/login/alice")
    clock.advance(5)
    there.tick()
    clock.advance(IDLE - 60)
    login.touch()
    deadline = login.deadline
    tab.at(there).open()
    assert login.deadline == deadline
    assert not login.warned.is_set()
