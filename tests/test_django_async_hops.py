"""How often Django's ASGI handler waits for a thread: with session440, and without it."""

from __future__ import annotations

import pytest
from django.conf import settings as project
from django.contrib import auth
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django_asgi import Browser, run
from django_logins import IDLE, WITHOUT

pytestmark = pytest.mark.newest  # with Django 4.2 each session takes a thread

#: Backends whose coroutines need no thread, and those of which each call needs one.
NATIVE = ("signed_cookies", "file")
OTHERS = ("cache", "db", "cached_db")


async def quiet(request):
    return HttpResponse("quiet")


async def who(request):
    return HttpResponse(f"shown to {(await request.auser()).username}")


async def log_in(request):
    user = await User.objects.aget(username="alice")
    await auth.alogin(request, user, "django.contrib.auth.backends.ModelBackend")
    return HttpResponse("in")


async def log_out(request):
    await auth.alogout(request)
    return HttpResponse("out")


urlpatterns = [
    path("", quiet),
    path("who", who),
    path("in", log_in),
    path("out", log_out),
]


class Hops(dict):
    """How many hops each request of a day took, by its name."""


async def day(clock) -> Hops:
    """Return the hops of a visitor, a login, an active person, a renewal, an end and a logout."""
    browser, hops = Browser(), Hops()
    hops["visitor"] = (await browser.get("/")).hops
    hops["login"] = (await browser.get("/in")).hops
    await browser.get("/")
    hops["active"] = (await browser.get("/who")).hops
    hops["quiet"] = (await browser.get("/")).hops
    clock.advance(100)
    hops["renewal"] = (await browser.get("/who")).hops
    hops["logout"] = (await browser.get("/out")).hops
    await browser.get("/in")
    clock.advance(IDLE)
    hops["end"] = (await browser.get("/who")).hops
    return hops


def hops_of(backend, clock, middleware, **options) -> Hops:
    engine = f"django.contrib.sessions.backends.{backend}"
    given = {"SESSION440": {"CLOCK": clock, **options}, "MIDDLEWARE": middleware}
    # Tokens against CSRF in a session would be read and written by Django.
    given |= {"CSRF_USE_SESSIONS": False, "SESSION_ENGINE": engine, "ROOT_URLCONF": __name__}
    with override_settings(**given):
        return run(lambda: day(clock))


def more(backend, clock, **options) -> dict[str, int]:
    """Return how many hops there are with session440 more than without it."""
    mine = hops_of(backend, clock, project.MIDDLEWARE, **options)
    theirs = hops_of(backend, clock, WITHOUT)
    return {name: hops - theirs[name] for name, hops in mine.items()}


@pytest.mark.parametrize("backend", [*NATIVE, *OTHERS])
def test_neither_a_visitor_nor_whoever_is_active_waits_for_a_thread_of_ours(backend, clock):
    extra = more(backend, clock)
    assert [extra[name] for name in ("visitor", "login", "active", "renewal")] == [0, 0, 0, 0]


@pytest.mark.parametrize("backend", NATIVE)
def test_a_page_that_leaves_the_session_alone_waits_for_no_thread_either(backend, clock):
    assert more(backend, clock)["quiet"] == 0


@pytest.mark.parametrize("backend", OTHERS)
def test_a_page_that_leaves_the_session_alone_waits_once_for_a_backend_that_blocks(backend, clock):
    """An async view may read the visit without waiting: its login is judged before."""
    assert more(backend, clock)["quiet"] == 1


@pytest.mark.parametrize("backend", NATIVE)
def test_a_logout_waits_for_no_thread_of_ours(backend, clock):
    """Django calls all receivers in one; what follows from the logout asks nothing of the site."""
    assert more(backend, clock)["logout"] == 0


def test_to_clear_a_session_needs_no_thread_where_nobody_hears_of_it(clock):
    """Somebody who does is told by Django's alogout, which asks for the user first."""
    alone = hops_of("file", clock, project.MIDDLEWARE)["end"]

    def hear(**kwargs):
        pass

    user_logged_out.connect(hear)
    try:
        assert hops_of("file", clock, project.MIDDLEWARE)["end"] == alone + 2
    finally:
        user_logged_out.disconnect(hear)
