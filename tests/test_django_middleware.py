"""Middleware of Django's and of others, before and after session440's."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import Client, override_settings
from django_awaited import awaited
from django_logins import IDLE, OURS, WITHOUT, is_440, logged_in

pytestmark = pytest.mark.usefixtures("django_clock")


def test_logout_by_a_middleware_before_ours_is_a_logout(clock):
    """RemoteUserMiddleware does so when its header disappears: nothing was lost."""
    remote = "django.contrib.auth.middleware.RemoteUserMiddleware"
    with override_settings(
        MIDDLEWARE=[*WITHOUT, remote, OURS],
        AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.RemoteUserBackend"],
    ):
        client = Client()
        assert client.get("/", REMOTE_USER="alice").content == b"hello alice"
        answer = client.get("/")
        assert answer.status_code == 302
        assert answer.cookies["sessionid440"].value == ""


def test_login_on_the_way_out_of_a_middleware_before_ours_is_followed(clock):
    middleware = [*WITHOUT, "other_middleware.logging_in_late", OURS]
    with override_settings(MIDDLEWARE=middleware):
        client = Client()
        assert client.get("/plain").status_code == 200
        assert client.get("/show").content == b"shown to alice"
        clock.advance(IDLE)
        is_440(client.get("/show"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_endpoints_revive_nothing_whoever_writes_to_the_session(clock, method):
    with override_settings(MIDDLEWARE=[*WITHOUT, "other_middleware.stamping", OURS]):
        client = logged_in()
        for _ in range(30):
            clock.advance(100)
            name = "status" if method == "get" else "extend"
            getattr(client, method)(f"/session440/{name}")
        is_440(client.get("/"))


def test_options_show_nobody_though_a_middleware_has_looked(clock):
    with override_settings(MIDDLEWARE=[*WITHOUT, "other_middleware.stamping", OURS]):
        client = logged_in()
        clock.advance(IDLE)
        assert client.options("/show").content == b"shown to nobody"


@pytest.mark.newest  # Django 5.1
def test_login_required_middleware(clock):
    """Its redirect never comes first; login_not_required views are open."""
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    middleware = [*WITHOUT, required, OURS]
    with override_settings(MIDDLEWARE=middleware, ROOT_URLCONF="odd_urls"):
        client = logged_in()
        clock.advance(IDLE)
        assert client.get("/not-required").content == b"open"
        is_440(client.get("/plain"))
        answer = client.get("/plain")
        assert answer.status_code == 302
        assert answer["Location"] == "/login?next=/plain"


def test_rest_framework_views_are_guarded(clock):
    """Django REST framework marks all its views login_not_required; "cls" gives them away."""
    with override_settings(ROOT_URLCONF="odd_urls"):
        client = logged_in()
        clock.advance(IDLE)
        is_440(client.get("/rest"))


# --- caches


def test_update_cache_middleware_stores_no_ticket(clock):
    """Neither a ticket nor a 440 comes out of Django's cache."""
    middleware = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *WITHOUT,
        OURS,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    from django.core.cache import cache

    cache.clear()
    with override_settings(MIDDLEWARE=middleware, CACHE_MIDDLEWARE_SECONDS=600):
        client = logged_in()
        clock.advance(60)
        assert "sessionid440" in client.get("/plain").cookies
        assert "sessionid440" not in client.get("/plain").cookies
        answer = Client().get("/plain")
        assert not answer.cookies
        clock.advance(IDLE)
        is_440(client.get("/plain"))
        assert client.get("/plain").status_code == 200


def test_cached_page_hands_out_no_old_ticket(clock):
    """Not to a poll, which must win no time: Vary: Cookie keeps such responses out of it."""
    from django.core.cache import cache

    cache.clear()
    middleware = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *WITHOUT,
        OURS,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    with override_settings(MIDDLEWARE=middleware, CACHE_MIDDLEWARE_SECONDS=600):
        client = logged_in()
        clock.advance(600)
        before = {name: morsel.value for name, morsel in client.cookies.items()}
        renewed = client.get("/show").cookies["sessionid440"].value
        assert renewed
        for name, value in before.items():
            client.cookies[name] = value
        answer = client.get("/show", headers={"Session440-Passive": "?1"})
        assert answer.content == b"shown to alice"
        assert not answer.cookies


def test_conditional_get_middleware_sends_no_ticket_with_a_304(clock):
    middleware = ["django.middleware.http.ConditionalGetMiddleware", *WITHOUT, OURS]
    with override_settings(MIDDLEWARE=middleware):
        client = logged_in()
        etag = client.get("/plain")["ETag"]
        clock.advance(60)
        answer = client.get("/plain", headers={"If-None-Match": etag})
        assert answer.status_code == 304
        assert not answer.cookies
        assert "sessionid440" in client.get("/plain").cookies


# --- async


def run(scenario):
    """Run a coroutine function, and close what its threads have opened."""

    async def closing():
        try:
            await scenario()
        finally:
            await sync_to_async(connections.close_all)()

    asyncio.run(closing())


def test_async_stack_stays_async(clock):
    """Under ASGI an async view sees the login by auser(), and its end by the 440."""
    from django.test import AsyncClient

    async def scenario():
        client = AsyncClient()
        await awaited(client, "login", username="alice", password="wonderland")
        assert (await client.get("/async")).content == b"async alice"
        clock.advance(IDLE - 1)
        assert (await client.get("/async-public")).content == b"async alice"
        clock.advance(IDLE)
        assert (await client.get("/async-public")).content == b"async "
        answer = await client.get("/async")
        is_440(answer)
        assert (await client.get("/async")).content == b"async "

    options = {"CLOCK": clock, "PUBLIC": ["/async-public"]}
    with override_settings(ROOT_URLCONF="odd_urls", SESSION440=options):
        run(scenario)


def test_async_user_that_was_asked_for_before_is_not_shown_behind(clock):
    from django.test import AsyncClient

    async def scenario():
        client = AsyncClient()
        await awaited(client, "login", username="alice", password="wonderland")
        await client.get("/async")
        clock.advance(IDLE)
        assert (await client.options("/async")).content == b"async "
        assert (await client.get("/async-public")).content == b"async "

    with override_settings(
        ROOT_URLCONF="odd_urls",
        MIDDLEWARE=[*WITHOUT, "other_middleware.asking_first", OURS],
        SESSION440={"CLOCK": clock, "PUBLIC": ["/async-public"]},
    ):
        run(scenario)
