"""The WSGI adapter to the letter of PEP 3333, and its own answers."""

from __future__ import annotations

import io
import sys
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest
from calling import Call
from wsgi_apps import IDLE, hello, logged_in, wrap

from session440 import LoginTimeout


@pytest.fixture
def ended(clock):
    """Cookies of a login that has ended, and the clock at that moment."""
    cookies = logged_in(wrap(hello, clock))
    clock.advance(IDLE)
    return cookies


def test_both_sides_satisfy_the_validator(clock):
    """wsgiref's checker finds nothing to object to, as the server or as the app.

    But for the name ``session440``, which is the project's contract: the checker would have
    a dot in the names of things that are no text.
    """
    seen = []

    def app_side(environ, start_response):
        seen.append(environ.pop("session440").subject)
        return checked(environ, start_response)

    def say_who(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"hello {seen[-1]}".encode()]

    checked = validator(say_who)
    app = validator(wrap(app_side, clock))
    cookies = logged_in(wrap(hello, clock))
    assert Call(app, cookies=cookies).body() == b"hello alice"
    clock.advance(IDLE)
    call = Call(app, cookies=cookies)
    call.body()
    assert call.status == "440 Login Timeout"
    call = Call(app, cookies=cookies, method="HEAD")
    assert call.body() == b""


def test_440_at_the_door_never_calls_the_app(clock, ended):
    def app(environ, start_response):
        pytest.fail("the app was called")

    call = Call(wrap(app, clock), "/pay", ended, "POST", b"amount=1")
    call.body()
    assert call.status == "440 Login Timeout"


def test_lazy_iterables_stay_lazy(clock):
    """Nothing is taken from the app's iterable before the server asks for it."""
    taken = []

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (taken.append(i) or b"x" for i in range(3))

    call = Call(wrap(app, clock), cookies=logged_in(wrap(hello, clock)))
    assert taken == []
    iterator = iter(call.iterable)
    next(iterator)
    assert taken == [0]


@pytest.mark.parametrize("enforcement", ["strict", "challenge", "report"])
def test_close_is_called_once(clock, ended, enforcement):
    """In every mode, also where the app's answer gives way to the 440."""
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def app(environ, start_response):
        start_response("401 Unauthorized", [("Content-Type", "text/plain")])
        return Body([b"who?"])

    call = Call(wrap(app, clock, enforcement=enforcement), cookies=ended)
    call.body()
    assert closed == ([] if enforcement == "strict" else [True])


def test_write_works(clock):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])(b"written ")
        return [b"and returned"]

    call = Call(wrap(app, clock), cookies=logged_in(wrap(hello, clock)))
    assert call.body() == b"written and returned"


def test_what_a_refused_app_writes_is_swallowed(clock, ended):
    """Challenge mode answers with the 440 alone, though the app used write()."""

    def app(environ, start_response):
        start_response("401 Unauthorized", [("Content-Type", "text/plain")])(b"who?")
        return [b"who?"]

    call = Call(wrap(app, clock, enforcement="challenge"), cookies=ended)
    assert b"who?" not in call.body()
    assert call.status == "440 Login Timeout"


def test_challenge_waits_for_a_generator(clock, ended):
    """An app that says its status only while it is iterated is judged then."""

    def app(environ, start_response):
        start_response("401 Unauthorized", [("Content-Type", "text/plain")])
        yield b"who?"

    call = Call(wrap(app, clock, enforcement="challenge"), cookies=ended)
    assert b'"cause": "idle"' in call.body()
    assert call.status == "440 Login Timeout"


def test_exc_info_starts_the_response_again(clock):
    """An app's own error page replaces what it began, and keeps the renewed ticket."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"oops"]

    cookies = logged_in(wrap(hello, clock))
    clock.advance(60)
    call = Call(wrap(app, clock), cookies=cookies)
    assert call.body() == b"oops"
    assert call.status == "500 Oops"
    assert "login440" in call.cookies()


def test_file_wrapper_survives(clock):
    """The server sees its own file wrapper, and can send the file its own way."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"file"))

    for cookies in ({}, logged_in(wrap(hello, clock))):
        call = Call(wrap(app, clock), cookies=cookies, **{"wsgi.file_wrapper": FileWrapper})
        assert type(call.iterable) is FileWrapper


def test_generator_may_raise_a_login_timeout(clock):
    """An app that is itself a generator says nothing before it is iterated."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/":
            raise LoginTimeout("revoked")
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"fine"

    cookies = logged_in(wrap(hello, clock))
    call = Call(wrap(app, clock), cookies=cookies)
    assert b'"cause": "revoked"' in call.body()
    assert call.status == "440 Login Timeout"
    assert Call(wrap(app, clock), "/other", cookies).body() == b"fine"


def test_login_after_the_headers_have_gone_raises(clock):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        environ["session440"].login("alice")
        return [b""]

    with pytest.raises(RuntimeError, match="too late"):
        Call(wrap(app, clock)).body()


# --- the engine's own answers


def test_fractions_of_a_second_are_told_as_they_are(clock):
    app = wrap(hello, clock, idle_timeout=1.5)
    cookies = logged_in(app)
    clock.advance(2)
    assert b'"idle_timeout": 1.5,' in Call(app, cookies=cookies).body()


def test_page_for_a_form_of_unknown_origin_goes_on_at_the_apps_root(clock, ended):
    """No Referer, so where the person was is not known."""
    page = {"HTTP_ACCEPT": "text/html", "SCRIPT_NAME": "/app"}
    body = Call(wrap(hello, clock), "/save", ended, "POST", **page).body()
    assert b'href="/app/">Go on without logging in</a>' in body


def test_whoever_sent_a_form_logs_in_in_a_window_of_this_apps_own_name(clock, ended):
    """Two apps on one origin open two; the script knows its own by this name."""
    page = {"HTTP_ACCEPT": "text/html", "SCRIPT_NAME": "/app"}
    body = Call(wrap(hello, clock), "/save", ended, "POST", **page).body()
    assert b'target="session440/app/session440/#">Log in again</a>' in body


def test_head_of_status_has_no_body(clock):
    call = Call(wrap(hello, clock), "/session440/status", method="HEAD")
    assert (call.status, call.body()) == ("200 OK", b"")


def test_limits_that_are_off_are_left_out(clock):
    """In the status and in the problem document."""
    app = wrap(hello, clock, absolute_timeout=None)
    cookies = logged_in(app)
    assert b"absolute" not in Call(app, "/session440/status", cookies).body()
    clock.advance(IDLE)
    assert b"absolute" not in Call(app, cookies=cookies).body()
