"""Logins on all servers: revoked, listed, logged out and limited, in every adapter."""

from __future__ import annotations

import pytest
from calling import Call
from named_sites import NAMED, only_login, told
from sites import SITES, DjangoSite, FlaskSite, WatchedSite, WsgiSite
from spying import SpyStore

from session440 import Cause, ConfigurationError, Policy
from session440.stores import MemoryStore, stored_id
from session440.wsgi import Session440Middleware


@pytest.fixture
def spy():
    return SpyStore()


@pytest.fixture(params=NAMED, ids=lambda kind: kind.name)
def site(request, open_site, spy):
    return open_site(request.param, store=spy, renew_interval=60)


@pytest.fixture(params=SITES, ids=lambda kind: kind.name)
def any_site(request, open_site, spy):
    return open_site(request.param, store=spy, renew_interval=60)


# --- listed, revoked


def test_a_login_is_listed_while_it_lasts(site):
    browser = site.logged_in()
    login = only_login(site)
    assert login.subject == site.subject_of("alice")
    assert login.issued_at == site.clock()
    site.clock.advance(600)
    browser.navigate("/")
    assert only_login(site).seen_at == site.clock()
    browser.post("/logout")
    assert site.engine.logins(site.subject_of("alice")) == []


def test_a_login_that_timed_out_is_not_listed(site):
    site.logged_in()
    site.clock.advance(1200)
    assert site.engine.logins(site.subject_of("alice")) == []


def test_lists_show_no_ticket_id(site):
    browser = site.logged_in()
    ticket = site.engine.signer.loads(browser.cookies[site.ticket])
    assert only_login(site).id == stored_id(ticket.id) != ticket.id


@pytest.mark.parametrize("by", ["stored id", "ticket id"])
def test_a_revoked_login_is_refused_at_the_next_request(site, by):
    browser = site.logged_in()
    login = only_login(site)
    ticket = site.engine.signer.loads(browser.cookies[site.ticket])
    assert site.engine.revoke(login.id if by == "stored id" else ticket.id)
    answer = browser.navigate("/")
    assert (answer.status, answer["Session440-Cause"]) == (440, "revoked")
    assert answer.deletes(site.ticket)
    assert browser.navigate("/").status == 302, "no loop: the next request is a visitor's"
    (revoked,) = told(site, "revoked")
    assert revoked.subject == login.subject
    assert [each.cause for each in told(site, "ended")] == ["revoked"]


def test_revoking_twice_or_the_unknown_says_no(site):
    site.logged_in()
    login = only_login(site)
    assert site.engine.revoke(login.id)
    assert not site.engine.revoke(login.id)
    assert not site.engine.revoke("never heard of")
    assert len(told(site, "revoked")) == 1


def test_all_logins_but_this_one_are_revoked(site):
    browsers = [site.logged_in() for _ in range(3)]
    site.logged_in("bob")
    keep = site.engine.signer.loads(browsers[1].cookies[site.ticket]).id
    assert site.engine.revoke_all(site.subject_of("alice"), keep=keep) == 2
    assert [each.navigate("/").status for each in browsers] == [440, 200, 440]
    assert len(site.engine.logins(site.subject_of("bob"))) == 1
    assert site.engine.revoke_all(site.subject_of("alice")) == 1


def test_a_login_that_the_store_takes_for_idle_is_revoked_too(open_site, spy):
    """It was used during an outage, by its ticket alone."""
    site = open_site(WsgiSite, store=spy)
    browser = site.logged_in()
    spy.is_out = True
    for _ in range(3):
        site.clock.advance(1000)
        assert browser.navigate("/").status == 200
    spy.is_out = False
    assert site.engine.logins("alice") == []
    site.engine.revoke_all("alice")
    assert browser.navigate("/")["Session440-Cause"] == "revoked"


def test_who_was_revoked_and_idle_since_is_told_of_the_revocation(site):
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    site.clock.advance(5000)
    assert browser.navigate("/")["Session440-Cause"] == "revoked"


def test_a_revoked_login_is_a_visitor_on_public_pages(site):
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    assert browser.navigate("/public").text == "shown to nobody"
    assert browser.navigate("/")["Session440-Cause"] == "revoked", "the message waited"


def test_a_poll_leaves_the_message_of_a_revocation_to_the_person(site):
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    assert browser.get("/poll").status == 440
    assert browser.navigate("/")["Session440-Cause"] == "revoked"
    assert len(told(site, "ended")) == 1


def test_status_tells_of_a_revocation_and_changes_nothing(site, spy):
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    spy.taken()
    answer = browser.get("/session440/status")
    assert answer.json["cause"] == "revoked"
    assert spy.taken() == ["find"]
    assert site.ticket in browser.cookies


def test_extend_is_refused_after_a_revocation(site):
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    assert browser.post("/session440/extend", Sec_Fetch_Site="same-origin").status == 440


