"""The settings that are made of a web.config load, and do what the file says."""

from __future__ import annotations

import re

import pytest
from calling import Call
from clock import START
from django.test import Client, override_settings
from flask import Flask, session
from web_configs import (
    BARE,
    FARM,
    LOCATIONS,
    MVC_3,
    NOT_SLIDING,
    SHAREPOINT,
    config_of,
    forms,
    of_web,
    run,
)

from session440 import Settings
from session440.core.limits import expiry_of
from session440.flask import Session440
from session440.stores.opening import check_url
from session440.webconfig import (
    FRAMEWORKS,
    login_of,
    settings_for,
    snippet_for,
)
from session440.webconfig.translation import STORES

LONG = """<configuration><system.web>
  <authentication mode="Forms"><forms timeout="86400" slidingExpiration="false" /></authentication>
  <sessionState mode="SQLServer" timeout="57600" />
</system.web></configuration>"""

FILES = {
    "bare": BARE,
    "mvc 3": MVC_3,
    "farm": FARM,
    "locations": LOCATIONS,
    "sharepoint": SHAREPOINT,
    "not sliding": NOT_SLIDING,
    "two months": LONG,
    "one minute": forms('timeout="1"'),
    "for ever": forms('timeout="2147483647"', 'mode="Custom" timeout="Infinite"'),
}


def executed(framework: str, text: str) -> dict:
    """The names that a printed snippet defines."""
    names: dict = {}
    exec(snippet_for(framework, config_of(text)), names)
    return {name: value for name, value in names.items() if name.isupper()}


def policy_of(text: str) -> tuple:
    login = login_of(config_of(text))
    return (login.idle and login.idle * 60, login.absolute and login.absolute * 60)


@pytest.mark.parametrize("name", FILES)
def test_flask_loads_its_settings(name):
    app = Flask("shop")
    app.secret_key = "a long random text"
    app.config.from_mapping(executed("flask", FILES[name]))
    policy = Session440(app).engine.settings.policy
    assert (policy.idle_timeout, policy.absolute_timeout) == policy_of(FILES[name])
    lifetime = app.permanent_session_lifetime.total_seconds()
    assert lifetime >= max(policy.idle_timeout or 0, policy.absolute_timeout or 0)
    assert lifetime >= 31 * 86400


@pytest.mark.parametrize("name", FILES)
def test_django_loads_its_settings(name):
    from django.conf import settings

    from session440.django.conf import get_engine

    with override_settings(**executed("django", FILES[name])):
        policy = get_engine().settings.policy
        assert (policy.idle_timeout, policy.absolute_timeout) == policy_of(FILES[name])
        longest = max(policy.idle_timeout or 0, policy.absolute_timeout or 0)
        assert max(longest, 14 * 86400) == settings.SESSION_COOKIE_AGE


def wsgi_app(text: str, monkeypatch):
    """Wrap an app by the snippet, as its author would."""
    monkeypatch.setenv("SECRET_KEY", "a long random text")
    names: dict = {"app": log_in}
    exec(snippet_for("wsgi", config_of(text)), names)
    return names["app"]


def log_in(environ, start_response):
    if environ["PATH_INFO"] == "/login":
        environ["session440"].login("alice")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"in"]


