"""How often a request asks the store, and how often it writes to it."""

from __future__ import annotations

import pytest
from calling import Call
from named_sites import NAMED, only_login
from redis_servers import monitored, redis_server
from sites import SITES, WsgiSite
from spying import SpyStore
from wsgi_apps import hello, logged_in, wrap

from session440 import Cause
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


@pytest.fixture
def small(clock, spy):
    """A person who is logged in to an app in this process: what takes thousands of requests."""

    def make(**options) -> Person:
        app = wrap(hello, clock, store=spy, **options)
        return Person(app, logged_in(app))

    return make


class Person:
    def __init__(self, app: Session440Middleware, cookies: dict[str, str]) -> None:
        self.app, self.cookies = app, cookies

    def asks(self) -> bytes:
        call = Call(self.app, "/", self.cookies)
        body = call.body()
        self.cookies |= call.cookies()
        return body


@pytest.mark.parametrize(
    ("believed", "renewed"), [(5, 60), (60, 60), (300, 60), (59, 60), (61, 60)]
)
@pytest.mark.parametrize("pause", [1, 7, 50])
def test_the_store_learns_of_a_login_in_use_within_both_intervals(
    small, clock, spy, believed, renewed, pause
):
    """Also where each renewal of the ticket falls into a time in which the store is not asked."""
    person = small(revalidate_interval=believed, renew_interval=renewed, evidence=60)
    spy.taken()
    for _ in range(2000 // pause):
        clock.advance(pause)
        assert person.asks() == b"hello alice"
        [record] = person.app.engine.logins("alice")
        assert clock() - record.seen_at <= believed + renewed + pause
    calls = [each for each in spy.taken() if each != "by_subject"]
    assert len(calls) <= 2000 / max(believed, pause) + 2
    assert calls.count("touch") <= 2000 / max(renewed, pause) + 2


def test_a_login_in_use_without_an_absolute_limit_is_not_lost(small, clock):
    """Its record is kept while the store is told in time that it is used."""
    person = small(revalidate_interval=5, absolute_timeout=None, evidence=60)
    for hour in range(6):
        for _ in range(1200):
            clock.advance(3)
            assert person.asks() == b"hello alice", hour
        person.app.engine.purge()


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
