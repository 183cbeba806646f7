"""Traps in what answers carry and in what surrounds a site; test_traps.py has the others."""

from __future__ import annotations

import flask
import pytest
import sites
from browser import Browser
from clock import FakeClock
from django.contrib.sessions.models import Session
from django.test import Client, override_settings
from flask.sessions import SecureCookieSessionInterface
from sites import SITES, DjangoSite, FlaskSite, WatchedSite, WsgiSite
from traps import EVIDENCE, IDLE, RENEWAL, everywhere, is_440, with_session

from session440 import ConfigurationError
from session440.django import get_engine
from session440.flask import Session440, current_visit


def test_trap_19_stale_cookies_make_no_rows(clock):
    """However often they come; and they are told to go once."""
    with override_settings(SESSION440={"CLOCK": clock}):
        client = Client()
        client.post("/login", {"username": "alice"})
        stale = {name: morsel.value for name, morsel in client.cookies.items()}
        Session.objects.all().delete()
        clock.advance(IDLE + EVIDENCE)
        for _ in range(5):
            again = Client()
            for name, value in stale.items():
                again.cookies[name] = value
            answer = again.get("/show")
            assert answer.content == b"shown to nobody"
            assert answer.cookies["sessionid440"].value == ""
        assert Session.objects.count() == 0


@everywhere
def test_trap_20_server_errors_still_count_as_activity(kind, open_site, clock):
    """Django saves no session then; the ticket does not depend on it."""
    site = open_site(kind)
    b = site.logged_in()
    for _ in range(3):
        clock.advance(1000)
        assert b.get("/broken").status == 500
    assert b.get("/").status == 200


@everywhere
def test_trap_21_whoever_is_told_apart_is_told_so_to_caches(kind, open_site, clock):
    """Vary: Cookie wherever a ticket is set; no-store on every 440."""
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(RENEWAL)
    answer = b.get("/plain")
    assert site.ticket in answer.cookies
    assert "cookie" in answer.vary
    clock.advance(IDLE)
    answer = b.navigate("/plain")
    assert answer["Cache-Control"] == "no-store"
    assert answer.vary >= {"cookie", "accept", "sec-fetch-mode", "hx-request", "x-requested-with"}


@everywhere
def test_trap_22_unmodified_responses_set_no_cookie(kind, open_site, clock):
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(RENEWAL - 1)
    assert not b.get("/plain").cookies
    clock.advance(1)
    assert not b.get("/not-modified").cookies
    assert not b.get("/cached").cookies
    assert not b.request("OPTIONS", "/plain").cookies


def _counting(function, calls):
    def counted(*args):
        calls.append(args)
        return function(*args)

    return counted


def test_trap_23_streaming_gets_its_ticket_in_the_headers_and_opens_no_second_session(clock):
    app = flask.Flask(__name__)
    app.config.update(SECRET_KEY="text", SESSION440_CLOCK=clock)
    opened = []
    app.session_interface = SecureCookieSessionInterface()  # Flask's own is one for all apps
    app.session_interface.open_session = _counting(app.session_interface.open_session, opened)
    Session440(app)
    app.add_url_rule("/in", "in", lambda: flask.session.update(user_id="alice") or "in")

    @app.get("/stream")
    def stream():
        def generate():
            yield flask.session["user_id"]
            with pytest.raises(RuntimeError, match="too late"):
                current_visit.login("bob")
            yield " streamed"

        return flask.Response(flask.stream_with_context(generate()))

    client = app.test_client()
    client.get("/in")
    clock.advance(RENEWAL)
    opened.clear()
    answer = client.get("/stream")
    assert "session440=" in answer.headers["Set-Cookie"]
    assert answer.text == "alice streamed"
    assert len(opened) == 1


def test_trap_24_deletion_repeats_every_attribute(clock):
    """A cookie is deleted only under the very scope it was set with."""
    app = flask.Flask(__name__)
    app.config.update(
        SECRET_KEY="text",
        SESSION440_CLOCK=clock,
        SESSION_COOKIE_DOMAIN="a.example",
        SESSION_COOKIE_PATH="/app",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="None",
        SESSION_COOKIE_PARTITIONED=True,
    )
    Session440(app)
    app.add_url_rule("/app/in", "in", lambda: flask.session.update(user_id="alice") or "in")
    client = app.test_client()
    client.get("/app/in", base_url="https://a.example")
    clock.advance(IDLE)
    answer = client.get("/app/in", base_url="https://a.example")
    deleted = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session440=;"))
    for attribute in (
        "Domain=a.example",
        "Path=/app",
        "Secure",
        "HttpOnly",
        "SameSite=None",
        "Partitioned",
        "Max-Age=0",
    ):
        assert attribute in deleted


