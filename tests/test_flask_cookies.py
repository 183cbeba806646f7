"""The ticket's cookie in Flask: its scope and age are those of the session's."""

from __future__ import annotations

import flask
import pytest
from flask_apps import IDLE, logged_in, make_app

from session440.flask import Session440


@pytest.fixture
def app(clock):
    app = make_app(clock)
    Session440(app)
    return app


@pytest.mark.parametrize(
    ("config", "days"),
    [
        ({}, 31 + 1 + 1 / 3),  # the session's, the evidence's, and the absolute timeout
        ({"SESSION440_EVIDENCE": "2d", "SESSION440_ABSOLUTE_TIMEOUT": "1d"}, 31 + 2 + 1),
        ({"SESSION440_ABSOLUTE_TIMEOUT": None}, 400),
        ({"PERMANENT_SESSION_LIFETIME": 1000 * 86400}, 400),
    ],
)
def test_ticket_of_a_permanent_session_outlasts_it(clock, config, days):
    """By all that a login may last and be told of; browsers keep nothing beyond 400 days."""
    app = make_app(clock, **config)
    Session440(app)
    app.before_request(lambda: setattr(flask.session, "permanent", True))
    answer = app.test_client().get("/login/alice")
    ticket = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session440="))
    assert f"Max-Age={days * 86400:.0f};" in ticket


def test_ticket_is_as_persistent_as_the_session(app):
    """A permanent session's ticket lasts no shorter; another ends with the browser."""

    @app.get("/remember")
    def remember():
        flask.session.permanent = True
        flask.session["user_id"] = "alice"
        return "in"

    client = app.test_client()
    answer = client.get("/login/alice")
    assert "Expires" not in " ".join(answer.headers.getlist("Set-Cookie"))
    answer = app.test_client().get("/remember")
    ticket = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session440="))
    age = int(ticket.partition("Max-Age=")[2].partition(";")[0])
    assert age >= app.permanent_session_lifetime.total_seconds()


@pytest.mark.newest  # Flask 3.0 has no partitioned cookie
def test_ticket_has_the_scope_of_the_session_cookie(clock):
    app = make_app(
        clock,
        SESSION_COOKIE_DOMAIN="a.example",
        SESSION_COOKIE_PATH="/app",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PARTITIONED=True,
    )
    Session440(app)
    answer = app.test_client().get("/login/alice", base_url="https://a.example")
    for cookie in answer.headers.getlist("Set-Cookie"):
        for attribute in ("a.example", "Path=/app", "Secure", "SameSite=Strict", "Partitioned"):
            assert attribute in cookie


def test_two_apps_on_one_host_leave_each_others_cookies_alone(clock):
    """Cookies know no ports: the other app's ticket is nobody's here, and stays."""
    ours, theirs = make_app(clock), make_app(clock)
    theirs.config.update(SECRET_KEY="another secret", SESSION_COOKIE_NAME="theirs")
    ours.config["SESSION440_COOKIE_NAME"] = theirs.config["SESSION440_COOKIE_NAME"] = "t440"
    for app in (ours, theirs):
        Session440(app)
    client, other = logged_in(ours), theirs.test_client()
    other.set_cookie("t440", client.get_cookie("t440").value)
    other.set_cookie("session", client.get_cookie("session").value)
    for _ in range(2):
        assert other.get("/").text == "hello None"
        assert "Set-Cookie" not in other.get("/").headers
        clock.advance(100_000)


def test_remember_token_of_another_kind_is_left_alone(app):
    """Without Flask-Login a cookie of that name is not ours to know of."""
    client = logged_in(app)
    client.set_cookie("remember_token", "theirs")
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/").status_code == 440
    assert client.get_cookie("session") is None
