"""A login by ``visit.login()`` where the session, which is followed, names nobody."""

from __future__ import annotations

import logging

import pytest
from asgi_apps import SECRET
from asgi_calling import ASGIBrowser
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from session440.asgi import Session440Middleware, session, visit_of


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
    session._warn_of_unnamed.cache_clear()
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
    assert ("subject_key is 'user'" if isinstance(key, str) else "is a function") in line


@pytest.mark.parametrize("path", ["/before", "/after", "/out"])
def test_nothing_is_said_where_it_lasts_or_the_app_ends_it(make, said, path):
    browser = make()
    browser.call(path)
    browser.call("/leave") if path != "/out" else None
    assert said() == []
