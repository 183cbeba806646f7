"""``@passive`` and ``@public`` on a method of a class-based view, and on viewsets."""

from __future__ import annotations

import flask
import pytest
from clock import FakeClock
from django.conf import settings
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.views import View
from django_logins import IDLE, logged_in
from flask.views import MethodView
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSet

from session440.django import passive, public
from session440.flask import Session440


class Mixed(View):
    @passive
    def get(self, request):
        return HttpResponse("polled")

    def post(self, request):
        return HttpResponse("done")


class Open(View):
    @public
    def get(self, request):
        return HttpResponse("for anyone")

    def post(self, request):
        return HttpResponse("done")


class Taken(Open):
    def get(self, request):
        return HttpResponse("for people")

    @public
    def post(self, request):
        return HttpResponse("searched")

    def delete(self, request):
        return HttpResponse("gone")


def overriding(get_response):
    """Takes the method of a form from a header, as middleware for method overrides does."""

    def taking(request):
        request.method = request.headers.get("X-HTTP-Method-Override", request.method)
        return get_response(request)

    return taking


class Items(ViewSet):
    def list(self, request):
        return Response("all")

    @action(detail=False)
    @passive
    def count(self, request):
        return Response(3)

    @passive
    @action(detail=False)
    def unread(self, request):
        return Response(3)


@passive
class Polls(ViewSet):
    def list(self, request):
        return Response("all")


router = SimpleRouter()
router.register("items", Items, "item")
router.register("polls", Polls, "poll")
urlpatterns = [
    path("mixed", Mixed.as_view()),
    path("open", Open.as_view()),
    path("", include(router.urls)),
    path("taken", Taken.as_view()),
    path("plain", lambda request: HttpResponse("plain")),
]


@pytest.fixture
def client(clock):
    with override_settings(ROOT_URLCONF=__name__, SESSION440={"CLOCK": clock}):
        yield logged_in()


def stays(clock: FakeClock, ask) -> bool:
    """Return whether *ask*, again and again, keeps somebody logged in."""
    for _ in range(3):
        clock.advance(IDLE / 3)
        status = ask().status_code
    return status != 440


@pytest.mark.parametrize(
    ("method", "page", "is_active"),
    [
        ("get", "/mixed", False),
        ("head", "/mixed", False),
        ("post", "/mixed", True),
        ("get", "/items/count/", False),
        ("get", "/items/unread/", False),
        ("get", "/items/", True),
        ("get", "/polls/", False),
    ],
)
def test_only_what_is_not_marked_keeps_people_logged_in(client, clock, method, page, is_active):
    assert stays(clock, lambda: getattr(client, method)(page)) is is_active


def test_a_method_that_is_public_leaves_the_others_guarded(client, clock):
    clock.advance(IDLE)
    assert client.get("/open").content == b"for anyone"
    assert client.head("/open").status_code == 200
    assert client.post("/open").status_code == 440


def test_a_method_that_takes_the_place_of_a_public_one_is_guarded(client, clock):
    clock.advance(IDLE)
    assert client.post("/taken").content == b"searched"
    assert client.get("/taken").status_code == 440


def test_the_method_that_counts_is_the_one_that_django_calls(client, clock):
    with override_settings(MIDDLEWARE=[f"{__name__}.overriding", *settings.MIDDLEWARE]):
        client = logged_in()
        clock.advance(IDLE)
        answer = client.post("/taken", headers={"X-HTTP-Method-Override": "DELETE"})
    assert answer.status_code == 440


@pytest.mark.parametrize(("method", "is_active"), [("get", False), ("head", False), ("post", True)])
def test_a_method_of_flask_alike(clock, method, is_active):
    app = flask.Flask(__name__)
    app.secret_key = "a long random text for this test"
    app.config["SESSION440_CLOCK"] = clock
    Session440(app)

    class Mixed(MethodView):
        @passive
        def get(self):
            return "polled"

        def post(self):
            return "done"

    app.add_url_rule("/mixed", view_func=Mixed.as_view("mixed"))
    client = app.test_client()
    with client.session_transaction() as session:
        session["user_id"] = "alice"
    client.post("/mixed")
    assert stays(clock, lambda: getattr(client, method)("/mixed")) is is_active
