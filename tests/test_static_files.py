"""A static file changes nothing, and says who is logged in to a view that asks."""

from __future__ import annotations

import flask
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from spying import SpyStore

from session440.flask import Session440, current_visit

IDLE = 1200


# --- Flask


@pytest.fixture
def app(clock, tmp_path):
    """A site that wants a login for everything but its login page, style sheets included."""
    (tmp_path / "style.css").write_text("body {}")
    app = flask.Flask("static_files", static_folder=str(tmp_path), static_url_path="/static")
    app.secret_key = "a long random text for the tests of session440"
    app.config["SESSION440_CLOCK"] = clock
    app.config["SESSION440_STORE"] = app.spy = SpyStore()
    Session440(app)

    @app.before_request
    def wants_a_login():
        if flask.request.path == "/unasked":
            return "", 204
        if flask.request.path != "/login" and not current_visit.active:
            flask.abort(403)
        return None

    @app.get("/login")
    def login():
        flask.session["user_id"] = "alice"
        return "in"

    @app.get("/")
    def index():
        return f"hello {current_visit.subject}"

    return app


@pytest.fixture
def client(app):
    client = app.test_client()
    client.get("/login")
    client.get("/")
    return client


def fetch(client):
    answer = client.get("/static/style.css")
    answer.close()  # or its file stays open
    return answer


def test_its_own_people_get_the_style_sheet(client):
    answer = fetch(client)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_they_get_it_without_their_ticket_too(client):
    client.delete_cookie("session440")
    answer = fetch(client)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_visitors_and_people_whose_login_has_ended_do_not(app, client, clock):
    assert fetch(app.test_client()).status_code == 403
    clock.advance(IDLE)
    answer = fetch(client)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert client.get("/").status_code == 440


def test_a_login_that_was_revoked_is_not_shown_either(app, client):
    app.extensions["session440"]._engine(app).revoke_all("alice")
    assert fetch(client).status_code == 403


def test_an_old_login_is_not_renewed_by_it(app, client, clock):
    clock.advance(IDLE / 2)
    assert "Set-Cookie" not in fetch(client).headers
    clock.advance(IDLE / 2)
    assert client.get("/").status_code == 440


# --- Django


def static(request):
    asked = request.session440.subject if "ask" in request.GET else "-"
    return HttpResponse(f"body of {asked}")


urlpatterns = [path("static/style.css", static), path("", static)]


@pytest.fixture
def django_client(clock):
    with override_settings(ROOT_URLCONF=__name__, SESSION440={"CLOCK": clock}):
        client = Client()
        assert client.login(username="alice", password="wonderland")
        client.get("/")
        yield client


def shown(client, url, queries):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert len(captured) == queries, captured.captured_queries
    assert not answer.cookies
    return answer.content.decode()


def test_django_asks_no_query_unless_somebody_asks(django_client):
    alice = User.objects.get(username="alice").pk
    assert shown(django_client, "/static/style.css", 0) == "body of -"
    assert shown(django_client, "/static/style.css?ask", 1) == f"body of {alice}"


def test_django_shows_them_without_their_ticket_too(django_client):
    alice = User.objects.get(username="alice").pk
    del django_client.cookies["sessionid440"]
    assert shown(django_client, "/static/style.css?ask", 1) == f"body of {alice}"


def test_django_shows_nobody_once_the_login_has_ended(django_client, clock):
    clock.advance(IDLE)
    assert shown(django_client, "/static/style.css?ask", 1) == "body of None"
    assert django_client.get("/").status_code == 440
