"""A client that goes away cancels Django's coroutine wherever it waits; nothing is lost by that."""

from __future__ import annotations

import asyncio
import gc
from io import BytesIO
from itertools import count

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.contrib import auth
from django.contrib.auth.models import User
from django.db import connections
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django_asgi import Browser, run
from django_awaited import awaited
from stepping import cancelled

from session440.django import get_engine

# Where a request is cut off, its thread may open a connection that stays: Python 3.13 says so.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
IDLE = 1200
DONE: list[str] = []  # what the views had done when they were cancelled


async def who(request):
    return HttpResponse(f"shown to {request.session440.subject}")


async def linger():
    """Wait for something, as a view does after what it came for."""
    for _ in range(2):
        await asyncio.get_running_loop().run_in_executor(None, str)


async def log_in(request):
    user = await User.objects.aget(username=request.GET["as"])
    await awaited(auth, "login", request, user, "django.contrib.auth.backends.ModelBackend")
    return HttpResponse("in")


async def log_out(request):
    await awaited(auth, "logout", request)
    DONE.append("out")
    await linger()
    return HttpResponse("out")


async def visit_out(request):
    request.session440.logout()
    DONE.append("out")
    await linger()
    return HttpResponse("out")


async def flush(request):
    await awaited(request.session, "flush")
    DONE.append("out")
    await linger()
    return HttpResponse("out")


def sync_out(request):
    auth.logout(request)
    DONE.append("out")
    return HttpResponse("out")


urlpatterns = [
    path("", who),
    path("in", log_in),
    path("out", log_out),
    path("visit-out", visit_out),
    path("flush", flush),
    path("sync-out", sync_out),
]


SITES = {
    "signed_cookies": "memory:",
    "file": "",
    "cache": "memory:",
    "db": "django:",
    "cached_db": "",
}


@pytest.fixture(params=SITES)
def backend(request):
    return request.param


@pytest.fixture
def store(backend):
    return SITES[backend]


@pytest.fixture(autouse=True)
def _site(store, backend, clock):
    engine = f"django.contrib.sessions.backends.{backend}"
    options = {"CLOCK": clock, **({"STORE": store} if store else {})}
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options, SESSION_ENGINE=engine):
        yield
    gc.collect()  # while it is not an error


async def logged_in() -> Browser:
    browser = Browser()
    assert (await browser.get("/in?as=alice")).status == 200
    await browser.get("/")
    return browser


async def cut(browser: Browser, url: str, at: int) -> bool:
    """Ask for a page, and cancel the answer where it suspends for the *at*-th time."""

    async def answered():
        async with ThreadSensitiveContext():
            try:
                request, _ = browser.app.create_request(browser.scope(url), BytesIO())
                await browser.app.get_response_async(request)
            finally:
                await sync_to_async(connections.close_all)()

    DONE.clear()
    return await cancelled(answered(), at)


async def at_each_place(url: str, check, before=None) -> int:
    """Cancel a request of somebody at each place in turn; return how many there were."""
    for at in count(1):
        await sync_to_async(forget)()
        browser = await logged_in()
        if before is not None:
            before()
        is_cut = await cut(browser, url, at)
        await check(browser)
        if not is_cut:
            return at - 1
    raise AssertionError


def forget() -> None:
    """Let the store have no login."""
    engine = get_engine()
    if engine.shared is not None:
        engine.revoke_all(User.objects.get(username="alice").pk)


@sync_to_async
def shown(name: str) -> bytes:
    return f"shown to {User.objects.get(username=name).pk}".encode()


@sync_to_async
def live_logins() -> int:
    engine = get_engine()
    if engine.shared is None:
        return 0
    return len(engine.logins(User.objects.get(username="alice").pk))


@pytest.mark.parametrize("url", ["/out", "/visit-out", "/flush", "/sync-out"])
def test_a_logout_that_a_view_has_carried_out_is_not_lost(url, backend, store):
    """Neither in the session, nor in the store: cookies that were kept let nobody in."""
    seen = []

    async def check(browser):
        if DONE:
            seen.append(await live_logins())
            answer = await browser.get("/")
            # A live ticket says that the session was lost; or a session, that it was revoked.
            is_told = not store or backend == "signed_cookies"
            assert answer.status == 440 if is_told else answer.body == b"shown to None"
            assert (await browser.get("/")).body == b"shown to None"

    async def scenario():
        assert await at_each_place(url, check) > 5
        assert len(seen) > 1
        assert not any(seen)

    run(scenario)


def test_an_end_that_was_not_told_is_told_in_the_next_answer(clock):
    async def check(browser):
        answer = await browser.get("/")
        assert (answer.status, answer.header("Session440-Cause")) == (440, "idle")
        assert (await browser.get("/")).body == b"shown to None"

    async def scenario():
        assert await at_each_place("/", check, before=lambda: clock.advance(IDLE)) > 5

    run(scenario)


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_a_login_whose_answer_nobody_got_shows_nobody_else(name):
    """The former login goes on, or is over: the store may know of one that took its place."""

    async def check(browser):
        answer = await browser.get("/")
        assert answer.status in (200, 440)
        assert (await browser.get("/")).body in (b"shown to None", await shown("alice"))
        assert (await browser.get("/in?as=bob")).status == 200
        assert (await browser.get("/")).body == await shown("bob")

    async def scenario():
        assert await at_each_place(f"/in?as={name}", check) > 5

    run(scenario)


def test_a_page_that_was_cut_off_leaves_the_login_as_it_was(clock):
    async def check(browser):
        assert (await browser.get("/")).body.startswith(b"shown to ")
        assert (await browser.get("/")).body != b"shown to None"

    async def scenario():
        assert await at_each_place("/", check, before=lambda: clock.advance(100)) > 4

    run(scenario)