def test_report_mode_revokes_nobody(open_site, spy):
    site = open_site(FlaskSite, store=spy, enforcement="report")
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    assert browser.navigate("/").status == 200
    (would,) = told(site, "ended")
    assert (would.cause, would.enforced) == ("revoked", False)


@pytest.mark.parametrize("kind", [FlaskSite, DjangoSite], ids=lambda kind: kind.name)
def test_dropping_the_ticket_dodges_no_revocation(open_site, spy, kind):
    """The session alone says which login it is."""
    site = open_site(kind, store=spy)
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    del browser.cookies[site.ticket]
    assert browser.navigate("/")["Session440-Cause"] == "revoked"


@pytest.mark.parametrize("kind", [FlaskSite, DjangoSite], ids=lambda kind: kind.name)
def test_without_its_ticket_the_record_tells_when_a_login_was_last_seen(open_site, spy, kind):
    """Where nothing but the binding is known, an active login without its ticket is lost."""
    site = open_site(kind, store=spy)
    browser = site.logged_in()
    for _ in range(3):
        site.clock.advance(1000)
        assert browser.navigate("/").status == 200
    del browser.cookies[site.ticket]
    assert browser.navigate("/").status == 200
    assert site.ticket in browser.cookies
    del browser.cookies[site.ticket]
    site.clock.advance(1200)
    assert browser.navigate("/")["Session440-Cause"] == "idle"


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.name)
def test_a_revocation_is_remembered_as_long_as_anybody_may_ask(open_site, spy, kind):
    """The longer of the absolute timeout and the evidence of an idle one: both."""
    site = open_site(kind, store=spy)
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    site.clock.advance(87_000)
    site.engine.purge()
    assert browser.navigate("/")["Session440-Cause"] == "revoked"
    site.clock.advance(40_000)
    assert site.engine.purge() == 1


def test_a_login_found_revoked_without_its_ticket_is_not_believed_with_it(open_site, spy):
    site = open_site(FlaskSite, store=spy, revalidate_interval=60)
    browser = site.logged_in()
    browser.navigate("/")
    spy.behind.end(only_login(site).id, Cause.REVOKED, site.clock())  # by another node
    bare = browser.copy()
    del bare.cookies[site.ticket]
    assert bare.navigate("/").status == 440
    assert browser.navigate("/").status == 440


def test_watched_cookies_are_revoked_too(open_site, spy):
    site = open_site(WatchedSite, store=spy)
    browser = site.logged_in()
    (record,) = spy.behind._records.values()
    assert site.engine.revoke(record.id)
    answer = browser.navigate("/")
    assert (answer.status, answer["Session440-Cause"]) == (440, "revoked")
    assert answer.deletes("sid")


def test_without_a_store_there_is_nothing_to_list(open_site):
    site = open_site(WsgiSite)
    for call in (lambda: site.engine.logins("alice"), lambda: site.engine.revoke("x")):
        with pytest.raises(ConfigurationError, match="needs a store"):
            call()


# --- logged out


def test_a_logout_cannot_be_undone_by_replaying_cookies(any_site):
    site = any_site
    browser = site.logged_in()
    before = browser.copy()
    browser.post("/logout")
    answer = before.navigate("/")
    if site.name in ("flask", "watched"):  # the app's cookie still names somebody
        assert (answer.status, answer["Session440-Cause"]) == (440, "revoked")
    else:
        assert answer.status == 302, "a visitor, sent to the login page"
    assert site.ticket not in before.cookies


def test_logging_in_again_ends_the_former_login_of_the_browser(site):
    """ASVS 5.0, 7.2.4: a copy of the former ticket is of no more use."""
    browser = site.logged_in()
    before = browser.copy()
    site.log_in(browser)
    assert len(site.engine.logins(site.subject_of("alice"))) == 1
    if site.name != "django":  # whose login() keeps the session of the same user
        assert before.navigate("/").status != 200
    assert browser.navigate("/").status == 200


def test_an_ended_login_is_told_once(any_site):
    """A replayed cookie of a login that timed out does not fill the log."""
    site = any_site
    browser = site.logged_in()
    before = browser.copy()
    site.clock.advance(1200)
    assert browser.navigate("/").status == 440
    for _ in range(3):
        assert before.copy().navigate("/").status == 440
    assert [each.cause for each in told(site, "ended")] == ["idle"]


def test_a_policy_without_an_absolute_limit_keeps_tombstones_as_long_as_a_cookie_may_live(
    open_site, spy
):
    site = open_site(
        WsgiSite, store=spy, policy=Policy(1200, None), absolute_timeout=None, evidence=1
    )
    browser = site.logged_in()
    for _ in range(10):
        site.clock.advance(1000)
        browser.navigate("/")
    replay = browser.copy()
    browser.post("/logout")
    site.clock.advance(1199)
    site.engine.purge()
    assert replay.navigate("/").status == 302


