"""Copies of cookies, whole or in part, against a store."""

from __future__ import annotations

import pytest
from django.test import override_settings
from named_sites import only_login, told
from sites import DjangoSite, FlaskSite
from spying import SpyStore

from session440.stores import MemoryStore

SIGNED = "django.contrib.sessions.backends.signed_cookies"


@pytest.fixture
def spy():
    return SpyStore()


@pytest.fixture
def signed():
    with override_settings(SESSION_ENGINE=SIGNED):
        yield


@pytest.fixture(params=[FlaskSite, DjangoSite], ids=lambda kind: kind.name)
def site(signed, request, open_site, spy):
    """A site whose sessions live in their cookies, so that copies of them stay readable."""
    return open_site(request.param, store=spy)


def forget_records(spy):
    """Lose the records, as an eviction does, in a memory that goes on."""
    for id in list(spy.behind._records):
        spy.behind._forget(id)


def without_ticket(site, browser):
    copy = browser.copy()
    del copy.cookies[site.ticket]
    return copy


def unbound(site, browser):
    """Return a browser with a session from before deployment, which has no binding."""
    if isinstance(site, FlaskSite):
        with site.edit(browser) as session:
            del session["_session440"]
        return without_ticket(site, browser)
    from django.core import signing

    salt, name = "django.contrib.sessions.backends.signed_cookies", site.session
    content = signing.loads(browser.cookies[name], salt=salt)
    del content["_session440"]
    browser.cookies[name] = signing.dumps(content, salt=salt, compress=True)
    return without_ticket(site, browser)


@pytest.mark.parametrize("how", ["logout", "revoke"])
@pytest.mark.parametrize("keeps_ticket", [True, False])
def test_login_that_is_over_stays_over_when_its_tombstone_is_gone(site, spy, how, keeps_ticket):
    browser = site.logged_in()
    copy = browser.copy() if keeps_ticket else without_ticket(site, browser)
    if how == "logout":
        browser.post("/logout")
    else:
        site.engine.revoke(only_login(site).id)
    forget_records(spy)
    assert copy.navigate("/")["Session440-Cause"] == "lost"


@pytest.mark.parametrize("keeps_ticket", [True, False])
def test_new_memory_logs_nobody_out(site, spy, keeps_ticket):
    """A login is recorded anew in a store that was flushed or restarted, with its ticket or not."""
    browser = site.logged_in()
    spy.behind = MemoryStore()
    if not keeps_ticket:
        del browser.cookies[site.ticket]
    assert browser.navigate("/").status == 200
    assert only_login(site)


def test_every_memory_has_a_generation_of_its_own():
    assert MemoryStore().generation("id") != MemoryStore().generation("id")


def test_binding_costs_no_write_after_the_login(site, spy):
    """The generation goes into the session that the login writes anyway, and nowhere later."""
    browser = site.logged_in()
    for _ in range(3):
        site.clock.advance(100)
        answer = browser.navigate("/")
        assert not answer.sets(site.session)


def test_replayed_session_from_before_deployment_is_one_login(site, spy):
    """It has its first moment, its timeouts and its tombstone, however often it comes back."""
    copy = unbound(site, site.logged_in())
    site.engine.revoke_all(site.subject_of("alice"))
    assert copy.copy().navigate("/").status == 200
    site.clock.advance(600)
    assert copy.copy().navigate("/").status == 200
    assert len(site.engine.logins(site.subject_of("alice"))) == 1
    started = [each for each in told(site, "started") if each.reason == "adopted"]
    assert len(started) == 1
    for _ in range(50):
        site.clock.advance(600)
        answer = copy.copy().navigate("/")
    assert answer["Session440-Cause"] == "absolute"


def test_replayed_session_from_before_deployment_stays_revoked(site):
    copy = unbound(site, site.logged_in())
    assert copy.copy().navigate("/").status == 200
    site.engine.revoke_all(site.subject_of("alice"))
    for _ in range(3):
        assert copy.copy().navigate("/").status == 440


def test_replayed_session_from_before_deployment_stays_logged_out(site):
    copy = unbound(site, site.logged_in())
    browser = copy.copy()
    assert browser.navigate("/").status == 200
    browser.post("/logout")
    assert copy.copy().navigate("/").status == 440


def test_adopted_login_goes_on_with_its_new_cookies(site):
    browser = unbound(site, site.logged_in())
    for _ in range(10):
        assert browser.navigate("/").status == 200
        site.clock.advance(600)


def test_record_from_the_future_keeps_no_login_alive(site, spy):
    """Clocks may differ by a minute. A time beyond that is refused, in whatever it is written."""
    browser = site.logged_in()
    copies = browser, without_ticket(site, browser)
    record = spy.behind.find(only_login(site).id)
    spy.behind.touch(record.id, site.clock() + 1200 + 61, record.keep_until)
    site.clock.advance(1200)
    for copy in copies:
        assert copy.copy().navigate("/").status == 440


def test_session_that_replaced_the_login_is_told_once_and_ends_it(site, spy):
    """A request without its Lax cookies began a new session, as returns from payments do."""
    browser = site.logged_in()
    copy = browser.copy()
    visitor = site.browser()
    visitor.navigate("/cart")
    browser.cookies[site.session] = visitor.cookies[site.session]
    for _ in range(3):
        assert browser.copy().navigate("/").status != 440
    reasons = [each.reason for each in told(site, "ended")]
    assert reasons == ["overwritten"]
    assert site.engine.logins(site.subject_of("alice")) == []
    assert copy.navigate("/")["Session440-Cause"] == "revoked"