@pytest.mark.parametrize("name", FILES)
def test_wsgi_loads_its_settings(name, monkeypatch):
    policy = wsgi_app(FILES[name], monkeypatch).engine.settings.policy
    assert (policy.idle_timeout, policy.absolute_timeout) == policy_of(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_settings_load_without_a_framework(name):
    options = settings_for("wsgi", config_of(FILES[name]))
    options = {key: value for key, value in options.items() if not key.startswith("cookie_")}
    policy = Settings.load(options, secret_key="a long random text").policy
    assert (policy.idle_timeout, policy.absolute_timeout) == policy_of(FILES[name])


def test_a_flask_login_ends_when_the_file_says(clock):
    """45 minutes of the ticket, which are less than the session's 60."""
    app = Flask("shop")
    app.config.from_mapping(
        executed("flask", FARM), SECRET_KEY="a long random text", SESSION440_CLOCK=clock
    )
    app.add_url_rule(
        "/in", view_func=lambda: session.update(user_id="alice") or "in", endpoint="in"
    )
    app.add_url_rule("/", view_func=lambda: "home", endpoint="home")
    Session440(app)
    client = app.test_client()
    assert "Secure" in client.get("/in", base_url="https://shop.example").headers["Set-Cookie"]
    clock.now = START + 45 * 60 - 1
    assert client.get("/", base_url="https://shop.example").status_code == 200
    clock.now += 45 * 60
    assert client.get("/", base_url="https://shop.example").status_code == 440


def test_a_django_login_ends_when_the_file_says(clock):
    """15 idle minutes of the session; 480 since the login, of a ticket that does not slide."""
    settings = executed("django", NOT_SLIDING)
    settings["SESSION440"]["CLOCK"] = clock
    with override_settings(**settings):
        client = Client()
        client.login(username="alice", password="wonderland")
        for minute in range(0, 480, 10):
            clock.now = START + minute * 60
            assert client.get("/show").status_code == 200
        clock.now = START + 480 * 60
        assert client.get("/show").json()["cause"] == "absolute"


def test_a_wsgi_login_ends_when_the_file_says(monkeypatch):
    app = wsgi_app(NOT_SLIDING, monkeypatch)
    cookies = Call(app, "/login").cookies()
    assert Call(app, cookies=cookies).status == "200 OK"
    assert expiry_of(app.engine.settings.policy, 0, 0, None).deadline == 15 * 60


def test_cookies_are_those_of_the_login():
    flask = settings_for("flask", config_of(FARM))
    assert flask["SESSION_COOKIE_SECURE"] is True
    assert flask["SESSION_COOKIE_SAMESITE"] == "Strict"
    assert flask["SESSION_COOKIE_DOMAIN"] == "shop.example"  # <forms> before <httpCookies>
    wsgi = settings_for("wsgi", config_of(FARM))
    assert (wsgi["cookie_secure"], wsgi["cookie_domain"]) == (True, "shop.example")
    assert "SameSite=Lax; there is no option" in snippet_for("wsgi", config_of(FARM))


def test_cookies_of_a_session_alone():
    text = of_web(
        '<sessionState cookieSameSite="None" />'
        '<httpCookies requireSSL="true" domain="example" sameSite="Strict" />'
    )
    django = settings_for("django", config_of(text))
    assert django["SESSION_COOKIE_SAMESITE"] == "None"
    assert (django["SESSION_COOKIE_SECURE"], django["SESSION_COOKIE_DOMAIN"]) == (True, "example")


@pytest.mark.parametrize("given", ["Unspecified", "-1", "unspecified"])
def test_no_samesite_is_each_frameworks_own_word(given):
    text = forms(f'cookieSameSite="{given}"')
    assert executed("flask", text)["SESSION_COOKIE_SAMESITE"] is None
    assert executed("django", text)["SESSION_COOKIE_SAMESITE"] is False


@pytest.mark.parametrize("given", ["", "httpOnlyCookies='false'", "httpOnlyCookies='true'"])
def test_cookies_stay_httponly_whatever_httpcookies_says(given):
    """ASP.NET's own two always were."""
    config = config_of(forms(more=f"<httpCookies {given} />"))
    assert settings_for("flask", config)["SESSION_COOKIE_HTTPONLY"] is True
    assert settings_for("django", config)["SESSION_COOKIE_HTTPONLY"] is True


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("~/Account/LogOn", "/Account/LogOn"),
        ("login.aspx", "/login.aspx"),
        ("/signin", "/signin"),
        ("https://login.example/in", "https://login.example/in"),
    ],
)
def test_login_pages(given, taken):
    config = config_of(forms(f'loginUrl="{given}"'))
    assert settings_for("flask", config)["SESSION440_LOGIN_URL"] == taken
    assert settings_for("django", config)["LOGIN_URL"] == taken
    assert settings_for("wsgi", config)["login_url"] == taken


def test_a_default_login_page_is_not_taken_over():
    assert "LOGIN_URL" not in snippet_for("django", config_of(forms()))


def test_a_cookies_path_is_kept():
    config = config_of(forms('path="/shop"'))
    assert settings_for("flask", config)["SESSION_COOKIE_PATH"] == "/shop"
    assert "path is /" in snippet_for("wsgi", config)


@pytest.mark.parametrize("mode", ["StateServer", "SQLServer", "Custom"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_shared_memory_has_a_place_in_the_snippet(framework, mode, monkeypatch):
    """As a comment, so that the snippet loads before somebody has put a host in."""
    monkeypatch.setenv("SECRET_KEY", "a long random text")
    snippet = snippet_for(framework, config_of(forms("", f'mode="{mode}"')))
    for source, stores in ((snippet, 0), (re.sub("# (?=.*HOST)", "", snippet), 1)):
        names: dict = {"app": log_in}
        exec(source, names)
        engine = getattr(names["app"], "engine", None)
        given = [names.get("SESSION440_STORE"), names.get("SESSION440", {}).get("STORE")]
        given.append(engine and engine.settings.store)
        assert [each for each in given if each] == [STORES[mode]] * stores
    assert check_url(STORES[mode]) in ("redis", "sql")


def test_a_snippet_holds_any_text_as_text():
    """Whoever wrote the file does not write Python."""
    evil = '/x"; import os #\\ &#10; &#x9b;31m &#x202e; ß'
    text = forms(f'loginUrl="{evil.replace(chr(34), "&quot;")}"')
    wanted = '/x"; import os #\\ \n \x9b31m \u202e ß'
    assert executed("flask", text)["SESSION440_LOGIN_URL"] == wanted
    told = run("-", text=text.encode())
    assert "\x9b" not in told
    assert "\u202e" not in told
