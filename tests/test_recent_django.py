"""A recent login in Django: its own views, REST framework, proxies that log people in, allauth."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django_logins import is_440, logged_in, ticket_of
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from session440.django import recent
from session440.django.reauthentication import _reauthenticated

WITHIN = 600


def done(request):
    return HttpResponse("done")


@recent("10m")
async def async_view(request):
    return HttpResponse("done")


@recent("10m")
class Whole(View):
    def get(self, request):
        return HttpResponse("done")

    post = get


class Dispatched(View):
    @method_decorator(recent("10m"))
    def dispatch(self, *args, **kwargs):
        return super().dispatch(*args, **kwargs)

    def get(self, request):
        return HttpResponse("done")


class Method(View):
    @recent("10m")
    def get(self, request):
        return HttpResponse("done")


@recent("10m")
class Api(APIView):
    def get(self, request):
        return Response({"done": True})


class ApiMethod(APIView):
    @recent("10m")
    def get(self, request):
        return Response({"done": True})


@recent("10m")
class Set(ViewSet):
    def list(self, request):
        return Response({"done": True})


@api_view(["GET"])
@recent("10m")
def api_function(request):
    return Response({"done": True})


@recent("10m")
@api_view(["GET"])
def api_outside(request):
    return Response({"done": True})


def reauthenticate(request):
    """As allauth does once the password was right."""
    user = User.objects.get(username=request.GET["as"])
    _reauthenticated(request=request, user=user, reauthenticated=True, method="password")
    return HttpResponse("proved")


def second_factor(request):
    """A step of a login, of which allauth tells too."""
    _reauthenticated(request=request, user=request.user, method="mfa")
    return HttpResponse("a step")


urlpatterns = [
    path("vault", recent("10m")(done)),
    path("outside", recent("10m")(login_required(done))),
    path("inside", login_required(recent("10m")(done))),
    path("async", async_view),
    path("whole", Whole.as_view()),
    path("dispatched", Dispatched.as_view()),
    path("method", Method.as_view()),
    path("api", Api.as_view()),
    path("api-method", ApiMethod.as_view()),
    path("set", Set.as_view({"get": "list"})),
    path("api-function", api_function),
    path("api-outside", api_outside),
    path("reauthenticate", reauthenticate),
    path("second-factor", second_factor),
    path("plain", done),
    path("login", done),
    path("admin/", admin.site.urls),
    path("prove/", LoginView.as_view(template_name="admin/login.html"), name="prove"),
]
OTHERS = ("reauthenticate", "second-factor", "plain", "login", "admin/", "prove/")
VIEWS = [str(each.pattern) for each in urlpatterns if str(each.pattern) not in OTHERS]


@pytest.fixture(autouse=True)
def site(clock):
    with override_settings(ROOT_URLCONF=__name__, LOGIN_URL="/login", SESSION440={"CLOCK": clock}):
        yield


def is_step_up(answer) -> None:
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Session440 error=")
    assert "Session440-Cause" not in answer.headers


@pytest.mark.parametrize("view", VIEWS)
def test_each_kind_of_view_may_want_it(view, clock):
    client = logged_in()
    assert b"done" in client.get(f"/{view}").content
    clock.advance(WITHIN - 1)
    assert b"done" in client.get(f"/{view}").content
    clock.advance(1)
    is_step_up(client.get(f"/{view}"))


def test_of_a_class_each_method_does(clock):
    client = logged_in()
    clock.advance(WITHIN)
    is_step_up(client.post("/whole"))


def test_a_visitor_is_sent_to_the_login_page_by_login_required():
    assert Client().get("/inside").url == "/login?next=/inside"
    is_step_up(Client().get("/outside"))


def test_an_async_view_under_asgi(clock):
    client = logged_in()
    browser = AsyncClient()
    browser.cookies = client.cookies

    async def ask():
        try:
            return await browser.get("/async")
        finally:
            await sync_to_async(connections.close_all)()

    assert asyncio.run(ask()).content == b"done"
    clock.advance(WITHIN)
    is_step_up(asyncio.run(ask()))


def test_a_page_that_is_judged_late_is_asked_too(clock):
    """Its login is judged by that look; one that is over is a 440."""
    client = logged_in()
    clock.advance(WITHIN)
    is_step_up(client.get("/vault"))
    clock.advance(1200)
    is_440(client.get("/vault", headers={"Accept": "text/html"}))


def test_without_a_request_or_a_middleware_the_view_does_not_run():
    """It fails closed."""
    with pytest.raises(RuntimeError, match="finds no visit"):
        recent("10m")(done)(RequestFactory().get("/"))
    with pytest.raises(RuntimeError, match="finds no visit"):
        recent("10m")(lambda: "done")()


def test_a_login_by_a_proxy_proves_nothing():
    """Django's REMOTE_USER: who was perhaps not asked."""
    remote = "django.contrib.auth.middleware.RemoteUserMiddleware"
    from django.conf import settings

    stack = [*settings.MIDDLEWARE]
    stack.insert(stack.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1, remote)
    backends = ["django.contrib.auth.backends.RemoteUserBackend"]
    with override_settings(MIDDLEWARE=stack, AUTHENTICATION_BACKENDS=backends):
        client = Client()
        client.get("/plain", REMOTE_USER="alice")
        is_step_up(client.get("/vault", REMOTE_USER="alice"))
        assert ticket_of(client).proved_at is None