# --- copies of cookies end nobody else's login


def test_a_copy_of_a_ticket_that_is_over_ends_nothing(any_site):
    """A script's stale cookies, or what a slow answer left: the login is in use elsewhere."""
    site = any_site
    browser = site.logged_in()
    copy = browser.copy()
    for _ in range(3):
        site.clock.advance(600)
        assert browser.navigate("/").status == 200
    answer = copy.navigate("/")
    if site.session is None:
        assert answer["Session440-Cause"] == "idle"
    else:  # the session is the same, and what counts
        assert answer.status == 200
    assert told(site, "ended") == []
    assert browser.navigate("/").status == 200


@pytest.mark.parametrize("kind", [FlaskSite, DjangoSite], ids=lambda kind: kind.name)
@pytest.mark.parametrize("session", [None, "x" * 32])
@pytest.mark.parametrize("path", ["/", "/public"])
def test_a_ticket_without_its_session_ends_nothing(open_site, spy, kind, session, path):
    site = open_site(kind, store=spy)
    browser = site.logged_in()
    copy = browser.copy()
    del copy.cookies[site.session]
    if session:
        copy.cookies[site.session] = session
    copy.navigate(path)
    assert browser.navigate("/").status == 200


def test_a_login_that_this_server_has_lost_goes_on_elsewhere(open_site, spy):
    """The session's key changes while another request is on its way with the former one."""
    site = open_site(DjangoSite, store=spy)
    browser = site.logged_in()
    late = browser.copy()
    late.cookies[site.session] = "a-key-that-was-cycled-away"
    assert late.navigate("/")["Session440-Cause"] == "revoked"
    assert browser.navigate("/").status == 200


def test_a_revoked_cookie_that_is_replayed_is_told_and_written_once(site, spy):
    browser = site.logged_in()
    site.engine.revoke(only_login(site).id)
    spy.taken()
    for _ in range(5):
        assert browser.copy().navigate("/").status == 440
    assert len(told(site, "ended")) == 1
    assert spy.taken() == ["find"] * 5


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.name)
def test_a_ticket_of_long_ago_leaves_nothing_in_the_store(open_site, spy, kind):
    site = open_site(kind, store=spy)
    browser = site.logged_in()
    if site.session:
        del browser.cookies[site.session]
    site.clock.advance(200_000)
    spy.behind.purge(site.clock())
    spy.taken()
    assert browser.navigate("/").status == 302
    assert "insert" not in spy.taken()


def test_a_login_that_a_servers_error_does_not_deliver_changes_nothing(spy, clock):
    """Neither is it recorded nor is the former one over."""

    def app(environ, start_response):
        environ["session440"].login("alice")
        start_response(environ["PATH_INFO"][1:] + " Status", [])
        return [b""]

    app = Session440Middleware(app, secret_key="long and random", store=spy, clock=clock)
    cookies = Call(app, "/200").cookies()
    (first,) = app.engine.logins("alice")
    Call(app, "/500", cookies)
    assert app.engine.logins("alice") == [first]
    Call(app, "/200", cookies)
    assert first not in app.engine.logins("alice")


# --- limited


def test_the_newest_login_displaces_the_oldest(open_site, spy):
    for kind in NAMED:
        site = open_site(kind, store=MemoryStore(), max_logins=2)
        first, second, third = (site.logged_in() for _ in range(3))
        answer = first.navigate("/")
        assert (answer.status, answer["Session440-Cause"]) == (440, "displaced")
        assert second.navigate("/").status == third.navigate("/").status == 200
        (ended,) = told(site, "ended")
        assert ended.cause is Cause.DISPLACED
        site.logged_in("bob")
        assert second.navigate("/").status == 200, "others are others"


def test_a_login_that_timed_out_takes_nobodys_place(open_site, spy):
    site = open_site(WsgiSite, store=spy, max_logins=2)
    gone = site.logged_in()
    site.clock.advance(600)
    still = site.logged_in()
    site.clock.advance(700)
    site.logged_in()
    assert still.navigate("/").status == 200
    assert gone.navigate("/")["Session440-Cause"] == "idle"


def test_a_clock_that_is_behind_does_not_displace_the_login_just_made(open_site, spy):
    """Which is the newest is the store's to say, not the nodes' clocks."""
    site = open_site(WsgiSite, store=spy, max_logins=1)
    first = site.logged_in()
    site.clock.advance(-50)
    second = site.logged_in()
    assert second.navigate("/").status == 200
    assert first.navigate("/").status == 440


def test_report_mode_displaces_nobody(open_site, spy):
    site = open_site(WsgiSite, store=spy, max_logins=1, enforcement="report")
    first, second = site.logged_in(), site.logged_in()
    assert first.navigate("/").status == second.navigate("/").status == 200
    (would,) = told(site, "ended")
    assert (would.cause, would.enforced) == ("displaced", False)
