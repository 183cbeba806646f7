"""Roads around ``@recent`` in Django, and what a proof must not break."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import auth
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, override_settings
from django.urls import path, re_path
from django.views import View
from django_logins import logged_in, ticket_of
from rest_framework.response import Response
from rest_framework.views import APIView

from session440.django import public, recent

WITHIN = 600
MODES = ("wsgi", "asgi")


def done(request):
    return HttpResponse("done")


def own(request):
    return HttpResponse("done")


own.login_required = False  # Django 5.1: login_not_required()


def log_in(request):
    auth.login(request, User.objects.get(username="alice"))
    return HttpResponse("done", status=int(request.GET.get("status", 200)))


def confirm(request):
    request.session440.confirm()
    return HttpResponse("done", status=int(request.GET.get("status", 200)))


async def confirm_async(request):
    request.session440.confirm()
    return HttpResponse("done")


async def log_in_async(request):
    request.session440.login(request.session440.subject)
    return HttpResponse("done")


async def alogin(request):
    await auth.alogin(request, await request.auser())
    return HttpResponse("done")


@recent("10m")
class Parent(View):
    def get(self, request):
        return HttpResponse("done")


class Child(Parent):
    def dispatch(self, request):
        return HttpResponse("done")


@recent("10m")
class AsyncParent(View):
    async def get(self, request):
        return HttpResponse("done")


class AsyncChild(AsyncParent):
    def dispatch(self, request):
        return View.dispatch(self, request)


class Sibling(View):
    def get(self, request):
        return HttpResponse("done")


@recent("10m")
class Api(APIView):
    def get(self, request):
        return Response({"done": True})


class ApiChild(Api):
    def dispatch(self, request):
        return APIView.dispatch(self, request)


urlpatterns = [
    re_path("^account/codes", done),
    path("account/own", own),
    path("account/public", public(lambda request: done(request))),
    path("child", Child.as_view()),
    path("async", AsyncParent.as_view()),
    path("async-child", AsyncChild.as_view()),
    path("api-child", ApiChild.as_view()),
    path("sibling", Sibling.as_view()),
    path("confirm", confirm),
    path("confirm-async", confirm_async),
    path("log-in", log_in),
    path("log-in-async", log_in_async),
    path("alogin", alogin),
    path("plain", done),
    path("login", done),
    *i18n_patterns(path("account/keys", done), prefix_default_language=False),
]


@pytest.fixture(autouse=True)
def site(clock):
    middleware = [*settings.MIDDLEWARE]
    middleware.insert(1, "django.middleware.locale.LocaleMiddleware")
    options = {"CLOCK": clock, "RECENT": {"/account/*": "10m"}}
    languages = [("en", "English"), ("de", "German")]
    names = {"ROOT_URLCONF": __name__, "LOGIN_URL": "/login", "LANGUAGES": languages}
    with override_settings(MIDDLEWARE=middleware, SESSION440=options, **names):
        yield


def ask(client, url, mode="wsgi"):
    if mode == "wsgi":
        return client.get(url)
    browser = AsyncClient()
    browser.cookies = client.cookies

    async def asked():
        try:
            return await browser.get(url)
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(asked())


def is_step_up(answer) -> None:
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Session440 error=")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("url", ["/child", "/async", "/async-child", "/api-child"])
def test_a_subclass_with_a_dispatch_of_its_own_asks_too(url, mode, clock):
    client = logged_in()
    assert b"done" in ask(client, url, mode).content
    clock.advance(WITHIN)
    is_step_up(ask(client, url, mode))


def test_another_class_does_not_ask(clock):
    client = logged_in()
    clock.advance(WITHIN)
    assert client.get("/sibling").content == b"done"


@pytest.mark.parametrize("url", ["/account/codes", "/account/codes/login", "/account/codes/"])
def test_a_pattern_with_an_open_end_is_no_login_page(url, clock):
    """``re_path("^account/codes", …)`` serves all of these."""
    client = logged_in()
    assert client.get(url).content == b"done"
    clock.advance(WITHIN)
    is_step_up(client.get(url))


def test_a_view_with_permissions_of_its_own_is_not_public_for_this(clock):
    """Such as those of django-ninja, where everything else is behind LoginRequiredMiddleware."""
    client = logged_in()
    clock.advance(WITHIN)
    is_step_up(client.get("/account/own"))
    assert client.get("/account/public").content == b"done"


@pytest.mark.parametrize("url", ["/account/keys", "/de/account/keys"])
def test_a_page_in_another_language_is_the_same_page(url, clock):
    """``i18n_patterns`` puts the language before the path."""
    client = logged_in()
    assert client.get(url).content == b"done"
    clock.advance(WITHIN)
    is_step_up(client.get(url))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("url", ["/confirm-async", "/log-in-async", "/alogin", "/confirm"])
def test_a_proof_in_any_view_gives_the_session_another_key(url, mode, clock):
    """A coroutine must not ask the database (Django's async safety)."""
    client = logged_in()
    key, ticket = client.cookies["sessionid"].value, ticket_of(client)
    clock.advance(WITHIN)
    assert ask(client, url, mode).content == b"done"
    assert client.cookies["sessionid"].value != key
    assert ticket_of(client).id != ticket.id
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/account/codes").content == b"done"


def test_an_error_after_a_proof_loses_no_login(clock):
    """Django saves no session then, so the browser keeps its former key."""
    client = logged_in()
    assert client.get("/confirm?status=500").status_code == 500
    assert client.get("/account/codes").content == b"done"


def test_who_hears_of_a_login_is_shown_the_sessions_new_key():
    """An app that allows one session at a time keeps its key, as django-allauth's list does."""
    client, kept = logged_in(), []

    def keep(request, **named):
        kept.append(request.session.session_key)

    user_logged_in.connect(keep)
    try:
        client.get("/log-in")
    finally:
        user_logged_in.disconnect(keep)
    assert kept == [client.cookies["sessionid"].value]


def test_a_login_by_a_middleware_at_each_request_keeps_the_sessions_key():
    """Who is not asked proves nothing, and pages that load at the same time keep their session."""
    client = logged_in()
    key = client.cookies["sessionid"].value
    backend = "django.contrib.auth.backends.RemoteUserBackend"

    def proxied(request):
        user = User.objects.get(username="alice")
        auth.login(request, user, backend)
        return HttpResponse("done")

    urls = type("Urls", (), {"urlpatterns": [path("proxied", proxied)]})
    backends = [*settings.AUTHENTICATION_BACKENDS, backend]
    with override_settings(ROOT_URLCONF=urls, AUTHENTICATION_BACKENDS=backends):
        client.get("/proxied")
    assert client.cookies["sessionid"].value == key
    assert ticket_of(client).proved_at is None
