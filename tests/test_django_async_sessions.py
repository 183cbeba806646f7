"""Async views with any session backend, and what Django announces of their logins."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings as project
from django.contrib import auth
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends import db
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from django_asgi import Browser, run
from django_awaited import auser, awaited
from django_logins import IDLE, OURS

from session440.django import get_engine, recent

BACKENDS = (
    *(f"django.contrib.sessions.backends.{each}" for each in ("db", "cache", "cached_db")),
    *(f"django.contrib.sessions.backends.{each}" for each in ("file", "signed_cookies")),
    *("old_sessions", "lone_sessions"),
)


async def who(request):
    return HttpResponse(f"shown to {request.session440.subject}")


def sync_who(request):
    return HttpResponse(f"shown to {request.user.pk}")


async def user(request):
    return HttpResponse(f"shown to {(await auser(request)).pk}")


def log_in(request):
    auth.login(request, User.objects.get(username=request.GET["as"]))
    return HttpResponse("in")


async def visit_in(request):
    request.session440.login(request.GET["as"])
    return HttpResponse("in")


async def visit_out(request):
    request.session440.logout()
    return HttpResponse("out")


async def confirm(request):
    request.session440.confirm()
    return HttpResponse("confirmed")


@recent("10m")
async def vault(request):
    return HttpResponse("open")


async def stream(request):
    async def chunks():
        yield f"shown to {request.session440.subject}; "
        await awaited(auth, "logout", request)
        yield f"shown to {request.session440.subject}"

    return StreamingHttpResponse(chunks())


async def lasting(request):
    request.session440.logout()
    WAITING.set()
    await asyncio.Event().wait()


WAITING = asyncio.Event()

urlpatterns = [
    path("", who),
    path("sync", sync_who),
    path("user", user),
    path("login", log_in),
    path("visit-in", visit_in),
    path("visit-out", visit_out),
    path("confirm", confirm),
    path("vault", vault),
    path("stream", stream),
    path("lasting", lasting),
]


@contextmanager
def site(clock, **given):
    options = {"CLOCK": clock, **given.pop("SESSION440", {})}
    given.setdefault("CSRF_USE_SESSIONS", False)
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options, **given):
        yield


async def logged_in(name="alice") -> Browser:
    browser = Browser()
    assert (await browser.get(f"/login?as={name}")).status == 200
    await browser.get("/")
    return browser


@sync_to_async
def pk_of(name) -> int:
    return User.objects.get(username=name).pk


def is_440(answer, cause="idle"):
    assert (answer.status, answer.header("Session440-Cause")) == (440, cause)


@pytest.mark.parametrize("store", ["", "memory:", "django:"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_login_lives_ends_and_is_cleared_with_every_backend(backend, store, clock):
    async def scenario():
        browser, alice = await logged_in(), await pk_of("alice")
        for url in ("/", "/sync"):
            assert (await browser.get(url)).body.decode() == f"shown to {alice}"
        clock.advance(IDLE - 1)
        assert (await browser.get("/")).body.decode() == f"shown to {alice}"
        kept = dict(browser.cookies)
        clock.advance(IDLE)
        is_440(await browser.get("/"))
        assert (await browser.get("/")).body == b"shown to None"
        browser.cookies = {"sessionid": kept["sessionid"]}
        if not backend.endswith("signed_cookies"):  # whose content is its cookie
            assert (await browser.get("/")).body == b"shown to None"
        browser = await logged_in()
        assert (await browser.get("/visit-out")).body == b"out"
        assert (await browser.get("/")).body == b"shown to None"

    with site(clock, SESSION_ENGINE=backend, SESSION440={"STORE": store} if store else {}):
        run(scenario)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_proof_gives_the_session_another_key_with_every_backend(backend, clock):
    """Its data stay: the key alone is new (OWASP ASVS 5.0, 7.2.4)."""

    async def scenario():
        browser = await logged_in()
        key = browser.cookies["sessionid"]
        clock.advance(700)
        assert (await browser.get("/vault")).status == 401
        assert (await browser.get("/confirm")).status == 200
        assert browser.cookies["sessionid"] != key
        assert (await browser.get("/vault")).body == b"open"

    with site(clock, SESSION_ENGINE=backend):
        run(scenario)


@pytest.mark.parametrize("kind", ["sync", pytest.param("async", marks=pytest.mark.newest)])
@pytest.mark.parametrize("how", ["end", "logout"])
def test_receivers_of_any_kind_hear_once_who_has_gone(kind, how, clock):
    heard = []

    def note(sender, request, user, **kwargs):
        heard.append((user.username, request.session.get("_auth_user_id")))

    async def anote(**kwargs):
        note(**kwargs)

    async def scenario():
        browser = await logged_in()
        if how == "end":
            clock.advance(IDLE)
            is_440(await browser.get("/"))
        else:
            await browser.get("/visit-out")
        return str(await pk_of("alice"))

    receiver = note if kind == "sync" else anote
    assert iscoroutinefunction(receiver) == (kind == "async")
    user_logged_out.connect(receiver)
    try:
        with site(clock):
            assert [("alice", run(scenario))] == heard
    finally:
        user_logged_out.disconnect(receiver)


def test_listeners_may_ask_the_database_whatever_a_view_calls(clock):
    """They are told once the view has run, where they may block."""
    heard = []

    async def scenario():
        browser = await logged_in()
        get_engine().listen(lambda event: heard.append((event.kind, User.objects.count() > 0)))
        await browser.get(f"/visit-in?as={await pk_of('alice')}")
        await browser.get("/visit-out")

    with site(clock):
        run(scenario)
    kinds = [kind for kind, _ in heard]
    assert kinds == ["started", "ended"]
    assert all(is_known for _, is_known in heard)


def test_a_user_who_is_deactivated_is_refused_and_told_so(clock):
    """Django's auser() finds nobody; why, is asked by awaiting, too."""

    async def scenario():
        await sync_to_async(User.objects.create_user)("carol", password="wonderland")
        browser = await logged_in("carol")
        await User.objects.filter(username="carol").aupdate(is_active=False)
        assert (await browser.get("/user")).body == b"shown to None"
        is_440(await browser.get("/"), "revoked")
        await User.objects.filter(username="carol").adelete()

    with site(clock):
        run(scenario)


