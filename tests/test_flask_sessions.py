"""Flask's session and a login in it: what is read, written and cleared."""

from __future__ import annotations

import flask
import pytest
from clock import START, FakeClock
from flask import request, session
from flask.sessions import SecureCookieSessionInterface
from flask_apps import IDLE, logged_in, make_app
from flask_session.cachelib import CacheLibSessionInterface

from session440.flask import Session440, current_visit


@pytest.fixture
def app(clock):
    app = make_app(clock)
    Session440(app)
    return app


# --- the session's cookie


def test_session_cookie_may_have_another_name_for_some_paths(clock):
    """Flask's own tests have such an app; outside of a request nobody can tell the name."""

    class ByPath(SecureCookieSessionInterface):
        def get_cookie_name(self, app):
            return "other" if request.path.startswith("/other") else "session"

    app = flask.Flask("by path")
    app.session_interface = ByPath()
    app.config.update(SECRET_KEY="a long random text", SESSION440_CLOCK=clock)
    Session440(app)
    for path in ("/other/login", "/login"):
        app.add_url_rule(path, path, lambda: session.update(user_id="alice") or "in")
    client = app.test_client()
    client.get("/other/login")
    assert client.get_cookie("other") is not None
    assert client.get_cookie("session440") is not None
    client.get("/login")
    assert client.get_cookie("session") is not None


# --- a login in the session


def test_session_transaction_logs_in_unchanged(app):
    """A login written into the session by a test is adopted."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["user_id"] = 7
    assert client.get("/").text == "hello 7"
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/").status_code == 440


def test_looking_does_not_mark_the_session_accessed(app):
    """Pages that never use the session get no Vary: Cookie, logged in or not."""
    assert "Vary" not in app.test_client().get("/silent").headers
    assert "Vary" not in logged_in(app).get("/silent").headers
    assert logged_in(app).get("/").headers["Vary"] == "Cookie"


def test_visit_login_starts_the_same_user_anew(app):
    @app.get("/again")
    def again():
        current_visit.login(flask.session["user_id"])
        return "again"

    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(1000)
    client.get("/again")
    engine = app.extensions["session440"].engine
    ticket = engine.signer.loads(client.get_cookie("session440").value)
    assert ticket.issued_at == START + 1000


def test_timeout_right_after_a_login_ends_that_login(app):
    """Also where the session was a visitor's when the request came in."""

    @app.get("/try")
    def trial():
        flask.session["user_id"] = "alice"
        current_visit.login("alice")
        flask.abort(440)

    client = app.test_client()
    with client.session_transaction() as session:
        session["cart"] = "apples"
    assert client.get("/try").status_code == 440
    assert client.get("/").text == "hello None"


def test_options_see_a_login_without_its_ticket(app):
    """The visit says who is there, as for any other request."""
    app.add_url_rule(
        "/who",
        "who",
        lambda: str(current_visit.subject),
        methods=["OPTIONS"],
        provide_automatic_options=False,
    )
    client = logged_in(app)
    client.delete_cookie("session440")
    assert client.options("/who").text == "alice"


# --- a logout clears it


def test_visit_logout_clears_the_session(app):
    @app.get("/out")
    def out():
        current_visit.logout()
        return "out"

    client = logged_in(app)
    client.get("/out")
    assert client.get_cookie("session440") is None
    assert client.get_cookie("session") is None


def test_visit_logout_takes_the_whole_session(app):
    """Its CSRF token too: that stays for a login form alone."""

    @app.post("/login")
    def out():
        flask.session["csrf_token"] = "token"
        current_visit.logout()
        return "out"

    client = logged_in(app)
    client.post("/login")
    assert client.get_cookie("session") is None


def test_logout_leaves_no_binding_in_the_session(app):
    """An app that only removes its own key has the rest tidied up."""
    app.add_url_rule("/out", "out", lambda: flask.session.pop("user_id"))
    app.add_url_rule("/cart", "cart", lambda: flask.session.setdefault("cart", "apples"))
    client = logged_in(app)
    client.get("/cart")
    client.get("/out")
    with client.session_transaction() as session:
        assert dict(session) == {"cart": "apples"}


# --- what revives nothing


def test_static_file_begins_no_login(app):
    """Not even where a hook writes to the session of every request."""

    @app.before_request
    def count():
        flask.session["count"] = flask.session.get("count", 0) + 1

    client = logged_in(app)
    for seconds in (100, IDLE):
        app.config["SESSION440_CLOCK"].advance(seconds)
        assert "session440=" not in str(client.get("/static/none.css").headers)
    assert client.get("/").status_code == 440


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_endpoints_revive_nothing_whoever_writes_to_the_session(app, method):
    """A hook that stamps the session in every response is common, and no login."""

    @app.after_request
    def stamp(response):
        flask.session["last_seen"] = "now"
        return response

    client = logged_in(app)
    clock = app.config["SESSION440_CLOCK"]
    for _ in range(30):
        clock.advance(100)
        path = "/session440/status" if method == "GET" else "/session440/extend"
        client.open(path, method=method, headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get("/").status_code == 440


def test_poll_with_nothing_but_evidence_deletes_no_session(app):
    """Its late answer would take the cookie of a login that has begun meanwhile."""
    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/", headers={"Session440-Passive": "?1"}).status_code == 440
    answer = client.get("/", headers={"Session440-Passive": "?1"})
    assert answer.status_code == 440
    assert "Set-Cookie" not in answer.headers


# --- Flask-Session


class CountingCache:
    """A cache that counts what is written."""

    def __init__(self):
        self.content, self.writes = {}, 0

    def get(self, key):
        return self.content.get(key)

    def set(self, key, value, timeout=None):
        self.writes += 1
        self.content[key] = value
        return True

    def delete(self, key):
        return self.content.pop(key, None) is not None


@pytest.fixture
def stored(clock):
    app = make_app(clock)
    cache = CountingCache()
    app.session_interface = CacheLibSessionInterface(app, client=cache)
    Session440(app)
    return app, cache


def test_flask_session_sees_no_extra_write(stored, clock):
    """A thousand active requests write the session once: at login."""
    app, cache = stored
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False  # or Flask-Session writes each time
    client = logged_in(app)
    assert cache.writes == 1
    for _ in range(1000):
        clock.advance(20)
        assert client.get("/").status_code == 200
    assert cache.writes == 1


def test_flask_session_loses_its_record_with_the_login(stored, clock):
    """The server's copy is deleted, so its id is dead too (peers.md, trap 1)."""
    app, cache = stored
    client = logged_in(app)
    stale = client.get_cookie("session").value
    clock.advance(IDLE)
    assert client.get("/").status_code == 440
    assert not cache.content
    client.set_cookie("session", stale)
    assert client.get("/").text == "hello None"


def test_flask_session_evicted_means_lost(stored):
    app, cache = stored
    client = logged_in(app)
    cache.content.clear()
    assert client.get("/").headers["Session440-Cause"] == "lost"


def test_reading_takes_no_part_in_time(clock):
    """A FakeClock that never moves never ends a login."""
    app = make_app(FakeClock(0))
    Session440(app)
    assert logged_in(app).get("/").text == "hello alice"
