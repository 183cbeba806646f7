"""A method that a client asks for beside its own, and that the app may honour."""

from __future__ import annotations

import pytest
from calling import Call
from wsgi_apps import IDLE, wrap

OVERRIDES = [
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"},
    {"HTTP_X_HTTP_METHOD": "post"},
    {"HTTP_X_METHOD_OVERRIDE": "DELETE"},
    {"QUERY_STRING": "a=b&_method=PUT"},
]


@pytest.mark.parametrize("override", OVERRIDES)
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "HEAD"])
@pytest.mark.parametrize("enforcement", ["strict", "challenge"])
def test_change_in_the_guise_of_a_safe_method_is_refused(clock, override, method, enforcement):
    """An app with a method override would carry it out as a visitor's."""
    done = []

    def app(environ, start_response):
        done.append(environ["session440"].subject)
        if environ["PATH_INFO"] == "/login":
            environ["session440"].login("alice")
        start_response("200 OK", [])
        return [b""]

    site = wrap(app, clock, enforcement=enforcement)
    cookies = Call(site, "/login").cookies()
    clock.advance(IDLE)
    done.clear()
    call = Call(site, "/save", cookies, method, **override)
    assert call.status == "440 Login Timeout"
    assert done == []