class Sync:
    """A middleware of a project's own that knows nothing of coroutines."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("url", ["/", "/sync", "/user"])
def test_a_middleware_that_is_no_coroutine_may_stand_on_either_side(url, after, clock):
    async def scenario():
        browser, alice = await logged_in(), await pk_of("alice")
        assert (await browser.get(url)).body.decode() == f"shown to {alice}"
        clock.advance(IDLE)
        is_440(await browser.get(url))
        assert (await browser.get(url)).body == b"shown to None"

    at = project.MIDDLEWARE.index(OURS) + after
    listed = [*project.MIDDLEWARE[:at], f"{__name__}.Sync", *project.MIDDLEWARE[at:]]
    with site(clock, MIDDLEWARE=listed):
        run(scenario)


def test_a_stream_that_logs_its_person_out_tells_the_store(clock):
    async def scenario():
        browser, alice = await logged_in(), await pk_of("alice")
        logins = sync_to_async(lambda: get_engine().logins(alice))
        assert len(await logins()) == 1
        answer = await browser.get("/stream")
        assert answer.body.decode() == f"shown to {alice}; shown to None"
        assert await logins() == []

    with site(clock, SESSION440={"STORE": "memory:"}):
        run(scenario)


@pytest.mark.newest  # Django 4.2 cancels nothing: it would wait for ever
def test_a_client_that_disconnects_does_not_undo_a_logout(clock):
    """Django cancels the view (ASGIHandler.handle): the session is cleared all the same."""

    async def scenario():
        browser = await logged_in()
        WAITING.clear()
        before = asyncio.all_tasks()
        asked = iter([{"type": "http.request", "body": b""}])

        async def receive():
            for message in asked:
                return message
            await WAITING.wait()
            return {"type": "http.disconnect"}

        sent = []
        await browser.app(browser.scope("/lasting"), receive, sent.append)
        assert sent == []
        assert asyncio.all_tasks() == before
        assert (await browser.get("/")).body == b"shown to None"

    with site(clock, SESSION440={"STORE": "memory:"}):
        run(scenario)


@pytest.mark.newest  # Django 4.2 has none that is awaited
def test_djangos_own_backends_are_awaited_and_older_ones_are_not():
    from django.contrib.sessions.backends import cache, cached_db, file, signed_cookies
    from lone_sessions import SessionStore as Lone
    from old_sessions import SessionStore as Old

    from session440.django.native import is_native

    for each in (db, cache, cached_db, file, signed_cookies):
        assert is_native(each.SessionStore)
        assert is_native(type("Named", (each.SessionStore,), {"cache_key_prefix": "mine"}))
    assert not is_native(Old)
    assert not is_native(Lone)
