"""A login by ``visit.login()`` where the session, which is followed, names nobody."""

from __future__ import annotations

import logging

import flask
import pytest
from asgi_apps import SECRET
from asgi_calling import ASGIBrowser
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from session440.asgi import Session440Middleware, visit_of
from session440.flask import Session440, current_visit
from session440.plain.subject import warn_of_unnamed


async def alone(request):
    visit_of(request).login("alice")
    return PlainTextResponse("in")


async def before(request):
    visit_of(request).login("alice")
    request.session["user"] = "alice"
    return PlainTextResponse("in")


async def after(request):
    request.session["user"] = "alice"
    visit_of(request).login("alice")
    return PlainTextResponse("in")


async def out(request):
    visit_of(request).login("alice")
    request.session.clear()
    return PlainTextResponse("out")


async def leave(request):
    del request.session["user"]
    return PlainTextResponse("out")


ROUTES = [Route(f"/{each.__name__}", each) for each in (alone, before, after, out, leave)]


@pytest.fixture
def said(caplog):
    """Return what is said, each time as if for the first time."""
    warn_of_unnamed.cache_clear()
    caplog.set_level(logging.WARNING, "session440")
    return lambda: [each.getMessage() for each in caplog.records]


@pytest.fixture
def make(clock):
    def make(key="user"):
        ours = Middleware(Session440Middleware, secret_key=SECRET, subject_key=key, clock=clock)
        middlewares = [Middleware(SessionMiddleware, secret_key="Starlette's"), ours]
        return ASGIBrowser(Starlette(routes=ROUTES, middleware=middlewares))

    return make


@pytest.mark.parametrize("key", ["user", lambda session: session.get("user")])
def test_that_it_ends_at_once_is_said_once(make, said, key):
    """Otherwise people log in, and nobody is logged in, and nothing tells why."""
    browser = make(key)
    browser.call("/alone")
    browser.call("/alone")
    (line,) = said()
    assert "visit.login() was called, but the session names nobody" in line
    assert (
        "subject_key, which is 'user'" if isinstance(key, str) else "which is a function"
    ) in line


@pytest.mark.parametrize("path", ["/before", "/after", "/out"])
def test_nothing_is_said_where_it_lasts_or_the_app_ends_it(make, said, path):
    browser = make()
    browser.call(path)
    browser.call("/leave") if path != "/out" else None
    assert said() == []


@pytest.mark.parametrize("is_named", [False, True])
def test_in_flask_alike(said, clock, is_named):
    app = flask.Flask("unnamed")
    app.secret_key = SECRET
    app.config["SESSION440_CLOCK"] = clock
    Session440(app)

    @app.get("/login")
    def login():
        current_visit.login("alice")
        if is_named:
            flask.session["user_id"] = "alice"
        return "in"

    @app.get("/logout")
    def logout():
        flask.session.pop("user_id", None)
        return "out"

    client = app.test_client()
    client.get("/login")
    client.get("/logout")
    assert [each.partition(" by ")[2] for each in said()] == (
        []
        if is_named
        else ["SESSION440_SUBJECT_KEY, Flask-Login or session['user_id']; put the person there"]
    )
