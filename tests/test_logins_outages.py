"""Logins whose store is out, has forgotten them, or has not heard of them yet."""

from __future__ import annotations

import logging

import pytest
from named_sites import NAMED, only_login, told
from sites import SITES, DjangoSite, FlaskSite, WsgiSite
from spying import SpyStore

from session440.exceptions import StoreError
from session440.stores import MemoryStore


@pytest.fixture
def spy():
    return SpyStore()


@pytest.fixture(params=NAMED, ids=lambda kind: kind.name)
def site(request, open_site, spy):
    return open_site(request.param, store=spy, renew_interval=60)


@pytest.fixture(params=SITES, ids=lambda kind: kind.name)
def any_site(request, open_site, spy):
    return open_site(request.param, store=spy, renew_interval=60)


# --- lost, or only unknown


def test_a_record_that_is_gone_is_lost_and_both_nodes_are_named(site, spy, caplog):
    browser = site.logged_in()
    spy.behind._forget(only_login(site).id)
    answer = browser.navigate("/")
    assert (answer.status, answer["Session440-Cause"]) == (440, "lost")
    (lost,) = told(site, "ended")
    assert lost.node == lost.here == site.engine.node
    assert lost.level == logging.WARNING
    assert "sticky" in str(lost)


def test_logins_from_before_the_store_go_on_and_are_recorded(open_site, spy):
    """Trap 28: nobody is logged out by its deployment."""
    for kind in NAMED:
        before = open_site(kind)
        browser = before.logged_in()
        after = open_site(kind, store=SpyStore())
        browser.url = after.url
        assert browser.navigate("/").status == 200
        login = only_login(after)
        after.engine.revoke(login.id)
        assert browser.navigate("/").status == 440


def test_a_store_that_lost_its_memory_logs_nobody_out(any_site, spy):
    browser = any_site.logged_in()
    spy.behind = MemoryStore()
    spy.behind.generation = lambda id: "another"
    assert browser.navigate("/").status == 200
    assert len(spy.behind._records) == 1
    assert browser.navigate("/").status == 200
    any_site.engine.revoke(next(iter(spy.behind._records)))
    assert browser.navigate("/").status == 440


def test_a_logout_of_an_unrecorded_login_cannot_be_undone(open_site, spy):
    """Its cookie would otherwise record it."""
    browser = open_site(WsgiSite).logged_in()
    site = open_site(WsgiSite, store=spy)
    browser.url = site.url
    replay = browser.copy()
    browser.post("/logout")
    assert replay.navigate("/").status == 302


# --- outages


def test_degrade_goes_on_by_the_ticket_and_warns_once(any_site, spy):
    site = any_site
    browser = site.logged_in()
    spy.is_out = True
    for _ in range(5):
        site.clock.advance(100)
        assert browser.navigate("/").status == 200
    (down,) = told(site, "store_down")
    assert down.level == logging.WARNING
    site.clock.advance(1200)
    assert browser.navigate("/")["Session440-Cause"] == "idle", "timeouts go on"
    spy.is_out = False
    other = site.logged_in()
    assert other.navigate("/").status == 200
    assert len(told(site, "store_up")) == 1
    spy.is_out = True
    other.navigate("/")
    assert len(told(site, "store_down")) == 2, "once per outage"


def test_logins_of_an_outage_are_recorded_when_the_store_is_back(site, spy):
    spy.is_out = True
    browser = site.logged_in()
    assert browser.navigate("/").status == 200
    spy.is_out = False
    assert site.engine.logins(site.subject_of("alice")) == []
    assert browser.navigate("/").status == 200
    site.engine.revoke(only_login(site).id)
    assert browser.navigate("/")["Session440-Cause"] == "revoked"


def test_logouts_of_an_outage_are_written_when_the_store_is_back(open_site, spy):
    site = open_site(WsgiSite, store=spy)
    browser, other = site.logged_in(), site.logged_in("bob")
    replay = browser.copy()
    spy.is_out = True
    browser.post("/logout")
    spy.is_out = False
    other.navigate("/")  # any request that finds the store back
    assert replay.navigate("/").status == 302


def test_refuse_answers_503_and_leaves_cookies_alone(open_site):
    for kind in SITES:
        spy = SpyStore()
        site = open_site(kind, store=spy, store_failure="refuse")
        browser = site.logged_in()
        before = dict(browser.cookies)
        spy.is_out = True
        answers = [
            browser.navigate("/"),
            browser.get("/api/me", Accept="application/json"),
            browser.post("/save", {"much": "x" * 10_000}),
            browser.get("/session440/status"),
            browser.post("/session440/extend", Sec_Fetch_Site="same-origin"),
        ]
        for answer in answers:
            assert (answer.status, answer["Retry-After"]) == (503, "5"), kind.name
            assert answer.all("Set-Cookie") == []
            assert answer["Cache-Control"] == "no-store"
        assert answers[0]["Content-Type"].startswith("text/html")
        assert answers[1].json["status"] == 503
        assert browser.cookies == before
        assert told(site, "ended") == []
        spy.is_out = False
        assert browser.navigate("/").status == 200


def test_refuse_overwrites_no_session_and_serves_visitors(open_site):
    """A public page or a login page that writes to a session hidden from it would do so."""
    for kind in NAMED:
        spy = SpyStore()
        site = open_site(kind, store=spy, store_failure="refuse")
        browser, visitor = site.logged_in(), site.browser()
        spy.is_out = True
        for path in ("/public", "/login"):
            assert browser.navigate(path).status == 503
            assert browser.request("OPTIONS", path).status == 200
            assert "alice" not in browser.request("OPTIONS", "/who").text
            assert visitor.navigate(path).status == 200
        spy.is_out = False
        assert browser.navigate("/").status == 200


