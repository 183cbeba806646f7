"""Everybody out: every login that was issued before a moment is over, recorded or not."""

from __future__ import annotations

import pytest
from named_sites import NAMED, only_login, told
from sites import SITES, WsgiSite
from spying import SpyStore

from session440 import Cause, ConfigurationError
from session440.exceptions import StoreError
from session440.stores import MemoryStore


@pytest.fixture
def spy():
    return SpyStore()


@pytest.fixture(params=SITES, ids=lambda kind: kind.name)
def any_site(request, open_site, spy):
    return open_site(request.param, store=spy, renew_interval=60)


@pytest.fixture(params=NAMED, ids=lambda kind: kind.name)
def site(request, open_site, spy):
    return open_site(request.param, store=spy, renew_interval=60)


def is_revoked(answer) -> bool:
    return (answer.status, answer["Session440-Cause"]) == (440, "revoked")


def forget_all(store: MemoryStore) -> None:
    """Lose all records, and not the generation: they were evicted, or purged."""
    for id in [*store._records]:
        store._forget(id)


def test_everybody_is_out_and_may_log_in_again(any_site):
    browsers = [any_site.logged_in(), any_site.logged_in()]
    any_site.clock.advance(1)
    assert any_site.engine.revoke_everybody() == 2
    assert all(is_revoked(each.navigate("/")) for each in browsers)
    any_site.clock.advance(1)
    again = any_site.logged_in()
    any_site.clock.advance(100)
    assert again.navigate("/").status == 200
    assert any_site.engine.revoke_everybody() == 1


def test_a_login_whose_record_is_gone_is_out_too(any_site, spy):
    """And is told as any revocation; a copy of its cookies is refused as well."""
    browser = any_site.logged_in()
    copy = browser.copy()
    any_site.clock.advance(1)
    any_site.engine.revoke_everybody()
    forget_all(spy.behind)
    assert is_revoked(browser.navigate("/"))
    assert is_revoked(copy.navigate("/"))
    assert spy.behind._records == {}, "nothing is written for it"


def test_a_login_that_was_never_recorded_is_out_too(site, spy):
    """It was made while the store was out."""
    spy.is_out = True
    browser = site.logged_in()
    spy.is_out = False
    site.clock.advance(1)
    site.engine.revoke_everybody()
    assert is_revoked(browser.navigate("/"))


def test_a_login_from_before_the_store_is_out_too(open_site, spy):
    for kind in NAMED:
        browser = open_site(kind).logged_in()
        site = open_site(kind, store=SpyStore())
        browser.url = site.url
        site.clock.advance(1)
        site.engine.revoke_everybody()
        assert is_revoked(browser.navigate("/"))


def test_a_login_that_is_recorded_too_late_is_out_at_its_next_request(site, spy):
    """It was asked for before, and is recorded after everybody was revoked."""
    spy.is_out = True
    browser = site.logged_in()
    spy.is_out = False
    site.clock.advance(1)
    insert, behind = spy.behind.insert, spy.behind

    def insert_late(record):
        behind.insert = insert
        behind.end_everybody(site.clock())  # by another process, while the app runs
        return insert(record)

    behind.insert = insert_late
    assert browser.navigate("/").status == 200
    assert is_revoked(browser.navigate("/"))


def test_a_login_begun_later_whose_record_is_gone_is_lost_and_not_revoked(site, spy):
    """Its generation is that of the moment."""
    site.engine.revoke_everybody()
    browser = site.logged_in()
    forget_all(spy.behind)
    answer = browser.navigate("/")
    assert (answer.status, answer["Session440-Cause"]) == (440, "lost")


def test_a_store_that_lost_its_memory_has_lost_the_moment_as_well(site, spy):
    """As all that had been revoked: whoever was out is in again."""
    browser = site.logged_in()
    site.clock.advance(1)
    site.engine.revoke_everybody()
    spy.behind = MemoryStore()
    assert browser.navigate("/").status == 200
    assert only_login(site)


def test_a_store_that_was_restarted_with_its_data_knows_the_moment(site, spy):
    """Its generation has another name then."""
    browser = site.logged_in()
    site.clock.advance(1)
    site.engine.revoke_everybody()
    later = site.logged_in()
    moment = spy.behind._generation.partition("@")[2]
    forget_all(spy.behind)
    spy.behind._generation = f"another@{moment}"
    assert is_revoked(browser.navigate("/"))
    assert later.navigate("/").status == 200, "recorded anew"


def test_what_was_found_before_is_not_believed_any_more(open_site, spy):
    """In this process; in another one for as long as revalidate_interval says."""
    site = open_site(WsgiSite, store=spy, revalidate_interval=600)
    browser = site.logged_in()
    browser.navigate("/")
    site.engine.revoke_everybody()
    assert is_revoked(browser.navigate("/"))


