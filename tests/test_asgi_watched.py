"""An ASGI app that does not know session440 is followed by its own session cookie."""

from __future__ import annotations

import pytest
from asgi_apps import respond, wrapped
from asgi_calling import NAVIGATION, ASGIBrowser, ASGICall


class CookieApp:
    """An app of before, with a session cookie of its own."""

    def __init__(self):
        self.seen = []

    async def __call__(self, scope, receive, send):
        fields = [value.decode() for name, value in scope["headers"] if name == b"cookie"]
        cookies = "; ".join(fields)
        self.seen.append(cookies)
        headers = []
        if scope["path"] == "/login":
            headers = [(b"set-cookie", b"sid=s1; Path=/; HttpOnly")]
        elif scope["path"] == "/logout":
            headers = [(b"set-cookie", b"sid=; Path=/; Max-Age=0")]
        body = b"somebody" if "sid=s1" in cookies else b"nobody"
        await respond(send, 200, body, headers)


@pytest.fixture
def watched(clock):
    app = CookieApp()
    browser = ASGIBrowser(wrapped(app, clock, watch_cookie="sid"))
    browser.seen = app.seen
    return browser


def test_a_login_is_the_time_of_its_cookie(watched, clock):
    watched.page("/login")
    assert set(watched.cookies) == {"sid", "login440"}
    assert watched.page().body == b"somebody"
    clock.advance(1200)
    assert watched.page().status == 440
    assert watched.cookies == {}
    assert watched.page().body == b"nobody"


def test_a_cookie_without_its_ticket_is_hidden_from_the_app(watched):
    watched.page("/login")
    del watched.cookies["login440"]
    watched.cookies["other"] = "x"
    assert watched.page().body == b"nobody"
    assert watched.seen[-1] == "other=x"


def test_the_header_goes_if_nothing_else_was_in_it(watched):
    call = ASGICall(watched.app, cookies={"sid": "s1"}, headers=NAVIGATION).run()
    assert call.body == b"nobody"
    assert [name for name, _ in call.scope["headers"]] == [b"host", b"sec-fetch-mode", b"accept"]


def test_the_cookies_of_http2_come_in_several_headers(watched):
    watched.page("/login")
    fields = [(b"cookie", f"{name}={value}".encode()) for name, value in watched.cookies.items()]
    call = ASGICall(watched.app, headers=[*NAVIGATION, *fields]).run()
    assert call.body == b"somebody"
    assert len([name for name, _ in call.scope["headers"] if name == b"cookie"]) in (1, 2)


def test_the_apps_logout_ends_it(watched):
    watched.page("/login")
    watched.page("/logout")
    assert watched.cookies == {}
