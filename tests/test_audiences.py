"""Who sees the answer to a request with an ended login, and what becomes of the message for it.

Browsers were asked what they send with each kind of request; on plain http no ``Sec-Fetch-*``
comes. See https://fetch.spec.whatwg.org/ and https://w3c.github.io/webappsec-fetch-metadata/.
"""

from __future__ import annotations

import flask
import flask_login
import pytest
from browser import NAVIGATION
from sites import SITES

from session440.flask import Session440

IDLE, TELLING = 1200, 10
OF_PLAIN_HTTP = {"Accept": NAVIGATION["Accept"]}


def fetched(mode, destination, **more):
    return {"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination, "Accept": "*/*", **more}


OF_TURBO = fetched("cors", "empty", Accept="text/html, application/xhtml+xml")
UNSEEN = {
    "beacon": ("POST", fetched("no-cors", "empty")),
    "ping": ("POST", fetched("no-cors", "empty", **{"Ping-To": "https://x.example/"})),
    "ping on plain http": ("POST", {"Content-Type": "text/ping", "Accept": "*/*"}),
    "CSP report": ("POST", fetched("no-cors", "report")),
    "CSP report on plain http": (
        "POST",
        {"Content-Type": "application/csp-report", "Accept": "*/*"},
    ),
    "reports": ("POST", {"Content-Type": "application/reports+json; x=y", "Accept": "*/*"}),
    "service worker": ("GET", fetched("same-origin", "serviceworker")),
    "service worker on plain http": ("GET", {"Service-Worker": "script", "Accept": "*/*"}),
    "shared worker": ("GET", fetched("same-origin", "sharedworker")),
    "worklet": ("GET", fetched("cors", "audioworklet")),
    "event stream": ("GET", fetched("cors", "empty", Accept="text/event-stream")),
    "event stream on plain http": ("GET", {"Accept": "text/event-stream"}),
    "WebSocket": ("GET", fetched("websocket", "empty", Upgrade="websocket")),
    "WebSocket on plain http": ("GET", {"Upgrade": "WebSocket", "Connection": "Upgrade"}),
    "manifest": ("GET", fetched("cors", "manifest")),
    "embed": ("GET", fetched("navigate", "embed")),
    "object": ("GET", fetched("navigate", "object")),
    "image": ("GET", fetched("no-cors", "image")),
    "image on plain http": ("GET", {"Accept": "image/avif,image/webp,*/*;q=0.8"}),
    "style on plain http": ("GET", {"Accept": "text/css,*/*;q=0.1"}),
    "prefetch": ("GET", {**NAVIGATION, "Sec-Purpose": "prefetch"}),
    "prerender": ("GET", {**NAVIGATION, "Sec-Purpose": "prefetch;prerender"}),
    "older prefetch": ("GET", {**NAVIGATION, "Purpose": "prefetch"}),
    "Firefox's prefetch": ("GET", {**NAVIGATION, "X-Moz": "prefetch"}),
    "Turbo's prefetch": ("GET", {**OF_TURBO, "X-Sec-Purpose": "prefetch"}),
}
REPEATED = [
    *("beacon", "ping", "ping on plain http", "CSP report", "reports", "service worker"),
    *("event stream", "event stream on plain http", "WebSocket", "WebSocket on plain http"),
    *("prefetch", "Turbo's prefetch"),
]
CALLS = {
    "fetch": ("GET", fetched("cors", "empty")),
    "fetch of the same origin": ("POST", fetched("same-origin", "empty")),
    "fetch on plain http": ("GET", {"Accept": "*/*"}),
    "XMLHttpRequest": ("POST", {"X-Requested-With": "XMLHttpRequest", "Accept": "text/html"}),
    "htmx": ("GET", {"HX-Request": "true", "Accept": "text/html"}),
    "Turbo": ("GET", OF_TURBO),
    "program": ("GET", {"Accept": "application/json"}),
}


@pytest.fixture(params=SITES, ids=lambda kind: kind.name)
def site(request, open_site):
    return open_site(request.param)


@pytest.mark.parametrize("name", UNSEEN)
@pytest.mark.parametrize("page", [NAVIGATION, OF_PLAIN_HTTP], ids=["https", "http"])
def test_what_nobody_sees_takes_no_message_from_the_person(site, name, page):
    method, headers = UNSEEN[name]
    b = site.logged_in()
    site.clock.advance(IDLE)
    for _ in range(3):
        assert b.request(method, "/save", headers).status == 440
        site.clock.advance(TELLING)
    assert b.request("GET", "/plain", page)["Session440-Cause"] == "idle"
    assert site.ticket not in b.cookies


