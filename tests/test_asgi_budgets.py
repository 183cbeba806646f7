"""What a request costs under ASGI, counted and never timed: calls, threads, and waits."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest
import starsessions
from asgi_apps import TicketApp, respond, wrapped
from asgi_calling import NAVIGATION, ASGIBrowser, ASGICall, drive, http_scope
from starlette.middleware.sessions import SessionMiddleware

from session440 import asgi
from session440.asgi import visit_of
from session440.events import Event
from session440.stores import MemoryStore

#: What a browser sends with each page.
HEADERS = (
    *NAVIGATION,
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"accept-language", b"en"),
    (b"user-agent", b"Mozilla/5.0"),
    (b"sec-fetch-dest", b"document"),
    (b"sec-fetch-site", b"none"),
    (b"cache-control", b"max-age=0"),
)


class Threads:
    """Counts what runs in a thread."""

    def __init__(self):
        self.calls = []

    async def __call__(self, function, *given, **named):
        self.calls.append(function)
        return await asyncio.to_thread(function, *given, **named)


@pytest.fixture
def threads(monkeypatch):
    threads = Threads()
    monkeypatch.setattr(asgi, "to_thread", threads)
    return threads


def active(clock, **options):
    """Return an app, and the cookies of somebody who is logged in."""
    browser = ASGIBrowser(wrapped(TicketApp(), clock, **options))
    browser.page("/login")
    browser.page("/")
    return browser


# --- waits and threads


def test_a_visitors_request_never_waits(clock, threads):
    for options in ({}, {"store": MemoryStore()}, {"enforcement": "challenge"}):
        call = ASGICall(wrapped(TicketApp(), clock, **options), headers=HEADERS).at_once()
        assert call.body == b"None"
    assert threads.calls == []


def test_an_active_one_without_a_store_never_waits(clock, threads):
    """Nor when its ticket is renewed, nor where a page wants a recent login."""
    browser = active(clock)
    for wait in (0, 100):
        clock.advance(wait)
        call = ASGICall(browser.app, cookies=browser.cookies, headers=HEADERS).at_once()
        assert (call.body, bool(call.cookies())) == (b"alice", bool(wait))
    assert threads.calls == []


def test_with_a_store_in_memory_it_never_waits(clock, threads):
    browser = active(clock, store=MemoryStore())
    threads.calls.clear()
    for wait in (0, 100):
        clock.advance(wait)
        call = ASGICall(browser.app, cookies=browser.cookies, headers=HEADERS).at_once()
        assert call.body == b"alice"
    assert threads.calls == []


def test_a_store_that_blocks_takes_one_thread(clock, threads):
    class Blocking(MemoryStore):
        awaits = False

    browser = active(clock, store=Blocking())
    threads.calls.clear()
    assert browser.page().body == b"alice"
    assert len(threads.calls) == 1


def test_starlettes_session_never_waits(clock, threads):
    async def app(scope, receive, send):
        if scope["path"] == "/login":
            scope["session"]["user"] = "alice"
        await respond(send, 200, str(visit_of(scope).subject).encode())

    site = SessionMiddleware(wrapped(app, clock, subject_key="user"), secret_key="a key")
    browser = ASGIBrowser(site)
    ASGICall(site).at_once()
    browser.page("/login")
    threads.calls.clear()
    call = ASGICall(site, cookies=browser.cookies, headers=HEADERS).at_once()
    assert call.body == b"alice"
    assert threads.calls == []


def test_what_is_the_sites_own_runs_in_a_thread(clock, threads):
    """A listener may write to a file, and a login_url ask a database."""
    loops = []

    def listen(event: Event) -> None:
        try:
            asyncio.get_running_loop()
            loops.append(event.kind)
        except RuntimeError:
            pass

    def login_url(request) -> str:
        listen(Event("started", 0.0))
        return "/login"

    browser = active(clock, on_event=listen, login_url=login_url)
    loops.clear()  # visit.login() is the app's own call
    clock.advance(1200)
    assert browser.page().status == 440
    assert loops == []


# --- calls


def calls_of(function):
    """The number of calls that are made, in Python and in C."""
    count = 0

    def note(frame, event, given):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def cost(app, cookies):
    """The calls of a request, once everything is cached."""

    def ask():
        call = ASGICall(app)
        call.scope = http_scope("/", cookies, headers=HEADERS)
        drive(call.coroutine())

    ask()
    return calls_of(ask)


async def bare(scope, receive, send):
    await respond(send)


async def with_session(scope, receive, send):
    """An app that asks who is there, and logs in."""
    handler = scope.get("session_handler")
    if handler is not None:
        await handler.load()
    if scope["path"] == "/login":
        scope["session"]["user"] = "alice"
    scope["session"].get("user")
    await respond(send)


async def with_visit(scope, receive, send):
    visit = visit_of(scope)
    if scope["path"] == "/login":
        visit.login("alice")
    _ = visit.subject
    await respond(send)


def peers(clock):
    return {
        "ours": wrapped(with_visit, clock),
        "Starlette": SessionMiddleware(with_session, secret_key="a key"),
        "starsessions": starsessions.SessionMiddleware(
            with_session, store=starsessions.InMemoryStore(), cookie_https_only=False
        ),
    }


def test_an_active_request_makes_fewer_calls_than_its_peers(clock):
    """Over those of a bare app, in one run."""
    floor, costs = cost(bare, {}), {}
    for name, app in peers(clock).items():
        cookies = ASGICall(app, "/login").run().cookies()
        costs[name] = cost(app, cookies) - floor
    assert costs["ours"] < costs["starsessions"]
    assert costs["ours"] < costs["Starlette"]


def test_a_visitors_request_makes_few_calls(clock):
    app = peers(clock)["ours"]
    assert cost(app, {}) - cost(bare, {}) <= 50


def test_a_response_of_somebody_active_is_not_copied(clock):
    """Nor are the headers read, but for the one that would begin a stream."""
    browser = active(clock)

    class Unread(dict):
        def __getitem__(self, name):
            assert name in ("type", "status"), name
            return super().__getitem__(name)

    async def app(scope, receive, send):
        await send(Unread(type="http.response.start", status=200, headers=[]))
        await send(Unread(type="http.response.body", body=b"", more_body=False))

    browser.app.app = app
    ASGICall(browser.app, cookies=browser.cookies, headers=HEADERS).at_once()


def test_the_endpoint_tells_the_status_in_a_loop(clock):
    browser = active(clock)
    assert json.loads(browser.call("/session440/status").body)["state"] == "active"
