"""The ticket's cookie of a WSGI app, and what caches may keep beside it."""

from __future__ import annotations

import pytest
from calling import Call
from wsgi_apps import hello, logged_in, wrap

from session440 import ConfigurationError


def saying(name, value):
    """An app that logs in at /login and says the header."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/login":
            environ["session440"].login("alice")
        start_response("200 OK", [(name, value)] if value else [])
        return [b""]

    return app


# --- its attributes


def test_ticket_cookie_is_secure_when_the_request_is(clock):
    header = Call(wrap(hello, clock), "/login", **{"wsgi.url_scheme": "https"}).header("Set-Cookie")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in header
    assert "Max-Age" not in header
    assert "Secure" not in Call(wrap(hello, clock), "/login").header("Set-Cookie")


@pytest.mark.parametrize(
    ("secure", "scheme", "is_secure"),
    [(True, "http", True), (False, "https", False), (None, "https", True), (None, "http", False)],
)
def test_cookie_secure_is_obeyed(clock, secure, scheme, is_secure):
    call = Call(wrap(hello, clock, cookie_secure=secure), "/login", **{"wsgi.url_scheme": scheme})
    assert ("Secure" in call.header("Set-Cookie")) is is_secure


def test_host_prefix_is_checked(clock):
    """Browsers would throw such a cookie away: better said at start."""
    with pytest.raises(ConfigurationError, match="not Secure"):
        wrap(hello, clock, cookie_name="__Host-login440")
    with pytest.raises(ConfigurationError, match="Domain"):
        wrap(hello, clock, cookie_name="__Host-a", cookie_secure=True, cookie_domain="a.example")
    wrap(hello, clock, cookie_name="__Host-login440", cookie_secure=True)


@pytest.mark.parametrize("length", [3800, 3900, 5000])
def test_subject_too_long_for_a_cookie_is_refused_at_login(clock, length):
    """Browsers drop a cookie of more than 4096 bytes, and its person would be logged out soon."""
    app = wrap(saying("X-Long", "yes"), clock)
    long = wrap(
        lambda environ, start: environ["session440"].login("x" * length) or app.app(environ, start),
        clock,
    )
    if length > 3800:
        with pytest.raises(ValueError, match=f"a subject of {length} characters"):
            Call(long)
    else:
        assert len("login440=" + Call(long).cookies()["login440"]) <= 4096


def test_renewed_ticket_names_the_host_that_renewed_it(clock):
    """So that a lost login is traced to where it was last seen."""
    one, two = wrap(hello, clock, node="one"), wrap(hello, clock, node="two")
    cookies = logged_in(one)
    clock.advance(60)
    cookies = Call(two, cookies=cookies).cookies()
    assert two.engine.signer.loads(cookies["login440"]).node == two.engine.node != one.engine.node


# --- caches


@pytest.mark.parametrize("header", ["public", "max-age=60, public", "max-age=60,PUBLIC"])
def test_public_response_in_any_spelling_gets_no_ticket(clock, header):
    cookies = logged_in(wrap(hello, clock))
    clock.advance(60)
    assert not Call(wrap(saying("Cache-Control", header), clock), cookies=cookies).cookies()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "private"),
        ("Public, max-age=60", "max-age=60, private"),
        ("private, max-age=5", "private, max-age=5"),
        ("no-store", "no-store"),
    ],
)
def test_response_in_which_a_login_began_is_private(clock, given, expected):
    def app(environ, start_response):
        environ["session440"].login("alice")
        start_response("200 OK", [("Cache-Control", given)] if given else [])
        return [b""]

    assert Call(wrap(app, clock)).header("Cache-Control") == expected


@pytest.mark.parametrize(
    ("vary", "expected"),
    [("*", "*"), ("cookie", "cookie"), ("Accept", "Accept, Cookie"), (None, "Cookie")],
)
def test_vary_is_added_to_and_never_doubled(clock, vary, expected):
    def app(environ, start_response):
        start_response("200 OK", [("Vary", vary)] if vary else [])
        return [b""]

    cookies = logged_in(wrap(hello, clock))
    clock.advance(60)
    assert Call(wrap(app, clock), cookies=cookies).header("Vary") == expected
