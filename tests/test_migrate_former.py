"""What ``session440 migrate`` takes for granted: when the former libraries end a login.

The real libraries run, with their own settings and a clock of the test's.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from types import SimpleNamespace

import flask
import pytest
from cachelib.simple import SimpleCache
from clock import FakeClock
from django.contrib.auth.models import User
from django.test import Client, override_settings
from flask_session import Session
from migrations import BEAKER, DJANGO, FLASK, drive, middleware_with
from test_flask_extensions import SessionMiddleware
from werkzeug.test import Client as WerkzeugClient

from session440.migration import FlaskConfig, beaker_library, django_libraries, flask_libraries


class Time(SimpleNamespace):
    """The module ``time`` with another time."""

    def __getattr__(self, name):
        import time

        return getattr(time, name)


@pytest.fixture
def django_time(clock, monkeypatch):
    """Let Django and the libraries have the time of the test."""
    import django_auto_logout.middleware
    import django_session_timeout.middleware
    import session_security.middleware

    class Moment(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(clock.now, tz)

    def now():
        return datetime.fromtimestamp(clock.now, timezone.utc)

    monkeypatch.setattr("django.utils.timezone.now", now)
    monkeypatch.setattr(django_auto_logout.middleware, "now", now)
    monkeypatch.setattr(django_session_timeout.middleware, "time", Time(time=clock))
    monkeypatch.setattr(session_security.middleware, "datetime", Moment)
    # Its settings are read at its import.
    monkeypatch.delitem(sys.modules, "session_security.settings", raising=False)


@pytest.mark.parametrize("name", DJANGO)
def test_a_django_project_ended_a_login_then(name, clock, django_time):
    former, client = DJANGO[name], Client()

    def log_in():
        client.logout()
        client.force_login(User.objects.get(username="alice"))
        assert visit()

    def visit():
        return client.get("/show").content == b"shown to alice"

    with override_settings(MIDDLEWARE=middleware_with(former), **former.settings):
        drive(former, log_in, visit, clock.advance)


@pytest.mark.parametrize("name", DJANGO)
def test_that_is_what_is_read_of_a_django_project(name):
    former = DJANGO[name]
    found = django_libraries({**former.settings, "MIDDLEWARE": middleware_with(former)})
    assert limits_of(found) == (former.idle, former.absolute)


def limits_of(libraries):
    limits = [
        [getattr(each, kind) for each in libraries if getattr(each, kind) is not None]
        for kind in ("idle", "absolute")
    ]
    idle, absolute = (min(each, default=None) for each in limits)
    return (None if idle and absolute and idle >= absolute else idle), absolute


def flask_app(former, **config):
    app = flask.Flask("former")
    app.config.update(
        SECRET_KEY="a long random text for these tests, 8Yw3ZqLs0VtB", **former.settings, **config
    )

    @app.get("/login")
    def login():
        flask.session.permanent = True
        flask.session["user_id"] = "alice"
        return "in"

    @app.get("/")
    def index():
        return flask.session.get("user_id", "nobody")

    return app


def drive_flask(app, former, clock):
    client = app.test_client()
    drive(
        former,
        lambda: client.get("/login"),
        lambda: client.get("/").text == "alice",
        clock.advance,
    )


@pytest.mark.parametrize("name", FLASK)
def test_a_flask_app_ended_a_login_then(name, clock, monkeypatch):
    monkeypatch.setattr("itsdangerous.timed.time", Time(time=clock))
    drive_flask(flask_app(FLASK[name]), FLASK[name], clock)
    found = flask_libraries(FlaskConfig(FLASK[name].settings))
    assert limits_of(found) == (FLASK[name].idle, FLASK[name].absolute)


@pytest.mark.parametrize("is_permanent", [True, False])
@pytest.mark.parametrize("name", FLASK)
def test_flask_session_ended_a_login_then(name, is_permanent, clock, monkeypatch):
    """With ``SESSION_PERMANENT = False`` too: what it keeps lasts as long."""
    monkeypatch.setattr("cachelib.simple.time", clock)
    former, own = FLASK[name], {"SESSION_PERMANENT": is_permanent}
    app = flask_app(former, SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache(), **own)
    Session(app)
    drive_flask(app, former, clock)
    found = flask_libraries(FlaskConfig({**former.settings, **own}, is_on_server=True))
    assert limits_of(found) == (former.idle, former.absolute)


def test_beaker_ended_a_login_then(monkeypatch):
    former, clock = BEAKER["beaker"], FakeClock()
    monkeypatch.setattr("beaker.session.time", Time(time=clock))
    client = WerkzeugClient(SessionMiddleware(beaker_app, {**former.settings}))
    drive(
        former,
        lambda: client.get("/login"),
        lambda: client.get("/").text == "alice",
        clock.advance,
    )


def test_beaker_sends_its_cookie_once():
    """So what ``cookie_expires`` says is an absolute limit, in the browser."""
    former = BEAKER["beaker, by its cookie"]
    client = WerkzeugClient(SessionMiddleware(beaker_app, {**former.settings}))
    assert "expires=" in client.get("/login").headers["Set-Cookie"]
    for _ in range(2):
        answer = client.get("/")
        assert (answer.text, answer.headers.get("Set-Cookie")) == ("alice", None)


@pytest.mark.parametrize("name", BEAKER)
def test_that_is_what_is_read_of_beaker(name):
    former, found = BEAKER[name], beaker_library(BEAKER[name].settings)
    if name == "beaker, nothing":
        former = former._replace(absolute=None)  # session440's own
    assert (found.idle, found.absolute) == (former.idle, former.absolute)


def beaker_app(environ, start_response):
    session = environ["beaker.session"]
    if environ["PATH_INFO"] == "/login":
        session["user"] = "alice"
        session.save()
    name = session.get("user", "nobody")  # before the headers, with which Beaker saves
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [name.encode()]
