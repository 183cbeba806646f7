"""Sessions that come by a header, as mobile apps send them: they are judged like any other."""

from __future__ import annotations

import flask
import pytest
from django.contrib.auth import authenticate, login
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from flask.sessions import SecureCookieSession, SessionInterface
from spying import SpyStore

from session440.django import get_engine
from session440.flask import Session440

IDLE = 1200
HEADER = "X-Session-Token"


class ByHeader(SessionInterface):
    """Keeps sessions on the server, under a token that a header carries."""

    def __init__(self):
        self.kept = {}

    def open_session(self, app, request):
        return SecureCookieSession(self.kept.get(request.headers.get(HEADER), {}))

    def save_session(self, app, session, response):
        if session.modified:
            token = flask.request.headers.get(HEADER) or f"token{len(self.kept)}"
            self.kept[token] = dict(session)
            response.headers[HEADER] = token


@pytest.fixture
def flask_client(clock):
    app = flask.Flask("by_header")
    app.secret_key = "a long random text for the tests of session440"
    app.config.update(SESSION440_CLOCK=clock, SESSION440_STORE=SpyStore())
    app.session_interface = ByHeader()
    extension = Session440(app)
    app.add_url_rule("/in", "in", lambda: flask.session.update(user_id="alice") or "in")
    app.add_url_rule("/", "index", lambda: f"hello {flask.session.get('user_id')}")
    client = app.test_client(use_cookies=False)
    token = client.get("/in").headers[HEADER]

    def ask():
        return client.get("/", headers={HEADER: token})

    with app.app_context():
        return ask, extension.engine, "alice"


class ByHeaderMiddleware(SessionMiddleware):
    def process_request(self, request):
        request.session = SessionStore(request.headers.get(HEADER))


def enter(request):
    login(request, authenticate(username="alice", password="wonderland"))
    request.session.save()
    return HttpResponse("in", headers={HEADER: request.session.session_key})


def hello(request):
    return HttpResponse(f"hello {request.user.username}")


urlpatterns = [path("in", enter), path("", hello)]


@pytest.fixture
def django_client(clock):
    middleware = [
        f"{__name__}.ByHeaderMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "session440.django.Session440Middleware",
    ]
    options = {"CLOCK": clock, "STORE": SpyStore()}
    settings = {"ROOT_URLCONF": __name__, "MIDDLEWARE": middleware, "SESSION440": options}
    with override_settings(**settings):
        token = Client().get("/in")[HEADER]
        yield (lambda: Client().get("/", headers={HEADER: token})), get_engine(), "1"


@pytest.fixture(params=["flask", "django"])
def site(request):
    return request.getfixturevalue(f"{request.param}_client")


def test_session_by_a_header_ends_on_time(site, clock):
    """It has no ticket, so it is judged by its binding, or by the store."""
    ask, _, _ = site
    for _ in range(10):
        clock.advance(IDLE / 2)
        assert ask().status_code == 200
    clock.advance(IDLE)
    assert ask().status_code == 440


def test_session_by_a_header_can_be_revoked(site):
    ask, engine, _ = site
    assert ask().status_code == 200
    (login,) = [each for name in ("alice", "1") for each in engine.logins(name)]
    engine.revoke(login.id)
    assert ask().status_code == 440
