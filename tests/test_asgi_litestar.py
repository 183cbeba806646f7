"""Litestar's session says who is logged in."""

from __future__ import annotations

from typing import Any

import pytest
from asgi_apps import SECRET
from asgi_calling import NAVIGATION, ASGIBrowser
from litestar import Litestar, Request, get, post
from litestar.middleware import DefineMiddleware
from litestar.middleware.session.client_side import CookieBackendConfig
from litestar.middleware.session.server_side import ServerSideSessionConfig

from session440.asgi import Session440Middleware, visit_of
from session440.stores import MemoryStore


@post("/login")
async def login(request: Request[Any, Any, Any]) -> str:
    request.set_session({"user": "alice"})
    return "in"


@post("/logout")
async def logout(request: Request[Any, Any, Any]) -> str:
    request.clear_session()
    return "out"


@get("/")
async def index(request: Request[Any, Any, Any]) -> str:
    return f"{request.session.get('user')} {visit_of(request).subject}"


@pytest.fixture(params=["server", "cookie"])
def sessions(request):
    if request.param == "server":
        return ServerSideSessionConfig().middleware
    return CookieBackendConfig(secret=b"x" * 32).middleware


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def browser(clock, sessions, store):
    ours = DefineMiddleware(
        Session440Middleware, secret_key=SECRET, subject_key="user", clock=clock, store=store
    )
    return ASGIBrowser(Litestar([login, logout, index], middleware=[sessions, ours]))


def test_the_session_ends_with_the_login(browser, clock):
    browser.call("/login", "POST")
    assert browser.call("/").body == b"alice alice"
    clock.advance(1200)
    assert browser.call("/", headers=NAVIGATION).status == 440
    assert browser.call("/").body == b"None None"


def test_a_session_that_was_cleared_is_a_logout(browser, store):
    """Litestar leaves a mark in its place that is no session."""
    browser.call("/login", "POST")
    browser.call("/")
    former = dict(browser.cookies)
    assert browser.call("/logout", "POST").body == b"out"
    assert browser.call("/").body == b"None None"
    (record,) = store.records()
    assert not record.is_live
    browser.cookies = former
    assert browser.call("/").body != b"alice alice"
