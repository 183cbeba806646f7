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


def read_session(app):
    """Have the app's hook read the session itself, before the file is sent."""
    seen = []
    app.before_request_funcs.clear()
    app.before_request(lambda: seen.append(flask.session.get("user_id")))
    return seen


@pytest.mark.parametrize("end", ["revoked", "idle", "logged out"])
def test_live_ticket_of_somebody_else_vouches_for_no_session(app, clock, end):
    """A login that is over is shown to nobody who reads the session for a static file."""
    seen = read_session(app)
    client = app.test_client()
    client.get("/login")
    ours = client.get_cookie("session").value
    if end == "revoked":
        app.extensions["session440"]._engine(app).revoke_all("alice")
    elif end == "logged out":
        copy = app.test_client()
        copy.set_cookie("session", ours)
        copy.set_cookie("session440", client.get_cookie("session440").value)
        copy.post("/session440/logout", headers={"Sec-Fetch-Site": "same-origin"})
    clock.advance(IDLE if end == "idle" else 1)
    other = app.test_client()
    other.get("/login")
    client.set_cookie("session440", other.get_cookie("session440").value)
    seen.clear()
    fetch(client)
    assert seen == [None]


@pytest.mark.parametrize("reads", [False, True])
def test_static_file_asks_the_store_only_if_somebody_reads_the_session(app, client, reads):
    app.view_functions["static"] = lambda filename: flask.session["user_id"] if reads else "x"
    app.before_request_funcs.clear()
    app.spy.taken()
    assert fetch(client).text == ("alice" if reads else "x")
    assert len(app.spy.taken()) == reads


@pytest.mark.parametrize("write", ["['a'] = 1", ".update(a=1)", ".setdefault('a', 1)", ".clear()"])
def test_session_is_judged_before_a_write_too(app, client, clock, write):
    """What is written for a static file stays in the session of whoever is logged in."""
    app.before_request_funcs.clear()
    app.view_functions["static"] = lambda filename: exec(f"flask.session{write}") or "x"
    fetch(client)
    with client.session_transaction() as session:
        assert session.get("a") == (None if "clear" in write else 1)
        assert session.get("user_id") == (None if "clear" in write else "alice")


def test_an_old_login_is_not_renewed_by_it(app, client, clock):
    clock.advance(IDLE / 2)
    assert "Set-Cookie" not in fetch(client).headers
    clock.advance(IDLE / 2)
    assert client.get("/").status_code == 440


# --- Django


def static(request):
    asked = request.session440.subject if "ask" in request.GET else "-"
    asked = request.session.get("_auth_user_id") if "read" in request.GET else asked
    asked = request.user.pk if "user" in request.GET else asked
    return HttpResponse(f"body of {asked}")


urlpatterns = [path("static/style.css", static), path("public", static), path("", static)]


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


ENGINES = ["db", "cached_db", "signed_cookies"]


@pytest.mark.parametrize("how", ["read", "user", "ask"])
@pytest.mark.parametrize("engine", ENGINES)
def test_django_believes_no_ticket_of_somebody_else(clock, how, engine):
    """Neither the session nor its user is shown once the session's own login has ended."""
    engine = f"django.contrib.sessions.backends.{engine}"
    options = {"CLOCK": clock, "PUBLIC": ["/public"]}
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options, SESSION_ENGINE=engine):
        client, other = Client(), Client()
        assert client.login(username="alice", password="wonderland")
        client.get("/")
        clock.advance(IDLE)
        assert other.login(username="alice", password="wonderland")
        other.get("/")
        client.cookies["sessionid440"] = other.cookies["sessionid440"].value
        for path in ("/static/style.css", "/public"):
            assert client.get(f"{path}?{how}").content == b"body of None"


@pytest.mark.parametrize("reader", ["user", "session"])
@pytest.mark.parametrize("path", ["/public", "/static/style.css"])
def test_django_puts_nothing_off_once_a_middleware_has_read_the_session(clock, reader, path):
    """Else an ended login would be shown to whoever carries any live ticket."""
    middleware = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        f"{__name__}.reads_{reader}",
        "session440.django.Session440Middleware",
    ]
    options = {"CLOCK": clock, "PUBLIC": ["/public"]}
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options, MIDDLEWARE=middleware):
        client, other = Client(), Client()
        assert client.login(username="alice", password="wonderland")
        client.get("/")
        clock.advance(IDLE)
        assert other.login(username="alice", password="wonderland")
        other.get("/")
        client.cookies["sessionid440"] = other.cookies["sessionid440"].value
        assert client.get(f"{path}?user").content == b"body of None"


def reads_user(get_response):
    return lambda request: request.user.pk and get_response(request)


def reads_session(get_response):
    return lambda request: request.session.get("any") or get_response(request)
