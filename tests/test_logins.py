"""Logins on all servers: revoked, listed, limited, and the store's outages, in every adapter."""

from __future__ import annotations

import logging

import pytest
from calling import Call
from redis_servers import monitored, redis_server
from sites import SITES, DjangoSite, FlaskSite, WatchedSite, WsgiSite
from spying import SpyStore

from session440 import Cause, ConfigurationError, Policy
from session440.exceptions import StoreError
from session440.stores import MemoryStore, stored_id
from session440.wsgi import Session440Middleware

#: The sites whose subjects are people; a watched cookie names nobody.
NAMED = [WsgiSite, FlaskSite, DjangoSite]


@pytest.fixture
def spy():
    return SpyStore()


@pytest.fixture(params=NAMED, ids=lambda kind: kind.name)
def site(request, open_site, spy):
    return open_site(request.param, store=spy, renew_interval=60)


@pytest.fixture(params=SITES, ids=lambda kind: kind.name)
def any_site(request, open_site, spy):
    return open_site(request.param, store=spy, renew_interval=60)


def told(site, kind):
    return [each for each in site.events if each.kind == kind]


def only_login(site, name="alice"):
    (login,) = site.engine.logins(site.subject_of(name))
    return login


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
    assert late.navigate("/")["Session440-Cause"] == "lost"
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


# --- what it costs


def test_an_active_request_costs_one_round_trip_and_a_write_each_renew_interval(site, spy):
    browser = site.logged_in()
    site.clock.advance(1)
    browser.navigate("/")
    spy.taken()
    for _ in range(300):  # ten minutes, a request every two seconds
        site.clock.advance(2)
        assert browser.navigate("/").status == 200
    calls = spy.taken()
    assert len(calls) == 300
    assert set(calls) == {"find", "touch"}
    assert calls.count("touch") == 10


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.name)
def test_the_same_counted_by_a_real_redis(open_site, launch, kind):
    """What goes over the wire, whatever the adapter and its own session do."""
    server = launch(redis_server)
    site = open_site(kind, store=server.url, renew_interval=60)
    browser = site.logged_in()
    site.clock.advance(60)
    browser.navigate("/")  # a server that has just started is sent the script, once
    with monitored(server) as seen:
        for _ in range(120):
            site.clock.advance(2)
            assert browser.navigate("/").status == 200
        for _ in range(10):
            assert site.browser().navigate("/public").status == 200
    assert len(seen) == 120
    assert seen.count("EVALSHA") == 4, "a touch each minute"
    assert seen.count("HGETALL") == 116


def test_parallel_requests_write_once(site, spy):
    """All of a page's requests carry the ticket that is due, until the first answer arrives."""
    browser = site.logged_in()
    site.clock.advance(100)
    spy.taken()
    for _ in range(10):
        assert browser.copy().navigate("/").status == 200
    assert spy.taken() == ["touch", *["find"] * 9]


def test_within_revalidate_interval_the_store_is_not_asked(open_site, spy):
    for kind in NAMED:
        spy = SpyStore()
        site = open_site(kind, store=spy, revalidate_interval=30, renew_interval=60)
        browser = site.logged_in()
        browser.navigate("/")
        spy.taken()
        for _ in range(14):
            site.clock.advance(2)
            assert browser.navigate("/").status == browser.get("/poll").status == 200
        assert spy.taken() == []
        other = SpyStore(spy.behind)
        other.end(only_login(site).id, Cause.REVOKED, site.clock())  # on another node
        assert browser.navigate("/").status == 200, "believed for now"
        site.clock.advance(2)
        assert browser.navigate("/")["Session440-Cause"] == "revoked"


def test_own_revocations_do_not_wait_for_revalidate_interval(open_site, spy):
    site = open_site(WsgiSite, store=spy, revalidate_interval=600)
    browser = site.logged_in()
    browser.navigate("/")
    site.engine.revoke(only_login(site).id)
    assert browser.navigate("/").status == 440


def test_a_login_in_use_is_listed_however_seldom_the_store_is_asked(open_site, spy):
    site = open_site(WsgiSite, store=spy, revalidate_interval=1100)
    browser = site.logged_in()
    for _ in range(8):
        for step in (1000, 850):
            site.clock.advance(step)
            assert len(site.engine.logins("alice")) == 1
            assert browser.navigate("/").status == 200


def test_polling_asks_but_never_writes(site, spy):
    browser = site.logged_in()
    browser.navigate("/")
    spy.taken()
    for _ in range(5):
        site.clock.advance(100)
        assert browser.get("/poll").status == 200
    assert spy.taken() == ["find"] * 5


@pytest.mark.parametrize("is_out", [False, True])
def test_no_visitor_costs_a_call(any_site, spy, is_out):
    """Nor does a forged ticket, a session that names nobody, a static file, an endpoint."""
    spy.is_out = is_out
    browser = any_site.browser()
    for path in ("/", "/public", "/login", "/api/me", "/poll", "/session440/status", "/cart"):
        browser.navigate(path)
        browser.get(path)
    browser.cookies[any_site.ticket] = "forged.ticket"
    browser.navigate("/")
    assert spy.taken() == []


def test_a_login_is_recorded_when_it_is_delivered_with_few_calls(site, spy):
    site.logged_in()
    assert spy.taken() == ["generation", "insert", "purge"]


def test_logins_take_what_is_over_with_them(site, spy):
    """A store does not grow for ever, though nobody purges it."""
    for _ in range(12):
        site.logged_in()
        site.clock.advance(200_000)
    assert len(spy.behind._records) <= 2


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
    """It began long before the outage, which is not to end it."""
    site = open_site(kind, store=spy, store_failure="refuse")
    browser = site.logged_in()
    with site.edit(browser) as session:
        del session["_session440"]
    spy.is_out = True
    assert browser.navigate("/").status == 200
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
def test_who_keeps_no_cookies_leaves_no_records(open_site, spy, kind):
    """Each request of a session from before deployment begins a login, until one is kept."""
    site = open_site(kind, store=spy)
    browser = site.logged_in()
    with site.edit(browser) as session:
        del session["_session440"]
    del browser.cookies[site.ticket]
    before = len(spy.behind._records)
    if kind is FlaskSite:  # whose session is the cookie
        for _ in range(5):
            assert browser.copy().navigate("/").status == 200
        assert len(spy.behind._records) == before
    assert browser.navigate("/").status == browser.navigate("/").status == 200
    assert len(spy.behind._records) == before + 1


def test_report_mode_displaces_nobody(open_site, spy):
    site = open_site(WsgiSite, store=spy, max_logins=1, enforcement="report")
    first, second = site.logged_in(), site.logged_in()
    assert first.navigate("/").status == second.navigate("/").status == 200
    (would,) = told(site, "ended")
    assert (would.cause, would.enforced) == ("displaced", False)


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


def test_without_a_store_there_is_nothing_to_list(open_site):
    site = open_site(WsgiSite)
    for call in (lambda: site.engine.logins("alice"), lambda: site.engine.revoke("x")):
        with pytest.raises(ConfigurationError, match="needs a store"):
            call()


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


def test_watched_cookies_are_revoked_too(open_site, spy):
    site = open_site(WatchedSite, store=spy)
    browser = site.logged_in()
    (record,) = spy.behind._records.values()
    assert site.engine.revoke(record.id)
    answer = browser.navigate("/")
    assert (answer.status, answer["Session440-Cause"]) == (440, "revoked")
    assert answer.deletes("sid")
