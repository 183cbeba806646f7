"""A ticket's cookie never travels in a response that a shared cache may keep for others."""

from __future__ import annotations

import flask
import pytest
from calling import Call
from werkzeug.datastructures import Headers
from wsgi_apps import IDLE, SECRET, wrap

from session440.core.shared_cache import is_shared, made_private
from session440.flask import Session440

SHARED = [
    {"Cache-Control": "public, max-age=60"},
    {"Cache-Control": "PUBLIC"},
    {"Cache-Control": "s-maxage=600"},
    {"Cache-Control": 'max-age=0, S-MaxAge="600"'},
    {"Cache-Control": "private, max-age=60", "CDN-Cache-Control": "max-age=600"},
    {"CDN-Cache-Control": "must-revalidate"},
    {"Surrogate-Control": 'max-age=600, content="ESI/1.0"'},
    {"Cloudflare-CDN-Cache-Control": "max-age=600"},
]
NOT_SHARED = [
    {},
    {"Cache-Control": "max-age=600"},
    {"Cache-Control": "no-cache, no-store, s-maxage=600"},
    {"Cache-Control": "private, s-maxage=600"},
    {"Cache-Control": "max-age=0, s-maxage=0, must-revalidate"},
    {"CDN-Cache-Control": "no-store"},
    {"CDN-Cache-Control": "max-age=0"},
    {"Surrogate-Control": "no-store"},
    {"Cache-Control": "x-public, s-maxage-like=1"},
]
AGE = 61  # seconds, after which a ticket is due to be renewed


def text(environ, start_response, headers):
    if environ["PATH_INFO"] == "/login":
        environ["session440"].login("alice")
    start_response("200 OK", [*headers.items()])
    return []


@pytest.mark.parametrize("headers", SHARED)
def test_a_renewed_ticket_waits_for_a_response_that_is_not_shared(headers, clock):
    app = wrap(lambda environ, start: text(environ, start, headers), clock)
    plain = wrap(lambda environ, start: text(environ, start, {}), clock)
    cookies = Call(plain, "/login").cookies()
    clock.advance(AGE)
    assert Call(app, "/", cookies).cookies() == {}
    assert "login440" in Call(plain, "/", cookies).cookies()


@pytest.mark.parametrize("headers", NOT_SHARED)
def test_a_renewed_ticket_is_sent_where_nobody_else_gets_the_response(headers, clock):
    """Also by a site that writes a lifetime of 0 on every page: its people stay logged in."""
    app = wrap(lambda environ, start: text(environ, start, headers), clock)
    cookies = Call(app, "/login").cookies()
    clock.advance(AGE)
    assert "login440" in Call(app, "/", cookies).cookies()


@pytest.mark.parametrize("headers", SHARED)
def test_the_answer_to_a_login_is_taken_from_shared_caches(headers, clock):
    """Whatever header the app addresses to them."""
    call = Call(wrap(lambda environ, start: text(environ, start, headers), clock), "/login")
    assert "login440" in call.cookies()
    sent = Headers(call.starts[0][1])
    assert not is_shared(sent.get)
    assert set(headers) <= {name for name, _ in sent}


@pytest.mark.parametrize("headers", SHARED)
def test_flask_is_held_to_the_same(headers, clock):
    app = flask.Flask(__name__)
    app.config |= {"SECRET_KEY": SECRET, "SESSION440_CLOCK": clock}
    app.config["SESSION440_IDLE_TIMEOUT"] = IDLE
    Session440(app)

    @app.get("/login")
    def login():
        flask.session["user_id"] = "alice"
        return "in"

    @app.get("/")
    def page():
        return "page", headers

    client = app.test_client()
    client.get("/login")
    before = client.get_cookie("session440").value
    clock.advance(AGE)
    client.get("/")
    assert client.get_cookie("session440").value == before


def test_a_response_that_nobody_addressed_to_a_cdn_gets_one_header():
    assert made_private({}.get) == (("Cache-Control", "private"),)
    assert made_private({"cache-control": "public, s-maxage=9, max-age=3"}.get) == (
        ("Cache-Control", "max-age=3, private"),
    )
