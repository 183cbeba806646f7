"""session440.testing: travel in time, the end of a login by each cause, and the assertion."""

from __future__ import annotations

import time
import unittest
from datetime import timedelta

import flask
import httpx
import pytest
import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import AsyncClient, Client, TestCase, override_settings
from flask_apps import make_app
from serving import serve
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from werkzeug.test import Client as WerkzeugClient
from wsgi_apps import SECRET, hello

from session440 import Cause, ConfigurationError
from session440.asgi import Session440Middleware as ASGIMiddleware
from session440.django import get_engine
from session440.flask import Session440
from session440.stores import MemoryStore
from session440.testing import LoginTimeoutMixin, Travel, assert_login_timeout
from session440.wsgi import Session440Middleware as WSGIMiddleware

CAUSES = [str(each) for each in Cause]


# --- a site of each kind, and a client of it that is logged in


def flask_site(**options):
    given = {f"SESSION440_{name.upper()}": value for name, value in options.items()}
    app = make_app(time.time, **given)
    Session440(app)
    return app, lambda: opened(app.test_client(), "/login/alice")


def wsgi_site(**options):
    app = WSGIMiddleware(hello, secret_key=SECRET, **options)
    return app, lambda: opened(WerkzeugClient(app), "/login")


def starlette_site(**options):
    def login(request):
        request.session["user"] = "alice"
        return PlainTextResponse("in")

    def index(request):
        return PlainTextResponse(f"hello {request.session.get('user')}")

    stack = [
        Middleware(SessionMiddleware, secret_key=SECRET),
        Middleware(ASGIMiddleware, secret_key=SECRET, subject_key="user", **options),
    ]
    routes = [Route("/", index), Route("/login", login)]
    app = Starlette(routes=routes, middleware=stack)
    return app, lambda: opened(TestClient(app), "/login")


def asgi_site(**options):
    from asgi_apps import TicketApp

    app = ASGIMiddleware(TicketApp(), secret_key=SECRET, **options)
    return app, lambda: opened(TestClient(app), "/login")


def opened(client, path):
    assert client.get(path).status_code == 200
    assert client.get("/").status_code == 200
    return client


def django_client():
    """Without any request yet."""
    client = Client()
    client.force_login(User.objects.get(username="alice"))
    return client


SITES = {
    "flask": flask_site,
    "wsgi": wsgi_site,
    "starlette": starlette_site,
    "asgi": asgi_site,
}


@pytest.fixture(params=SITES)
def site(request):
    return SITES[request.param]


# --- travel


def test_a_login_ends_when_a_test_has_travelled_that_far(site):
    app, log_in = site()
    with Travel(app) as travel:
        client = log_in()
        travel("19m")
        assert client.get("/").status_code == 200
        travel(timedelta(minutes=20))
        assert_login_timeout(client.get("/"), cause="idle")


def test_the_clock_stands_still_between_two_travels():
    app, log_in = wsgi_site()
    with Travel(app) as travel:
        before = travel.engine.clock()
        log_in()
        assert travel.engine.clock() == before
        travel(90)
        assert travel.engine.clock() == before + 90


def test_it_begins_at_the_engines_own_time(clock):
    app = make_app(clock)
    Session440(app)
    with Travel(app) as travel:
        assert travel.engine.clock() == clock.now
        travel("1m")
        assert travel.engine.clock() == clock.now + 60


def test_afterwards_the_engine_has_its_own_clock_again(site):
    app, log_in = site()
    log_in()  # Starlette's middleware is there from then on
    with Travel(app) as travel:
        engine = travel.engine
        assert engine.clock is travel.clock
        with Travel(app) as further:
            further("1d")
        assert engine.clock is travel.clock
    assert engine.clock is time.time


def test_a_failing_test_gives_the_clock_back():
    app, _ = wsgi_site()
    with pytest.raises(ZeroDivisionError), Travel(app):
        1 / 0  # noqa: B018
    assert app.engine.clock is time.time


def test_a_test_that_was_slow_before_it_travels_does_not_go_back(clock):
    """Starlette builds its middleware late; an engine's clock has gone on until it is held."""
    app = WSGIMiddleware(hello, secret_key=SECRET, clock=clock)
    with Travel(app) as travel:
        late = WSGIMiddleware(hello, secret_key=SECRET, clock=clock)
        clock.advance(30)
        app.engine.clock = clock  # as if it were held from now on
        travel("1m")
        assert travel.engine.clock() == clock.now + 60
    assert late.engine.clock is clock


@pytest.mark.parametrize("by", ["-1m", 0, "soon", None])
def test_no_travel_goes_back_or_stays(by):
    app, _ = wsgi_site()
    with Travel(app) as travel, pytest.raises(ConfigurationError, match="travel is"):
        travel(by)


def test_an_app_without_session440_is_said():
    with Travel(flask.Flask("plain")) as travel:
        with pytest.raises(LookupError, match="no Session440 is to be seen in <Flask 'plain'>"):
            travel("1m")