@pytest.mark.parametrize("name", REPEATED)
def test_what_repeats_itself_keeps_nobody_logged_in(site, name):
    method, headers = UNSEEN[name]
    b = site.logged_in()
    for _ in range(3):
        site.clock.advance(IDLE / 3)
        b.request(method, "/save", headers)
    assert b.navigate("/plain").status == 440


@pytest.mark.parametrize("name", CALLS)
def test_calls_at_once_are_all_answered_alike_and_the_page_tells_the_person(site, name):
    """The first one marks the evidence; it is still there when the person opens a page."""
    method, headers = CALLS[name]
    b = site.logged_in()
    site.clock.advance(IDLE)
    at_once = b.copy()
    for _ in range(5):
        assert at_once.request(method, "/save", headers)["Session440-Cause"] == "idle"
        assert b.copy().request(method, "/save", headers)["Session440-Cause"] == "idle"
        site.clock.advance(1)
    assert at_once.navigate("/plain")["Session440-Cause"] == "idle"
    assert at_once.navigate("/plain").status != 440


@pytest.mark.parametrize("name", CALLS)
def test_program_that_was_told_goes_on_as_a_visitor(site, name):
    """A single-page app can log in, and is not refused for a day; the message still waits."""
    method, headers = CALLS[name]
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.request(method, "/save", headers).status == 440
    site.clock.advance(TELLING)
    for _ in range(3):
        assert b.request(method, "/save", headers).status != 440
        site.clock.advance(TELLING)
    assert b.navigate("/plain")["Session440-Cause"] == "idle"


def test_login_after_the_message_replaces_it(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.get("/plain", Accept="application/json").status == 440
    site.log_in(b)
    assert b.navigate("/").status == 200


def test_client_that_is_no_browser_is_told_once(site):
    """It sends no Accept, and opens no document that the message could wait for."""
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.request("GET", "/plain").status == 440
    assert b.request("GET", "/plain").status != 440
    assert site.ticket not in b.cookies


def test_mark_of_a_clock_that_is_far_ahead_refuses_no_program_for_long(site):
    b = site.logged_in()
    site.clock.advance(IDLE + 3600)
    assert b.get("/plain", Accept="*/*").status == 440
    site.clock.advance(-1800)
    assert b.get("/plain", Accept="*/*").status != 440


OWN = ["Bearer x", "Token x", "token  x", "AWS4-HMAC-SHA256 Credential=x"]
NOT_OWN = ["Basic eDp4", "basic eDp4", "Digest username=x", "Negotiate x", "NTLM x", "Bearer", ""]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("credentials", [*OWN, *NOT_OWN])
def test_call_with_credentials_of_its_own_is_answered(site, credentials, method):
    """The cookies that a browser adds say nothing about it; the message waits."""
    b = site.logged_in()
    site.clock.advance(IDLE)
    headers = {**fetched("cors", "empty"), "Authorization": credentials}
    is_refused = b.request(method, "/save", headers).status == 440
    assert is_refused is (credentials in NOT_OWN)
    assert b.navigate("/plain")["Session440-Cause"] == "idle"


def test_page_with_a_proxys_token_is_a_page(site):
    """oauth2-proxy adds one to every request."""
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.navigate("/plain", Authorization="Bearer x").status == 440


@pytest.mark.parametrize(("key", "status"), [("right", 200), ("wrong", 440), (None, 440)])
def test_flask_logins_request_loader_knows_a_key_of_another_kind(clock, key, status):
    app = flask.Flask("keys")
    app.secret_key = "a long random text for the tests"
    app.config["SESSION440_CLOCK"] = clock
    manager, user = flask_login.LoginManager(app), flask_login.UserMixin()
    user.id = "alice"
    manager.user_loader(lambda id: user)
    manager.request_loader(lambda r: user if r.headers.get("X-Key") == "right" else None)
    Session440(app)
    app.add_url_rule("/in", "in", lambda: flask_login.login_user(user) and "in")
    app.add_url_rule("/me", "me", flask_login.login_required(lambda: "me"), methods=["POST"])
    client = app.test_client()
    client.get("/in")
    clock.advance(IDLE)
    headers = {"Accept": "*/*"} if key is None else {"Accept": "*/*", "X-Key": key}
    assert client.post("/me", headers=headers).status_code == status
