"""``valid_from`` in Django, where it reads the user: what it costs, and who is shown at the end."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection, connections
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django_logins import is_440, logged_in

from session440.django import get_engine, public

asked: list[str] = []


def by_user(request, subject):
    """As with a column of the project's own user."""
    asked.append(subject)
    assert str(request.user.pk) == subject
    return request.user.last_login if request.user.first_name == "out" else None


def name(request):
    return HttpResponse(request.user.username)


async def name_async(request):
    return HttpResponse((await request.auser()).username)


async def same(request):
    read = request.__dict__["_cached_user"]
    return HttpResponse(str(await request.auser() is read))


def everybody_out(request):
    now = datetime.fromtimestamp(get_engine().clock(), timezone.utc)
    User.objects.filter(username="alice").update(first_name="out", last_login=now)
    return HttpResponse("out")


urlpatterns = [
    path("name", name),
    path("public", public(lambda request: name(request))),
    path("async", name_async),
    path("same", same),
    path("out", everybody_out),
    path("plain", lambda request: HttpResponse("plain")),
    path("login", lambda request: HttpResponse("login")),
]


@pytest.fixture(autouse=True)
def site(clock):
    asked.clear()
    options = {"CLOCK": clock, "VALID_FROM": by_user}
    with override_settings(ROOT_URLCONF=__name__, LOGIN_URL="/login", SESSION440=options):
        yield
    User.objects.filter(username="alice").update(first_name="")


def queries_of(call):
    asked.clear()
    with CaptureQueriesContext(connection) as captured:
        answer = call()
    assert answer.content == b"alice"
    return len(captured)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("url", ["/name", "/public", "/async"])
def test_it_costs_no_query_where_the_page_reads_the_user(url, method):
    """A page that is judged late was in the midst of reading the user, and read it twice."""
    client = logged_in()
    assert queries_of(lambda: getattr(client, method)(url)) == 2  # the session, the user
    assert asked == ["1"]


def test_under_asgi_it_costs_none_either():
    """``request.auser()`` finds the user whom the function has read."""
    browser = AsyncClient()
    browser.cookies = logged_in().cookies

    async def ask():
        try:
            return await browser.get("/same")
        finally:
            await sync_to_async(connections.close_all)()

    assert asyncio.run(ask()).content == b"True"


def test_a_page_that_reads_nobody_asks_nothing():
    client = logged_in()
    asked.clear()
    client.get("/plain")
    Client().get("/name")
    assert asked == []


@pytest.mark.parametrize("url", ["/name", "/async"])
def test_the_page_that_looks_is_told_of_the_end(url, clock):
    client = logged_in()
    clock.advance(10)
    client.get("/out")
    is_440(client.get(url, headers={"Accept": "text/html"}), "revoked")
    assert client.get(url).content == b""


def test_a_public_page_is_shown_nobody(clock):
    client = logged_in()
    clock.advance(10)
    client.get("/out")
    assert client.get("/public").content == b""