def test_a_wrapped_app_is_found():
    """A middleware around ours, and ours around Flask's own ``wsgi_app``."""
    app = flask.Flask("wrapped")
    app.wsgi_app = WSGIMiddleware(app.wsgi_app, secret_key=SECRET)

    class Outer:
        def __init__(self, application):
            self.application = application

        def __call__(self, environ, start_response):
            return self.application(environ, start_response)

    with Travel(Outer(app)) as travel:
        assert travel.engine is app.wsgi_app.engine


def test_open_connections_go_by_the_same_clock():
    app, log_in = wsgi_site()
    with Travel(app) as travel:
        client = log_in()
        ticket = travel.engine.signer.loads(client.get_cookie("login440").value)
        login = travel.engine.live.enter(ticket, travel.clock.now, True, lambda is_set: None)
        assert not login.is_over
        travel("20m")
        assert login.is_over
        login.close()


# --- Django


def test_the_django_project_needs_no_app():
    with Travel() as travel:
        client = django_client()
        assert client.get("/show").status_code == 200
        travel("20m")
        assert_login_timeout(client.get("/show"), cause="idle")
    assert get_engine().clock is time.time


def test_a_django_handler_stands_for_its_project():
    with Travel(WSGIHandler()) as travel:
        assert travel.engine is get_engine()


def test_override_settings_in_between_changes_no_time():
    with Travel() as travel:
        client = django_client()
        client.get("/show")
        travel("3m")
        with override_settings(SESSION440={"IDLE_TIMEOUT": "5m"}):
            assert client.get("/show").status_code == 200
            late = django_client()
            late.get("/show")
            travel("4m")
            assert late.get("/show").status_code == 200
            travel("5m")
            assert_login_timeout(late.get("/show"), cause="idle")
        assert get_engine().clock is travel.clock
        assert client.get("/show").status_code == 200
    assert get_engine().clock is time.time
    with override_settings(SESSION440={}):
        assert get_engine().clock is time.time


def test_a_bad_option_on_purpose_is_said_by_what_uses_it():
    with Travel(), override_settings(SESSION440={"IDLE_TIMOUT": 1}):
        with pytest.raises(ConfigurationError, match="did you mean"):
            Client().get("/show")


def test_a_clock_of_the_projects_own_is_respected(clock):
    with override_settings(SESSION440={"CLOCK": clock}), Travel() as travel:
        assert travel.engine.clock() == clock.now


def test_the_mixin_runs_in_unittest():
    """In Django's own TestCase, which rolls its transaction back."""

    class Site(LoginTimeoutMixin, TestCase):
        databases = {"default"}

        def test_idle(self):
            self.client.force_login(User.objects.create_user("carol"))
            self.client.get("/show")
            self.travel("20m")
            self.assertLoginTimeout(self.client.get("/show"), cause="idle")

        @override_settings(SESSION440={"IDLE_TIMEOUT": "1h"})
        def test_overridden(self):
            self.client.force_login(User.objects.create_user("carol"))
            self.client.get("/show")
            self.travel("59m")
            assert self.client.get("/show").status_code == 200
            self.travel.end_login(self.client, "absolute")
            self.assertLoginTimeout(self.client.get("/show"), cause="absolute")

        def test_wrong(self):
            self.assertLoginTimeout(self.client.get("/show"))

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Site).run(result)
    assert (result.testsRun, result.errors) == (3, [])
    assert [test.id().rpartition(".")[2] for test, _ in result.failures] == ["test_wrong"]
    assert get_engine().clock is time.time


# --- a login's end by each cause


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_ends_a_login(site, cause):
    app, log_in = site()
    with Travel(app) as travel:
        client = log_in()
        travel.end_login(client, cause)
        assert_login_timeout(client.get("/"), cause)
        other = log_in()
        assert other.get("/").status_code == 200


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_ends_a_login_with_a_store(site, cause):
    app, log_in = site(store="memory:")
    with Travel(app) as travel:
        client = log_in()
        travel.end_login(client, cause)
        assert_login_timeout(client.get("/"), cause)


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_ends_a_login_of_django_before_its_first_request(cause):
    with Travel() as travel:
        client = django_client()
        travel.end_login(client, cause)
        assert_login_timeout(client.get("/show"), cause)
        assert client.get("/show").content == b"shown to nobody"


def test_revoked_is_told_to_the_store():
    store = MemoryStore()
    app, log_in = flask_site(store=store)
    with Travel(app) as travel:
        client, other = log_in(), log_in()
        assert len(travel.engine.logins("alice")) == 2
        travel.end_login(client, Cause.REVOKED)
        assert len(travel.engine.logins("alice")) == 1
        assert other.get("/").status_code == 200


def test_absolute_is_at_the_time_of_the_policy_and_idle_too():
    app, log_in = flask_site(idle_timeout="10m", absolute_timeout="2h")
    with Travel(app) as travel:
        began = travel.clock.now
        travel.end_login(log_in(), "idle")
        assert travel.clock.now == began + 600
        travel.end_login(log_in(), "absolute")
        assert travel.clock.now == began + 600 + 7200