def test_refuse_lets_nobody_go_on_who_logs_in_meanwhile(open_site):
    """The login stands when the store is back, and is recorded; until then nobody uses it."""
    for kind in SITES:
        spy = SpyStore()
        site = open_site(kind, store=spy, store_failure="refuse")
        browser = site.browser()
        spy.is_out = True
        site.log_in(browser)
        assert browser.navigate("/").status == 503
        spy.is_out = False
        assert browser.navigate("/").status == 200
        assert len(spy.behind._records) == 1


@pytest.mark.parametrize("kind", [FlaskSite, DjangoSite], ids=lambda kind: kind.name)
def test_refuse_undoes_no_login_from_before_deployment(open_site, spy, kind):
    """The store may know that it was revoked, so it waits; the outage does not end it."""
    site = open_site(kind, store=spy, store_failure="refuse")
    browser = site.logged_in()
    with site.edit(browser) as session:
        del session["_session440"]
    spy.is_out = True
    assert browser.navigate("/").status == 503
    spy.is_out = False
    assert browser.navigate("/").status == 200
    assert len(site.engine.logins(site.subject_of("alice"))) >= 1


def test_refuse_still_answers_a_timeout(open_site, spy):
    """That login is over, store or no store."""
    site = open_site(WsgiSite, store=spy, store_failure="refuse")
    browser = site.logged_in()
    spy.is_out = True
    site.clock.advance(1200)
    assert browser.navigate("/")["Session440-Cause"] == "idle"


@pytest.mark.parametrize("failure", ["degrade", "refuse"])
@pytest.mark.parametrize("kind", [FlaskSite, DjangoSite], ids=lambda kind: kind.name)
def test_an_outage_is_never_read_as_lost(open_site, spy, kind, failure):
    """The session may be in the system that is out, and look empty for that alone."""
    site = open_site(kind, store=spy, store_failure=failure)
    browser = site.logged_in()
    before = dict(browser.cookies)
    spy.is_out = True
    if kind is DjangoSite:
        browser.cookies["sessionid"] = "x" * 32
    else:
        site.lose_session(browser)
    answer = browser.navigate("/")
    assert answer.status == 503
    assert not answer.deletes(site.ticket)
    browser.cookies = before
    spy.is_out = False
    assert browser.navigate("/").status == 200


@pytest.mark.parametrize("failure", ["degrade", "refuse"])
def test_a_store_that_takes_nothing_in_is_still_believed(any_site, failure):
    """A full disk, a replica, a lock: what is revoked stays so, and it is told once."""
    site = any_site
    kept, revoked = site.logged_in(), site.logged_in()
    spy = site.engine.settings.store
    ids = [*spy.behind._records]
    site.engine.revoke(ids[1])
    spy.out = {"touch", "insert", "end", "purge"}
    for _ in range(5):
        site.clock.advance(100)  # a touch is due
        assert kept.navigate("/").status == 200
        assert revoked.copy().navigate("/").status == 440
    assert len(told(site, "store_down")) == 1
    assert told(site, "store_up") == []
    spy.out = set()
    site.clock.advance(100)
    assert kept.navigate("/").status == 200
    assert len(told(site, "store_up")) == 1


def test_the_process_that_owes_a_logout_knows_of_it(open_site, spy):
    """Its own word comes before that of a store which has not been told yet."""
    site = open_site(WsgiSite, store=spy, revalidate_interval=600)
    browser = site.logged_in()
    replay = browser.copy()
    spy.is_out = True
    browser.post("/logout")
    assert replay.copy().navigate("/").status == 302
    spy.is_out = False
    for _ in range(3):
        assert replay.copy().navigate("/").status == 302


def test_one_ticket_pushes_no_other_logout_out(open_site, spy):
    """What is owed is owed once for each login."""
    site = open_site(WsgiSite, store=spy)
    browser = site.logged_in()
    spy.is_out = True
    for _ in range(20):
        browser.copy().post("/logout")
    spy.is_out = False
    spy.taken()
    site.logged_in("bob").navigate("/")
    assert spy.taken().count("end") == 1


@pytest.mark.parametrize("kind", [FlaskSite, DjangoSite], ids=lambda kind: kind.name)
def test_who_keeps_no_cookies_leaves_one_record(open_site, spy, kind):
    """Each request of one session from before deployment begins the same login."""
    site = open_site(kind, store=spy)
    browser = site.logged_in()
    with site.edit(browser) as session:
        del session["_session440"]
    del browser.cookies[site.ticket]
    before = len(spy.behind._records)
    if kind is FlaskSite:  # whose session is the cookie
        for _ in range(5):
            assert browser.copy().navigate("/").status == 200
        assert len(spy.behind._records) == before + 1
    assert browser.navigate("/").status == browser.navigate("/").status == 200
    assert len(spy.behind._records) == before + 1


def test_revoking_in_an_outage_is_an_error(site, spy):
    """Nobody must rely on what was not done."""
    site.logged_in()
    login = only_login(site)
    spy.is_out = True
    with pytest.raises(StoreError):
        site.engine.revoke(login.id)
    with pytest.raises(StoreError):
        site.engine.revoke_all(login.subject)
    with pytest.raises(StoreError):
        site.engine.logins(login.subject)
