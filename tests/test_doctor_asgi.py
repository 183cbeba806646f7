"""The doctor looks at ASGI apps, and finds the middleware in what is wrapped around it."""

from __future__ import annotations

import pytest
from asgi_apps import TicketApp, respond
from examined_sites import KEY, ids
from fastapi import FastAPI
from quart import Quart
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from session440.asgi import Session440Middleware
from session440.cli import loading
from session440.stores import MemoryStore

GOOD = {
    "secret_key": KEY,
    "cookie_secure": True,
    "cookie_name": "__Host-login",
    "store": MemoryStore(),
}


def starlette_app(kind):
    app = kind()
    app.add_middleware(Session440Middleware, **GOOD)
    return app


def quart_app():
    app = Quart("examined")
    app.asgi_app = Session440Middleware(app.asgi_app, **GOOD)
    return app


@pytest.mark.parametrize(
    "make",
    [
        lambda: Session440Middleware(TicketApp(), **GOOD),
        lambda: starlette_app(Starlette),
        lambda: starlette_app(FastAPI),
        quart_app,
        lambda: SessionMiddleware(Session440Middleware(TicketApp(), **GOOD), "key"),
    ],
    ids=["bare", "Starlette", "FastAPI", "Quart", "below another"],
)
def test_the_middleware_is_found(make):
    site = loading.site_of(make())
    assert (site.adapter, ids(site)) == ("ASGI", [])


def test_an_option_that_is_misspelt_is_a_finding_and_no_traceback(tmp_path, monkeypatch):
    """Starlette makes its middlewares at the first call, so that its own error comes late."""
    lines = (
        "from starlette.applications import Starlette",
        "from session440.asgi import Session440Middleware",
        "app = Starlette()",
        "app.add_middleware(Session440Middleware, secret_key='long', idle_timout=5)",
    )
    (tmp_path / "misspelt_asgi.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    (fault,) = loading.load_site("misspelt_asgi:app").faults
    assert fault.id == "session440.E001"
    assert "did you mean 'idle_timeout'" in fault.found


def test_it_is_found_missing():
    site = loading.site_of(TicketApp())
    assert (site.adapter, ids(site)) == ("ASGI", ["E060"])


def test_it_is_found_twice():
    inner = Session440Middleware(TicketApp(), **GOOD)
    assert "E062" in ids(loading.site_of(Session440Middleware(inner, **GOOD)))


def test_a_session_that_is_followed_is_the_apps_own():
    ours = Middleware(Session440Middleware, secret_key=KEY, subject_key="user")
    site = loading.site_of(Starlette(middleware=[Middleware(SessionMiddleware, "key"), ours]))
    assert site.follows_another


@pytest.mark.parametrize(("path", "found"), [("/", True), ("/login", False)])
def test_a_watched_cookie_that_visitors_get_is_named(path, found):
    async def app(scope, receive, send):
        headers = [(b"set-cookie", b"sid=1")] if scope["path"] == path else []
        await respond(send, 200, b"", headers)

    site = loading.site_of(Session440Middleware(app, watch_cookie="sid", secret_key=KEY))
    faults = [each for each in site.faults if each.id == "session440.E068"]
    assert bool(faults) is found
    assert all("scope['session440'].login()" in each.remedy for each in faults)


def test_an_app_that_wants_a_server_is_no_fault():
    async def app(scope, receive, send):
        raise RuntimeError("no database")

    site = loading.site_of(Session440Middleware(app, watch_cookie="sid", secret_key=KEY))
    assert "session440.E068" not in [each.id for each in site.faults]
