"""Logins that were issued before some moment are over, without any store."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import pytest
from calling import Call
from clock import START, FakeClock
from parity import Scenarios, assert_alike, is_440, is_anonymous, is_welcome, on_each_server
from sites import SECRET, FlaskSite

from session440 import ConfigurationError, Settings
from session440.wsgi import Session440Middleware

scenario = Scenarios()

#: What the sites' functions answer, by the subject: an app's own column.
valid_from: dict[str, datetime] = {}


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def of_everybody(request, subject):
    return valid_from.get("everybody")


def of_alice(request, subject):
    return valid_from.get("alice") if subject.startswith(("alice", "1")) else None


@pytest.fixture(autouse=True)
def _nothing_is_over():
    valid_from.clear()


def ends_as_revoked(site, browser) -> None:
    is_440(browser.navigate("/"), "revoked")
    assert [(each.kind, each.reason) for each in site.events][-1] == ("ended", "valid_from")
    is_anonymous(browser.get("/"))


@scenario(valid_from=of_everybody)
def a_login_from_before_is_over(site):
    b = site.logged_in()
    site.clock.advance(100)
    is_welcome(b.get("/"))
    valid_from["everybody"] = at(START + 100)
    ends_as_revoked(site, b)


@scenario(valid_from=of_everybody)
def a_login_from_after_goes_on(site):
    site.clock.advance(100)
    valid_from["everybody"] = at(START + 50)
    b = site.logged_in()
    is_welcome(b.get("/"))


@scenario("wsgi", "flask", "django", valid_from=of_alice)
def another_persons_goes_on(site):
    """Everybody but alice."""
    alice, bob = site.logged_in("alice"), site.logged_in("bob")
    site.clock.advance(100)
    valid_from["alice"] = at(START + 100)
    ends_as_revoked(site, alice)
    is_welcome(bob.get("/"), "bob")


@scenario(valid_from=of_everybody)
def whole_seconds_do_not_end_the_login_that_set_them(site):
    """A database's column may be rounded, up too (MySQL's DATETIME)."""
    site.clock.now = START + 0.6
    b = site.logged_in()
    for seconds in (START, START + 1):  # cut off, rounded
        valid_from["everybody"] = at(seconds)
        is_welcome(b.get("/"))


@scenario(valid_from=of_everybody, enforcement="report")
def in_report_mode_nothing_ends(site):
    b = site.logged_in()
    site.clock.advance(100)
    valid_from["everybody"] = at(START + 50)
    is_welcome(b.get("/"))
    ended = [each for each in site.events if each.kind == "ended"]
    assert [(each.reason, each.enforced) for each in ended] == [("valid_from", False)]


@scenario(valid_from=of_everybody)
def the_endpoints_say_so_too(site):
    b = site.logged_in()
    site.clock.advance(100)
    valid_from["everybody"] = at(START + 100)
    assert b.get("/session440/status").json["cause"] == "revoked"
    assert b.get("/session440/auth").status == 401
    assert b.post("/session440/extend", Sec_Fetch_Site="same-origin").status == 440


@scenario("flask", "django", valid_from=of_everybody)
def to_drop_the_ticket_is_no_way_around_it(site):
    b = site.logged_in()
    site.clock.advance(100)
    valid_from["everybody"] = at(START + 100)
    del b.cookies[site.ticket]
    ends_as_revoked(site, b)


@scenario(valid_from=at(START + 50))
def one_moment_is_everybodys(site):
    site.clock.now = START + 49
    former = site.logged_in()
    site.clock.now = START + 51
    b = site.logged_in()
    is_welcome(b.get("/"))
    ends_as_revoked(site, former)


@scenario("wsgi", "flask", "django", valid_from=of_everybody, store="memory:")
def the_store_is_told(site):
    b = site.logged_in()
    copy = b.copy()
    site.clock.advance(100)
    valid_from["everybody"] = at(START + 100)
    ends_as_revoked(site, b)
    assert site.engine.logins(site.subject_of("alice")) == []
    valid_from.clear()
    assert copy.get("/api/me").status in (401, 440)


@on_each_server
@pytest.mark.parametrize("name", scenario)
def test_valid_from(name, on, monkeypatch):
    """Each adapter answers alike."""
    function, kinds, options = scenario[name]

    def alone(site):
        valid_from.clear()
        function(site)

    alone.__name__ = name
    # A moment that is still to come is refused, and these sites begin before it.
    monkeypatch.setattr("session440.settings._refuse_future", lambda kept: None)
    assert_alike(alone, kinds, options, on)


# --- what may be given


@pytest.mark.parametrize(
    "moment", [datetime(2020, 1, 1), "soon", 1_800_000_000, True, "2020-13-01", [], datetime.max]
)
def test_what_is_no_moment_is_refused(moment):
    with pytest.raises(ConfigurationError, match="valid_from"):
        Settings(secret_key=SECRET, valid_from=moment)


def test_a_moment_that_is_still_to_come_is_refused():
    """Nobody could stay logged in."""
    with pytest.raises(ConfigurationError, match="has passed"):
        Settings(secret_key=SECRET, valid_from=at(START + 61), clock=FakeClock())
    Settings(secret_key=SECRET, valid_from=at(START + 60), clock=FakeClock())


def test_a_day_may_be_given():
    settings = Settings(secret_key=SECRET, valid_from="2026-11-30")
    assert settings.valid_from == datetime(2026, 11, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize("moment", [datetime(2020, 1, 1), 1_800_000_000, "2020-01-01", math.inf])
def test_a_function_that_gives_no_aware_moment_fails_the_request(moment):
    """Not the login: whom it lets in nobody knows."""

    def app(environ, start_response):
        if not environ["session440"].active:
            environ["session440"].login("alice")
        start_response("200 OK", [])
        return [b""]

    wrapped = Session440Middleware(
        app, secret_key=SECRET, clock=FakeClock(), valid_from=lambda environ, subject: moment
    )
    first = Call(wrapped)
    first.body()
    with pytest.raises(ValueError, match="valid_from gives"):
        Call(wrapped, cookies=first.cookies())


def test_it_is_asked_once_a_request_and_of_nobody_who_is_not_logged_in(open_site):
    asked = []

    def ask(request, subject):
        asked.append(subject)

    site = open_site(FlaskSite, valid_from=ask)
    site.browser().get("/")
    b = site.logged_in()
    assert asked == []
    b.get("/")
    assert asked == ["alice"]


def test_a_login_in_the_request_that_ends_all_others_goes_on():
    """The time passes while a request runs, and a login is as old as it is."""
    clock, ended = FakeClock(), {}

    def app(environ, start_response):
        visit = environ["session440"]
        if environ["PATH_INFO"] == "/end-others":
            clock.advance(5)  # a slow hash of the password
            ended["at"] = at(clock()) + timedelta(milliseconds=1)
            clock.advance(0.1)
            visit.login("alice")
        start_response("200 OK", [])
        return [(visit.subject or "nobody").encode()]

    wrapped = Session440Middleware(
        app, secret_key=SECRET, clock=clock, valid_from=lambda environ, subject: ended.get("at")
    )
    first = Call(wrapped, "/end-others")
    first.body()
    assert Call(wrapped, cookies=first.cookies()).body() == b"alice"