def test_a_credential_with_an_end_ends_there():
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/login":
            environ["session440"].login("alice", not_after=travel.clock.now + 3000)
        start_response("200 OK", [])
        return [b""]

    site = WSGIMiddleware(app, secret_key=SECRET)
    with Travel(site) as travel:
        began = travel.clock.now
        client = opened(WerkzeugClient(site), "/login")
        travel.end_login(client, "credential")
        assert travel.clock.now == began + 3000
        assert_login_timeout(client.get("/"), "credential")


def test_a_timeout_that_the_policy_lacks_is_said():
    app, log_in = wsgi_site(idle_timeout=None)
    with Travel(app) as travel, pytest.raises(ValueError, match="does not end as 'idle' here"):
        travel.end_login(log_in(), "idle")
    app, log_in = wsgi_site(absolute_timeout=None)
    with Travel(app) as travel, pytest.raises(ValueError, match="does not end as 'absolute'"):
        travel.end_login(log_in(), "absolute")


def test_a_client_of_a_visitor_is_said(site):
    app, log_in = site()
    with Travel(app) as travel:
        client = log_in()
        client.get("/")
        travel.end_login(client, "idle")
        client.get("/")  # the 440
        with pytest.raises(LookupError, match="nobody is logged in with this client"):
            travel.end_login(client, "idle")


def test_a_session_that_a_flask_test_wrote_itself_has_a_login():
    app, _ = flask_site()
    with Travel(app) as travel:
        client = app.test_client()
        with client.session_transaction() as session:
            session["user_id"] = "alice"
        travel.end_login(client, "idle")
        assert_login_timeout(client.get("/"), "idle")


@pytest.mark.parametrize("client", [requests.Session(), httpx.Client(), AsyncClient()])
def test_a_client_that_cannot_be_asked_by_a_path_is_said(client):
    """It needs an address, or somebody who awaits it."""
    with Travel() as travel, pytest.raises(LookupError, match=r"make one request$"):
        travel.end_login(client, "idle")


def test_an_unknown_cause_and_an_unknown_client_are_said():
    app, log_in = wsgi_site()
    with Travel(app) as travel:
        with pytest.raises(ValueError, match="'bored' is not a valid Cause"):
            travel.end_login(log_in(), "bored")
        with pytest.raises(TypeError, match="object is no client of Flask"):
            travel.end_login(object(), "idle")


def test_a_flask_client_is_found_by_the_place_of_its_cookie():
    app = make_app(time.time, SERVER_NAME="shop.example:5000", SESSION_COOKIE_PATH="/")
    Session440(app)
    with Travel(app) as travel:
        client = opened(app.test_client(), "/login/alice")
        travel.end_login(client, "lost")
        assert_login_timeout(client.get("/"), "lost")


@pytest.mark.parametrize("library", [requests.Session, httpx.Client])
def test_clients_over_a_real_socket(library):
    app, _ = flask_site()
    with Travel(app) as travel, serve(app) as url, library() as client:
        client.get(f"{url}/login/alice")
        travel.end_login(client, "displaced")
        assert_login_timeout(client.get(url), "displaced")


# --- the assertion


def answer(**given):
    given = {"status": 200, **given}
    headers = given.pop("headers", {})
    return HttpResponse(headers=headers, **given)


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (answer(), "the answer is 200 OK, not 440 Login Timeout"),
        (
            answer(status=302, headers={"Location": "/login?next=/"}),
            r"the answer is 302 Found to '/login\?next=/', not 440",
        ),
        (answer(status=401), "the answer is 401 Unauthorized, not 440"),
        (answer(status=499), "the answer is 499, not 440"),
        (
            answer(status=440, headers={"Session440-Cause": "absolute"}),
            "the login ended as 'absolute', not as 'idle'$",
        ),
        (
            answer(status=440, headers={"Session440-Cause": "lost"}),
            "'lost', not as 'idle'; its ticket was never sent: after force_login",
        ),
        (answer(status=440), "the login ended as None, not as 'idle'"),
    ],
)
def test_another_answer_fails_and_says_what_it_is(response, said):
    with pytest.raises(AssertionError, match=said):
        assert_login_timeout(response, cause="idle")


def test_a_440_without_a_wanted_cause_passes():
    assert_login_timeout(answer(status=440))


def test_the_401_of_the_option_status_passes():
    app, log_in = wsgi_site(status=401)
    with Travel(app) as travel:
        client = log_in()
        travel.end_login(client, "idle")
        answer = client.get("/")
        assert answer.status_code == 401
        assert_login_timeout(answer, "idle")


def test_a_401_that_asks_for_a_recent_login_is_no_end():
    app, log_in = asgi_site()
    with Travel(app) as travel:
        client = log_in()
        travel("2m")
        answer = client.get("/recent")
        assert answer.status_code == 401
        with pytest.raises(AssertionError, match="401 Unauthorized"):
            assert_login_timeout(answer)


def test_travel_without_a_request_after_force_login_names_the_reason():
    with Travel() as travel:
        client = django_client()
        travel("20m")
        with pytest.raises(AssertionError, match="after force_login"):
            assert_login_timeout(client.get("/show"), "idle")


def test_the_settings_of_these_tests_are_left_alone():
    assert "CLOCK" not in getattr(settings, "SESSION440", {})
