"""Options that would do nothing, or break later, are refused when the app starts."""

from __future__ import annotations

from io import StringIO

import pytest
from calling import Call
from clock import START, FakeClock
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import reverse_lazy
from flask import Flask, request
from quart import Quart
from sites import SECRET, TicketApp

from session440 import ConfigurationError, Engine, Settings, Visit
from session440.django import Session440Request, get_engine
from session440.flask import Session440
from session440.wsgi import Session440Middleware, visit_of

# WSGI


def wrap(**options):
    return Session440Middleware(TicketApp(), **{"secret_key": SECRET, **options})


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("watch_cookie", 5),
        ("watch_cookie", ""),
        ("watch_cookie", "a b"),
        ("cookie_secure", "False"),
        ("cookie_secure", 1),
        ("cookie_domain", ""),
        ("cookie_domain", "example.org; Path=/"),
        ("cookie_domain", 5),
    ],
)
def test_what_the_wsgi_wrapper_alone_is_given_is_checked_too(option, value):
    with pytest.raises(ConfigurationError, match=f"{option} is .*; give "):
        wrap(**{option: value})


def test_flasks_own_option_is_named_too():
    app = Flask("mistyped")
    app.secret_key = SECRET
    app.config["SESSION440_SUBJECT_KEE"] = "user"
    with pytest.raises(ConfigurationError, match="did you mean 'subject_key'"):
        Session440(app)


def test_ticket_may_not_travel_in_the_watched_cookie():
    with pytest.raises(ConfigurationError, match=r"'login440', the name of watch_cookie"):
        wrap(watch_cookie="login440")


def test_visit_of_is_what_the_environ_holds():
    seen = []

    def app(environ, start_response):
        seen.append((visit_of(environ), environ["session440"]))
        start_response("204 No Content", [])
        return []

    Call(Session440Middleware(app, secret_key=SECRET), "/").body()
    ((visit, held),) = seen
    assert visit is held
    assert isinstance(visit, Visit)


def test_visit_of_an_app_without_the_wrapper_says_so():
    with pytest.raises(RuntimeError, match="not wrapped in Session440Middleware"):
        visit_of({})


# Flask


def flask_site(**config):
    app = Flask(__name__)
    app.secret_key = SECRET
    app.config.update(config)
    Session440(app)
    return app


@pytest.mark.parametrize("name", ["session", "remember_token"])
def test_ticket_may_not_travel_in_a_cookie_of_flasks(name):
    with pytest.raises(ConfigurationError, match=f"cookie_name is '{name}', the name of "):
        flask_site(SESSION440_COOKIE_NAME=name)


def test_djangos_spelling_in_flask_is_refused():
    with pytest.raises(ConfigurationError, match="give each option as SESSION440_IDLE_TIMEOUT"):
        flask_site(SESSION440={"IDLE_TIMEOUT": "5m"})


def test_login_url_may_be_the_name_of_an_endpoint_in_flask():
    """As Flask-Login's own ``login_view`` is; a function can build it, too."""
    flask_site(SESSION440_LOGIN_URL="auth.login")
    flask_site(SESSION440_LOGIN_URL=lambda request: "/login")


@pytest.mark.parametrize("install", [Session440, Session440().init_app], ids=["at once", "late"])
@pytest.mark.parametrize("app", [Quart("asked"), lambda environ, start_response: []])
def test_only_a_flask_app_is_taken_for_one(install, app):
    """Quart's look alike, and would answer each request with 500."""
    with pytest.raises(ConfigurationError, match="app, and Session440 is for Flask"):
        install(app)


def test_quart_is_told_which_middleware_is_its():
    with pytest.raises(ConfigurationError, match=r"app\.asgi_app = Session440Middleware\("):
        Session440(Quart("asked"))


def test_quart_is_no_app_of_wsgi():
    with pytest.raises(ConfigurationError, match=r"quart\.Quart is an ASGI app"):
        Session440Middleware(Quart("asked"), secret_key="a long random text")


def test_clock_may_need_a_request():
    """It is called once when the settings are read, outside of any."""
    app = flask_site(SESSION440_CLOCK=lambda: float(request.headers["Now"]))
    assert app.test_client().get("/", headers={"Now": str(START)}).status_code == 404


# Django


def engine_of(**options):
    with override_settings(SESSION440=options):
        return get_engine()


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "django_language"])
def test_ticket_may_not_travel_in_a_cookie_of_djangos(name):
    with pytest.raises(ConfigurationError, match=f"cookie_name is '{name}', the name of "):
        engine_of(COOKIE_NAME=name)


def test_flasks_spelling_in_django_is_refused():
    """Nothing would read it; a setting that is no option is the project's own."""
    with override_settings(SESSION440_IDLE_TIMEOUT="5m"):
        with pytest.raises(ConfigurationError, match=r"give SESSION440\['IDLE_TIMEOUT'\]"):
            get_engine()
    with override_settings(SESSION440_BANNER="hello"):
        assert isinstance(get_engine(), Engine)


def test_djangos_check_tells_a_mistake():
    with override_settings(SESSION440_IDLE_TIMEOUT="5m"):
        with pytest.raises(SystemCheckError, match=r"session440\.E001"):
            call_command("check", "--tag", "session440", stdout=StringIO(), stderr=StringIO())


def test_projects_own_database_needs_the_app():
    """Its tables are the app's: without it the first login would be a 500."""
    apps = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
    with override_settings(INSTALLED_APPS=apps, SESSION440={"STORE": "django:"}):
        with pytest.raises(ConfigurationError, match=r"add 'session440.django' to INSTALLED_APPS"):
            get_engine()


def test_projects_own_database_is_djangos_alone():
    with pytest.raises(ConfigurationError, match="no store has the scheme"):
        Settings(secret_key=SECRET, store="django:")


@pytest.mark.parametrize("url", ["admin:login", reverse_lazy("admin:login"), "/admin/login/"])
def test_login_url_of_ours_may_be_what_djangos_own_may_be(url):
    """A path, a pattern's name, or what is resolved late."""
    clock = FakeClock()
    with override_settings(SESSION440={"CLOCK": clock, "LOGIN_URL": url}):
        client = Client()
        client.login(username="alice", password="wonderland")
        client.get("/show")
        clock.now = START + 1200
        answer = client.get("/show", headers={"accept": "application/json"})
        assert answer.json()["login_url"] == "/admin/login/?next=%2Fshow"


def test_name_that_no_pattern_has_is_shown_as_it_is():
    """A site without the page that the setting names still has its 440."""
    assert engine_of(LOGIN_URL="nowhere").settings.login_url(None) == "nowhere"


@pytest.mark.parametrize("url", ["", 5, b"/login"])
def test_login_url_that_is_none_is_refused_in_django(url):
    with pytest.raises(ConfigurationError, match=r"(?i)login_url.* is .*; give "):
        engine_of(LOGIN_URL=url)


def test_session440_request_is_a_type_alone():
    assert issubclass(Session440Request, HttpRequest)
    assert Session440Request.__annotations__ == {"session440": "Visit"}
