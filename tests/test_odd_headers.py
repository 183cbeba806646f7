"""URLs and headers that the site, the app or a client chooses never break an answer."""

from __future__ import annotations

import flask
import flask_login
import pytest
from calling import Call
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from flask_apps import User, logged_in, make_app
from werkzeug.test import Client
from wsgi_apps import IDLE, hello, wrap

from session440.flask import Session440

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://127.0.0.1/größe"}
URLS = {
    "/вход": "/%D0%B2%D1%85%D0%BE%D0%B4",
    "/log in": "/log%20in",
    "/a\r\nSet-Cookie: x=y": "/a%0D%0ASet-Cookie:%20x=y",
    "https://bücher.example/ein": "https://b%C3%BCcher.example/ein",
    "/\ud800": "/%ED%A0%80",
    "/login?a=%2F": "/login?a=%2F",
}


@pytest.mark.parametrize(("url", "written"), URLS.items())
@pytest.mark.parametrize("form", [{}, HTMX, {"HTTP_ACCEPT": "text/html"}])
def test_login_url_of_any_characters_fits_into_a_header(clock, url, written, form):
    """gunicorn and waitress answer 500 to a header that is not Latin-1."""
    app = wrap(hello, clock, login_url=lambda environ: url)
    cookies = Call(app, "/login").cookies()
    clock.advance(IDLE)
    call = Call(app, "/", cookies, **form)
    assert call.status == "440 Login Timeout"
    for name, value in call.starts[0][1]:
        assert value.isascii(), name
        assert value.isprintable(), name
    if form is HTMX:
        assert call.header("HX-Redirect").startswith(written)
    assert b"Set-Cookie: x" not in call.body()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_login_page_beyond_ascii_is_known(clock, method):
    """Browsers send its path quoted."""
    app = wrap(hello, clock, login_url="/größe/вход")
    cookies = Call(app, "/login").cookies()
    clock.advance(IDLE)
    sent = "/größe/вход".encode().decode("latin-1")
    assert Call(app, sent, cookies, method).status == "200 OK"


def test_go_on_leads_to_a_mount_beyond_ascii(clock):
    app = wrap(hello, clock)
    cookies = Call(app, "/login").cookies()
    clock.advance(IDLE)
    mount = "/größe".encode().decode("latin-1")
    call = Call(app, "/x", cookies, "POST", HTTP_ACCEPT="text/html", SCRIPT_NAME=mount)
    assert b'class="leave" href="/gr%C3%B6%C3%9Fe/"' in call.body()


LOCATIONS = ["http://[", "http://[::1", "//[", "http://a]b/", "http://\u2100.example", "", "\\\\x"]


def go(environ, start_response):
    if environ["PATH_INFO"] == "/in":
        environ["session440"].login("alice")
    start_response("302 Found", [("Location", environ.get("to", "/"))])
    return [b""]


@pytest.mark.parametrize("location", LOCATIONS)
def test_location_that_is_no_url_is_no_refusal_in_wsgi(clock, location):
    app = wrap(go, clock, enforcement="challenge")
    cookies = Call(app, "/in").cookies()
    clock.advance(IDLE)
    assert Call(app, "/go", cookies, to=location).status == "302 Found"


def enter(request):
    request.session440.login("1")
    request.session["_auth_user_id"] = "1"
    return HttpResponse("in")


def redirect_by_django(request):
    response = HttpResponse(status=302)
    response.headers["Location"] = request.META["to"]
    return response


urlpatterns = [path("in", enter), path("go", redirect_by_django)]


@pytest.mark.parametrize("location", [each for each in LOCATIONS if each.isascii()])
def test_location_that_is_no_url_is_no_refusal_in_django(clock, location):
    options = {"CLOCK": clock, "ENFORCEMENT": "challenge"}
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options):
        client = Client(WSGIHandler())
        client.get("/in")
        clock.advance(IDLE)
        answer = client.get("/go", environ_overrides={"to": location})
        assert answer.status_code == 302


@pytest.mark.parametrize("first", [True, False])
def test_page_keeps_its_own_policy_whatever_an_extension_sets(clock, first):
    """Talisman replaces the Content-Security-Policy of every answer; ours allows its style."""
    app = flask.Flask("talisman")
    app.secret_key = "a long random text for the tests"
    app.config.update(SESSION440_CLOCK=clock)
    if first:
        Session440(app)

    @app.after_request
    def strict(response):
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        return response

    if not first:
        Session440(app)
    app.add_url_rule("/in", "in", lambda: flask.session.update(user_id="alice") or "in")
    client = app.test_client()
    assert client.get("/in").headers["Content-Security-Policy"] == "default-src 'self'"
    clock.advance(IDLE)
    answer = client.get("/", headers={"Accept": "text/html"})
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    assert "style-src 'sha256-" in policy


@pytest.mark.parametrize("with_manager", [False, True])
@pytest.mark.parametrize("host", ["a" * 300, "exa mple.org"])
def test_a_host_that_flask_refuses_is_no_500(clock, host, with_manager):
    """Flask can build no URL then, not even that of the login page."""
    app = make_app(clock)
    app.add_url_rule("/auth/login", "sign_in", lambda: "log in")
    if with_manager:
        manager = flask_login.LoginManager(app)
        manager.user_loader(User)
        manager.login_view = "sign_in"
    Session440(app)
    for page in ("/", "/session440/status", "/login/alice", "/nowhere"):
        client = logged_in(app)
        names = ("session", "session440")
        cookies = "; ".join(f"{name}={client.get_cookie(name).value}" for name in names)
        for _ in range(2):
            asked = app.test_client(use_cookies=False)
            answer = asked.get(page, headers={"Host": host, "Cookie": cookies})
            assert answer.status_code in (200, 400, 404, 440)
            clock.advance(IDLE)
