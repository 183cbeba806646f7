"""A session cookie whose path or domain a deployment changes, while browsers hold the former pair.

The client here keeps cookies as browsers do: by name, domain and path.
"""

from __future__ import annotations

from contextlib import contextmanager

import flask
import pytest
from clock import FakeClock
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django.urls import clear_script_prefix
from sites import OPTIONS, flask_app
from werkzeug.test import Client
from wsgi_apps import SECRET

from session440.wsgi import Session440Middleware

SITE = {"base_url": "http://www.example.org"}
IDLE = 1200
PAGE = {**SITE, "headers": {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}}
SCOPES = {
    "a domain is added": ({}, {"DOMAIN": "example.org"}),
    "a domain is taken away": ({"DOMAIN": "example.org"}, {}),
    "the path becomes wider": ({"PATH": "/app"}, {"PATH": "/"}),
    "the path becomes narrower": ({"PATH": "/"}, {"PATH": "/app"}),
    "both": ({"PATH": "/app", "DOMAIN": "example.org"}, {"PATH": "/"}),
}


@contextmanager
def flask_site(clock, events, scope):
    app = flask_app(clock, events)
    app.config.update({f"SESSION_COOKIE_{name}": value for name, value in scope.items()})
    yield app, "session"


@contextmanager
def django_site(clock, events, scope):
    given = OPTIONS | {"clock": clock, "on_event": events.append}
    changed = {f"SESSION_COOKIE_{name}": value for name, value in scope.items()}
    with override_settings(SESSION440={k.upper(): v for k, v in given.items()}, **changed):
        yield WSGIHandler(), "sessionid"
    clear_script_prefix()  # Django keeps that of the last request for the thread


@contextmanager
def watched_site(clock, events, scope):
    inner = flask.Flask("inner")
    inner.secret_key = "a key of the app's own"
    inner.config.update({f"SESSION_COOKIE_{name}": value for name, value in scope.items()})
    inner.config["SESSION_COOKIE_NAME"] = "sid"

    @inner.post("/login")
    def login():
        flask.session["user_id"] = f"alice at {clock()}"
        return flask.redirect("/")

    @inner.get("/")
    def index():
        name = flask.session.get("user_id")
        return f"hello {name}" if name else flask.redirect("/login")

    options = {"secret_key": SECRET, "clock": clock, "on_event": events.append}
    yield Session440Middleware(inner, watch_cookie="sid", idle_timeout=IDLE, **options), "sid"


def log_in(client, path):
    form = {"username": "alice", "password": "secret"}
    return client.post("/login", data=form, environ_overrides={"SCRIPT_NAME": path}, **SITE)


@pytest.mark.parametrize("make", [flask_site, django_site, watched_site])
@pytest.mark.parametrize("scopes", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize("idle", [0, IDLE], ids=["alive", "ended"])
def test_changed_scope_ends_no_login_again_and_again(make, scopes, idle):
    """At most one 440 for whoever has a former pair of cookies; then one pair is left."""
    clock, events = FakeClock(), []
    before, after = scopes
    mount = "/app"
    with make(clock, events, before) as (app, _):
        client = Client(app)
        log_in(client, mount)
        former = client._cookies.copy()
    with make(clock, events, after) as (app, session):
        client = Client(app)
        client._cookies.update(former)
        clock.advance(idle)
        page = {**PAGE, "environ_overrides": {"SCRIPT_NAME": mount}}
        client.get("/", **page)
        clock.advance(10)
        log_in(client, mount)
        clock.advance(10)
        for _ in range(3):
            answer = client.get("/", **page)
            assert answer.status_code == 200
            assert "alice" in answer.text
            clock.advance(600)
        names = [cookie.key for cookie in client._cookies.values()]
        assert names.count(session) == 1
        assert sum(name.endswith("440") for name in names) == 1
    assert [each.kind for each in events].count("ended") <= 1
    named = [each.reason for each in events if each.kind == "former_scope"]
    # The 440 deletes a watched cookie where its ticket says, which is all that there is.
    is_known = make is watched_site and idle
    former = f"path={before.get('PATH', '/')} domain={before.get('DOMAIN', 'none')}"
    assert named == ([] if is_known else [former])
