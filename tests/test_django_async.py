"""Async views of Django: what the visit says and does there, without a word about threads."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.contrib import auth
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django_awaited import auser, awaited

from session440 import LoginTimeout
from session440.django import get_engine, public

IDLE = 1200
TICKET = "sessionid440"


async def who(request):
    return HttpResponse(f"shown to {request.session440.subject}")


@public
async def marked(request):
    return await who(request)


async def log_in(request):
    request.session440.login(request.GET["as"])
    return HttpResponse(f"in as {request.session440.subject}")


async def log_out(request):
    request.session440.logout()
    named = getattr(await auser(request), "username", "")
    return HttpResponse(f"{request.session440.subject}, {named!r}")


async def log_out_and_store(request):
    request.session440.logout()
    await awaited(request.session, "update", {"cart": "apples"})
    return HttpResponse("out, with a cart")


async def log_out_and_in(request):
    request.session440.logout()
    user = await User.objects.aget(username="bob")
    await awaited(auth, "login", request, user, "django.contrib.auth.backends.ModelBackend")
    key = request.session.session_key
    return HttpResponse(f"in as {request.session440.subject} with {key}")


async def log_out_in_and_expire(request):
    await log_out_and_in(request)
    raise LoginTimeout("credential")


async def cart(request):
    return HttpResponse(str(await awaited(request.session, "get", "cart")))


async def expire(request):
    raise LoginTimeout("credential")


async def ask(request):
    return HttpResponse(str((await auser(request)).is_authenticated))


urlpatterns = [
    path("", who),
    path("marked", marked),
    path("public", who),
    path("log-in", log_in),
    path("public/log-in", log_in),
    path("log-out", log_out),
    path("public/log-out", log_out),
    path("log-out-and-store", log_out_and_store),
    path("log-out-and-in", log_out_and_in),
    path("log-out-in-and-expire", log_out_in_and_expire),
    path("public/cart", cart),
    path("expire", expire),
    path("ask", ask),
]


@pytest.fixture(autouse=True, params=["", "memory:", "django:"], ids=["no store", "memory", "own"])
def site(request, clock):
    options = {"CLOCK": clock, "PUBLIC": ["/public*"]}
    if request.param:
        options["STORE"] = request.param
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options):
        yield


def run(scenario):
    """Run a coroutine function, and close what its threads have opened."""

    async def closing():
        try:
            return await scenario()
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(closing())


async def logged_in(name="alice") -> AsyncClient:
    client = AsyncClient()
    assert await awaited(client, "login", username=name, password="wonderland")
    await client.get("/")  # brings the ticket
    return client


async def text(client, url) -> str:
    answer = await client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


@sync_to_async
def pk_of(name) -> str:
    return str(User.objects.get(username=name).pk)


@sync_to_async
def stored_sessions() -> int:
    return Session.objects.count()


def test_the_visit_says_who_is_there_on_guarded_and_on_public_pages():
    async def scenario():
        client, alice = await logged_in(), await pk_of("alice")
        for url in ("/", "/marked", "/public"):
            assert await text(client, url) == f"shown to {alice}"
            assert await text(AsyncClient(), url) == "shown to None"

    run(scenario)


def test_the_same_where_django_runs_async_views_under_wsgi():
    client = Client()
    assert client.login(username="alice", password="wonderland")
    client.get("/")
    alice = User.objects.get(username="alice").pk
    for url in ("/", "/marked", "/public"):
        assert client.get(url).content.decode() == f"shown to {alice}"
    assert client.get("/public/log-out").content == b"None, ''"
    assert client.get("/public").content == b"shown to None"


def test_login_begins_a_login():
    async def scenario():
        client, bob = await logged_in(), await pk_of("bob")
        for url in ("/log-in", "/public/log-in"):
            assert await text(client, f"{url}?as={bob}") == f"in as {bob}"
            assert client.cookies[TICKET].value

    run(scenario)


@pytest.mark.parametrize("url", ["/log-out", "/public/log-out"])
def test_logout_ends_the_login_in_the_session_too(url):
    """The session's row is gone: its cookie, kept by anybody, lets nobody in."""

    async def scenario():
        client = await logged_in()
        kept = {name: morsel.value for name, morsel in client.cookies.items()}
        before = await stored_sessions()
        assert await text(client, url) == "None, ''"
        assert await stored_sessions() == before - 1
        assert client.cookies[TICKET].value == ""
        assert await text(client, "/") == "shown to None"
        client.cookies.load({"sessionid": kept["sessionid"]})
        assert await text(client, "/") == "shown to None"

    run(scenario)


def test_what_is_stored_after_a_logout_is_a_visitors():
    async def scenario():
        client = await logged_in()
        kept = client.cookies["sessionid"].value
        await text(client, "/log-out-and-store")
        assert client.cookies["sessionid"].value != kept
        assert await text(client, "/public/cart") == "apples"
        assert await text(client, "/") == "shown to None"

    run(scenario)


def test_a_login_after_a_logout_in_the_same_request_stays():
    async def scenario():
        client, bob = await logged_in(), await pk_of("bob")
        told = await text(client, "/log-out-and-in")
        assert told == f"in as {bob} with {client.cookies['sessionid'].value}"
        assert await text(client, "/") == f"shown to {bob}"

    run(scenario)


def test_the_end_is_met_at_the_door_and_on_a_public_page(clock):
    async def scenario():
        client = await logged_in()
        clock.advance(IDLE)
        assert await text(client, "/public") == "shown to None"
        answer = await client.get("/")
        assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "idle")
        assert await text(client, "/") == "shown to None"

    run(scenario)


def test_a_login_timeout_that_a_view_raises_is_answered_440():
    async def scenario():
        client = await logged_in()
        answer = await client.get("/expire")
        assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "credential")
        assert await text(client, "/") == "shown to None"

    run(scenario)


def test_a_login_timeout_ends_a_login_that_followed_a_logout_in_the_same_request():
    """The session is the login's own by then, and is cleared whole."""

    async def scenario():
        client = await logged_in()
        answer = await client.get("/log-out-in-and-expire")
        assert answer.status_code == 440
        assert await text(client, "/") == "shown to None"

    run(scenario)


def test_the_endpoints_answer():
    async def scenario():
        client = await logged_in()
        here = {"headers": {"Sec-Fetch-Site": "same-origin"}}
        assert (await client.get("/session440/status")).json()["state"] == "active"
        assert (await client.post("/session440/extend", **here)).json()["state"] == "active"
        assert (await client.post("/session440/logout", **here)).json()["state"] == "anonymous"
        assert await text(client, "/") == "shown to None"

    run(scenario)


def test_a_listener_may_ask_the_database():
    """Signals and listeners may be anybody's: they run where a query may be made."""
    asked = []

    async def scenario():
        client = AsyncClient()
        await awaited(client, "login", username="alice", password="wonderland")
        get_engine().listen(lambda event: asked.append(User.objects.count()))
        await client.get("/log-out-and-in")

    run(scenario)
    assert asked


def test_a_user_who_is_not_found_is_refused_and_no_query_is_made_in_the_loop():
    async def scenario():
        await sync_to_async(User.objects.create_user)("gone", password="wonderland")
        client = await logged_in("gone")
        await User.objects.filter(username="gone").adelete()
        answer = await client.get("/ask")
        assert answer.content == b"False"
        assert (await client.get("/ask")).status_code == 200

    run(scenario)