def test_it_is_told_once_for_all(site):
    """And then once for each person who notices."""
    browser = site.logged_in()
    site.clock.advance(1)
    site.engine.revoke_everybody()
    (event,) = told(site, "revoked")
    assert (event.cause, event.reason, event.subject) == (Cause.REVOKED, "everybody", None)
    assert "reason=everybody" in str(event)
    browser.navigate("/")
    (ended,) = told(site, "ended")
    assert ended.cause is Cause.REVOKED


def test_an_outage_is_never_a_success(site, spy):
    spy.is_out = True
    with pytest.raises(StoreError):
        site.engine.revoke_everybody()
    assert told(site, "revoked") == []


def test_without_a_store_that_can_it_is_a_mistake(open_site):
    with pytest.raises(ConfigurationError, match="needs a store"):
        open_site(WsgiSite).engine.revoke_everybody()
    with pytest.raises(ConfigurationError, match="lacks the methods"):
        open_site(WsgiSite, store=SpyStore(can_note=False)).engine.revoke_everybody()


def test_in_report_mode_it_is_reported_and_nobody_is_out(open_site, spy):
    site = open_site(WsgiSite, store=spy, enforcement="report")
    browser = site.logged_in()
    site.clock.advance(1)
    site.engine.revoke_everybody()
    forget_all(spy.behind)
    assert browser.navigate("/").status == 200
    (ended,) = told(site, "ended")
    assert (ended.reason, ended.enforced) == ("everybody", False)


# --- what it costs those who use none of it


@pytest.mark.parametrize("can_note", [True, False])
def test_a_store_that_can_is_asked_no_more_than_one_that_cannot(open_site, can_note):
    """At a login, an active request, a passive one, and a logout."""
    for kind in NAMED:
        spy = SpyStore(can_note=can_note)
        site = open_site(kind, store=spy, renew_interval=60)
        browser = site.logged_in()
        assert spy.taken() == ["generation", "insert", "purge"]
        site.clock.advance(1)
        browser.navigate("/")
        browser.get("/poll")
        site.clock.advance(100)
        browser.navigate("/")
        assert spy.taken() == ["find", "find", "touch"]
        browser.post("/logout")
        assert spy.taken() == ["find", "end"]


@pytest.mark.parametrize("can_note", [True, False])
def test_a_login_that_is_recorded_late_costs_the_same(open_site, can_note):
    """Its generation is read once, for both."""
    for kind in NAMED:
        browser = open_site(kind).logged_in()
        spy = SpyStore(can_note=can_note)
        site = open_site(kind, store=spy)
        browser.url = site.url
        browser.navigate("/")
        assert spy.taken() == ["find", "generation", "insert", "purge"]
        browser.navigate("/")
        assert spy.taken() == ["find"]


# --- what others use


def test_an_end_that_is_moved_is_moved_in_the_record(open_site, spy):
    site = open_site(WsgiSite, store=spy)
    browser = site.logged_in()
    ticket = site.engine.signer.loads(browser.cookies[site.ticket])
    end = site.clock() + 60
    site.engine.shared.move_end(ticket._replace(not_after=end))
    assert only_login(site).not_after == end
    spy.is_out = True
    site.engine.shared.move_end(ticket)  # the ticket says it as well
    spy.is_out = False
    assert only_login(site).not_after == end


def test_a_store_without_notes_is_left_alone(open_site):
    spy = SpyStore(can_note=False)
    site = open_site(WsgiSite, store=spy)
    ticket = site.engine.signer.loads(site.logged_in().cookies[site.ticket])
    spy.taken()
    shared = site.engine.shared
    assert not shared.can_note
    shared.move_end(ticket)
    for call in (lambda: shared.note("a", "b", 2, 1), lambda: shared.notes("a", 1)):
        with pytest.raises(ConfigurationError, match=r"session440\.stores\.notes\.Notes"):
            call()
    assert spy.taken() == []


def test_notes_go_through_the_circuit_breaker(open_site, spy):
    site = open_site(WsgiSite, store=spy)
    shared, now = site.engine.shared, site.clock()
    assert shared.can_note
    assert shared.note("jti:1", "seen", now + 60, now)
    assert not shared.note("jti:1", "seen", now + 60, now)
    assert shared.notes("jti:1", now) == ["seen"]
    spy.is_out = True
    for call in (lambda: shared.note("a", "b", now + 1, now), lambda: shared.notes("a", now)):
        with pytest.raises(StoreError):
            call()
    assert [event.kind for event in site.events if event.kind == "store_down"] == ["store_down"]