@everywhere
def test_trap_25_clocks_of_several_servers_may_differ_a_little(kind, open_site, clock):
    """A ticket from a node 30 s ahead is accepted, and ends at most 30 s off."""
    site = open_site(kind)
    clock.advance(30)  # this node is ahead ...
    b = site.logged_in()
    clock.advance(-30)  # ... of this one
    assert b.get("/").status == 200
    clock.advance(IDLE - 1)
    assert b.copy().get("/session440/status").json["state"] == "active"
    clock.advance(31)
    is_440(b.navigate("/"))


@everywhere
def test_trap_25_clock_that_steps_back_extends_nothing(kind, open_site, clock):
    """The end is not put off by a request under a clock that has been set back."""
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(600)
    b.get("/")
    promised = site.engine.expiry(site.engine.signer.loads(b.cookies[site.ticket])).deadline
    clock.advance(-50)
    b.get("/")
    after = site.engine.expiry(site.engine.signer.loads(b.cookies[site.ticket])).deadline
    assert after == promised
    clock.now = promised
    is_440(b.navigate("/"))


@with_session
def test_trap_26_login_form_older_than_the_session_still_works(kind, open_site, clock):
    """Its CSRF token lives in the session that is cleared beneath it."""
    import re

    site = open_site(kind)
    b = site.logged_in()
    token = re.search(r'value="(\w+)"', b.navigate("/login").text)[1]
    clock.advance(IDLE)
    data = {"username": "bob", "csrf_token": token, "csrfmiddlewaretoken": token}
    assert b.post("/login", data).status == 302
    assert b.get("/").text == "hello bob"


@with_session
def test_trap_28_sessions_from_before_the_first_deployment_start_their_clock_now(
    kind, open_site, clock
):
    site = open_site(kind)
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    del b.cookies[site.ticket]
    clock.advance(10 * 86400)
    assert b.get("/").status == 200
    clock.advance(IDLE)
    is_440(b.navigate("/"))


@everywhere
def test_trap_29_preflights_heads_and_health_checks_are_harmless(kind, open_site, clock):
    site = open_site(kind)
    assert not site.browser().request("HEAD", "/plain").cookies
    assert not site.browser().get("/plain").cookies
    assert not site.events
    b = site.logged_in()
    clock.advance(IDLE)
    assert b.request("OPTIONS", "/plain").status == 200
    answer = b.request("HEAD", "/plain")
    is_440(answer)
    assert answer.body == b""


@everywhere
def test_trap_31_address_and_user_agent_may_change(kind, open_site):
    """Mobile networks change the one, updates the other; neither proves anything."""
    site = open_site(kind)
    b = site.logged_in()
    for i in range(3):
        answer = b.get("/", X_Forwarded_For=f"203.0.113.{i}", User_Agent=f"browser/{i}")
        assert answer.status == 200


def test_trap_32_settings_are_read_at_use_and_typos_are_errors(clock):
    with override_settings(SESSION440={"CLOCK": clock, "IDLE_TIMEOUT": 300}):
        assert get_engine().policy("default").idle_timeout == 300
    with override_settings(SESSION440={"IDLE_TIMEUOT": 300}):
        with pytest.raises(ConfigurationError, match="did you mean 'idle_timeout'"):
            get_engine()
    app = flask.Flask(__name__)
    app.config["SESSION440_IDLE_TIMEUOT"] = 300
    with pytest.raises(ConfigurationError, match="did you mean 'idle_timeout'"):
        Session440(app)
    with pytest.raises(ConfigurationError, match="did you mean 'idle_timeout'"):
        WsgiSite.wrap({"secret_key": "text", "idle_timeuot": 300}, clock)


def test_all_sites_are_tried():
    """A site that is added to the tests meets the traps too."""
    assert [WsgiSite, WatchedSite, FlaskSite, DjangoSite] == SITES
    assert (Browser, FakeClock, sites) is not None