def test_a_new_password_entered_is_a_new_login(clock):
    """A login again by the same person: Django keeps its session's key then, and we do not."""
    client = logged_in()
    key = client.cookies["sessionid"].value
    clock.advance(WITHIN)

    with override_settings(ROOT_URLCONF="django_urls"):
        assert client.post("/login", {"username": "alice"}).status_code == 302
    assert client.cookies["sessionid"].value != key
    assert client.get("/vault").content == b"done"


@pytest.fixture
def staff():
    User.objects.create_superuser("eve", password="wonderland")
    yield "eve"
    User.objects.filter(username="eve").delete()


def test_the_admin_asks_on_a_login_page_of_the_projects_own(clock, staff):
    """The admin's own sends away whoever is logged in; docs/recent.md has this one."""
    options = {"CLOCK": clock, "RECENT": {"/admin/*": "10m"}, "STEP_UP_URL": "prove"}
    with override_settings(SESSION440=options):
        client = logged_in(staff)
        assert client.get("/admin/").status_code == 200
        clock.advance(WITHIN)
        answer = client.get("/admin/")
        is_step_up(answer)
        url = answer.json()["login_url"]
        assert url == "/prove/?next=%2Fadmin%2F"
        assert b'name="password"' in client.get(url).content
        form = {"username": staff, "password": "wrong", "next": "/admin/"}
        client.post(url, form)
        is_step_up(client.get("/admin/"))
        assert client.post(url, form | {"password": "wonderland"}).url == "/admin/"
        assert client.get("/admin/").status_code == 200


def test_where_no_page_wants_a_recent_login_the_key_stays_as_in_django(monkeypatch):
    """Django's own LoginTest.test_session_key_flushed_on_login_after_password_change asks that."""
    monkeypatch.setattr("session440.decorators._used", set())
    with override_settings(ROOT_URLCONF="django_urls"):
        client = logged_in()
        key = client.cookies["sessionid"].value
        client.post("/login", {"username": "alice"})
        assert client.cookies["sessionid"].value == key


# --- django-allauth


def test_a_proof_that_allauth_announces_counts(clock):
    client = logged_in()
    before = ticket_of(client)
    clock.advance(WITHIN)
    is_step_up(client.get("/vault"))
    client.get("/reauthenticate?as=alice")
    assert client.get("/vault").content == b"done"
    after = ticket_of(client)
    assert after.id != before.id
    assert after.issued_at == before.issued_at


def test_the_proof_of_somebody_else_does_not(clock):
    """GHSA-f66q-9rf6-8795."""
    client = logged_in()
    clock.advance(WITHIN)
    client.get("/reauthenticate?as=bob")
    is_step_up(client.get("/vault"))


def test_a_step_of_a_login_does_not(clock):
    client = logged_in()
    clock.advance(WITHIN)
    client.get("/second-factor")
    is_step_up(client.get("/vault"))


def test_allauths_own_page_is_a_proof():
    """In a project of its own: a wrong password proves nothing, the right one does."""
    site = Path(__file__).parent / "allauth_site.py"
    done = subprocess.run(
        [sys.executable, site], check=True, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split() == ["200", "401", "401", "200"]
