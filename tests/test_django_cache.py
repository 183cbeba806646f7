"""Django's per-site cache, before session440 and after it."""

from __future__ import annotations

import pytest
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.checks import run_checks
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

IDLE = 1200
FIRST = "django.middleware.cache.UpdateCacheMiddleware"
BASE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
OURS = "session440.django.Session440Middleware"
RAN = []


def public(request):
    RAN.append(request.path)
    return HttpResponse("public")


@login_required
def secret(request):
    return HttpResponse(f"secret of {request.user.username}")


urlpatterns = [path("secret", secret), path("public", public)]


@pytest.fixture(params=[[FETCH, OURS], [OURS, FETCH]], ids=["cache first", "ours first"])
def order(request, clock):
    cache.clear()
    options = {"CLOCK": clock}
    middleware = [FIRST, *BASE, *request.param]
    settings = {"ROOT_URLCONF": __name__, "MIDDLEWARE": middleware, "SESSION440": options}
    with override_settings(**settings):
        yield request.param
    cache.clear()


def test_page_from_the_cache_is_not_shown_after_the_end(order, clock):
    client = Client()
    assert client.login(username="alice", password="wonderland")
    for _ in range(3):
        assert client.get("/secret").content == b"secret of alice"
        clock.advance(5)
    clock.advance(IDLE)
    assert client.get("/secret").status_code == 440


def test_visitors_are_served_from_the_cache_as_ever(order):
    RAN.clear()
    for _ in range(3):
        assert Client().get("/public").content == b"public"
    assert len(RAN) == 1


def test_check_names_the_order(order):
    ids = [each.id for each in run_checks(tags=["session440"])]
    assert ("session440.W066" in ids) is (order == [FETCH, OURS])
