"""What an ASGI request says, by names as in CGI; and its body, if the app does not read it."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgi_apps import SECRET, TicketApp, respond, wrapped
from asgi_calling import NAVIGATION, ASGIBrowser, ASGICall, http_scope

from session440.asgi import Session440Middleware, visit_of
from session440.asgi.environ import environ_of
from session440.http import body
from session440.stores import MemoryStore


def environ(path="/", headers=(), **more):
    return environ_of(http_scope(path, headers=headers, **more))


def test_names_are_those_of_cgi():
    found = environ("/a?b=c", [(b"accept", b"text/html"), (b"content-type", b"text/plain")])
    assert found["HTTP_ACCEPT"] == "text/html"
    assert found["CONTENT_TYPE"] == "text/plain"
    assert found["PATH_INFO"] == "/a"
    assert found["QUERY_STRING"] == "b=c"
    assert found["REQUEST_METHOD"] == "GET"
    assert found["wsgi.url_scheme"] == "http"


@pytest.mark.parametrize(
    ("root", "path", "script", "info"),
    [
        ("", "/a", "", "/a"),
        ("/app", "/app/a", "/app", "/a"),
        ("/app", "/app", "/app", ""),
        ("/app", "/app/", "/app", "/"),
        ("/app", "/apples", "/app", "/apples"),  # behind a proxy that has removed /app
        ("/app", "/a", "/app", "/a"),
        ("/ä", "/ä/ö", "/Ã¤", "/Ã¶"),
        ("", "/\N{EURO SIGN}", "", "/â\x82¬"),
    ],
)
def test_the_path_within_the_app_is_starlettes(root, path, script, info):
    from starlette._utils import get_route_path

    scope = http_scope(root_path=root) | {"path": path}
    found = environ_of(scope)
    assert (found["SCRIPT_NAME"], found["PATH_INFO"]) == (script, info)
    assert info.encode("latin-1").decode() == get_route_path(scope)


def test_what_stands_several_times_is_joined():
    found = environ(headers=[(b"accept", b"a"), (b"accept", b"b"), (b"cookie", b"c=1")])
    assert found["HTTP_ACCEPT"] == "a,b"
    found = environ(headers=[(b"cookie", b"c=1"), (b"cookie", b"d=2")])
    assert found["HTTP_COOKIE"] == "c=1; d=2"


def test_an_underscore_does_not_pass_for_a_hyphen():
    """A proxy that removes a header may leave its look-alike (CVE-2015-0219)."""
    found = environ(headers=[(b"x_requested_with", b"x"), (b"session440_passive", b"?1")])
    assert "HTTP_X_REQUESTED_WITH" not in found
    assert "HTTP_SESSION440_PASSIVE" not in found


def test_a_header_is_no_variable_of_ours():
    found = environ(headers=[(b"wsgi.input", b"x"), (b"path-info", b"/evil")])
    assert "wsgi.input" not in found
    assert found["PATH_INFO"] == "/"


def test_an_authority_stands_for_the_host():
    scope = http_scope() | {"headers": [(b":authority", b"example.org")]}
    assert environ_of(scope)["HTTP_HOST"] == "example.org"


@pytest.mark.parametrize("server", [None, ("/run/app.sock", None), ("127.0.0.1", 8000)])
def test_a_request_may_name_no_host(clock, server):
    """As HTTP/1.0 does."""
    app = wrapped(TicketApp(), clock)
    browser = ASGIBrowser(app)
    browser.page("/login")
    clock.advance(1200)
    call = ASGICall(app, cookies=browser.cookies, headers=NAVIGATION)
    call.scope |= {"headers": call.scope["headers"][1:], "server": server}
    assert call.run().status == 440


def test_what_the_specification_leaves_out_may_be_missing(clock):
    """``root_path``, ``query_string``, ``scheme``, ``client``, ``server`` and ``extensions``."""
    call = ASGICall(wrapped(TicketApp(), clock))
    for name in ("root_path", "query_string", "scheme", "client", "server", "extensions", "state"):
        del call.scope[name]
    assert call.run().body == b"None"


def test_a_person_comes_back_to_the_page_as_the_browser_writes_it(clock):
    app = wrapped(TicketApp(), clock)
    browser = ASGIBrowser(app)
    browser.page("/login")
    clock.advance(1200)
    call = browser.call("/app/ä?q=1", headers=NAVIGATION, root_path="/app")
    assert b'href="/app/login?next=%2Fapp%2F%25C3%25A4%3Fq%3D1"' in call.body


@pytest.mark.parametrize(("scheme", "is_secure"), [("http", False), ("https", True)])
def test_the_ticket_is_secure_where_the_request_is(clock, scheme, is_secure):
    call = ASGICall(wrapped(TicketApp(), clock), "/login", scheme=scheme).run()
    assert ("Secure" in call.header("set-cookie")) is is_secure


def test_cookies_in_several_headers_are_read(clock):
    app = wrapped(TicketApp(), clock)
    (name, value), *_ = ASGICall(app, "/login").run().cookies().items()
    fields = [(b"cookie", b"a=b"), (b"cookie", f"{name}={value}".encode()), (b"cookie", b"c=d")]
    assert ASGICall(app, headers=fields).run().body == b"alice"


def test_the_sites_functions_are_given_the_scope(clock):
    given = []

    def choose(scope, subject):
        given.append((scope["path"], subject))

    app = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, choose_policy=choose)
    ASGICall(app, "/login").run()
    assert given == [("/login", "alice")]


def test_mounted_at_a_path_its_endpoints_are_there(clock):
    app = wrapped(TicketApp(), clock)
    call = ASGICall(app, "/app/session440/status", root_path="/app").run()
    assert json.loads(call.body) == {"state": "anonymous"}


# --- the body


@pytest.fixture
def ended(clock):
    """The app, and the cookies of a login that has ended."""

    def make(**options):
        browser = ASGIBrowser(wrapped(TicketApp(), clock, **options))
        browser.page("/login")
        clock.advance(1200)
        return browser

    return make


def length(number):
    return (b"content-length", str(number).encode())


def test_the_body_is_read_before_a_440(ended):
    """Behind nginx an unread one turns it into a 502."""
    browser = ended()
    call = browser.call("/", "POST", body=[b"x" * 1000] * 3, headers=[length(3000)])
    assert (call.status, call.received) == (440, 3)


def test_a_body_without_a_length_is_read_to_its_end(ended):
    call = ended().call("/", "POST", body=[b"x"] * 5)
    assert (call.status, call.received) == (440, 5)


def test_a_body_that_is_declared_too_long_is_left_alone(ended):
    call = ended(drain_limit=100).call("/", "POST", body=[b"x"] * 5, headers=[length(101)])
    assert (call.status, call.received) == (440, 0)


def test_no_more_is_read_than_allowed(ended):
    call = ended(drain_limit=100).call("/", "POST", body=[b"x" * 50] * 5)
    assert (call.status, call.received) == (440, 2)


def test_a_sender_that_has_gone_is_no_error(ended):
    browser = ended()
    call = ASGICall(browser.app, "/", browser.cookies, "POST", headers=[length(10)])

    async def gone():
        return {"type": "http.disconnect"}

    call.receive = gone
    assert call.run().status == 440


def test_a_body_that_does_not_come_is_given_up(ended, monkeypatch):
    monkeypatch.setattr(body, "SECONDS", 0.01)
    browser = ended()
    call = ASGICall(browser.app, "/", browser.cookies, "POST", headers=[length(10)])

    async def never():
        await asyncio.get_running_loop().create_future()

    call.receive = never
    assert call.run().status == 440


def test_a_request_of_somebody_active_is_left_to_the_app(clock):
    app = wrapped(TicketApp(), clock)
    browser = ASGIBrowser(app)
    browser.page("/login")
    assert browser.call("/", "POST", body=[b"x"] * 3).received == 0


def test_an_endpoint_reads_a_long_form_to_its_end(clock):
    browser = ASGIBrowser(wrapped(TicketApp(), clock, store=MemoryStore()))
    browser.page("/login")
    headers = [(b"sec-fetch-site", b"same-origin"), length(100_000)]
    call = browser.call("/session440/logins", "POST", body=[b"x" * 10_000] * 10, headers=headers)
    assert call.received == 10
    assert call.status == 400


def test_a_form_for_an_endpoint_may_never_come(clock, monkeypatch):
    monkeypatch.setattr(body, "SECONDS", 0.01)
    browser = ASGIBrowser(wrapped(TicketApp(), clock))
    browser.page("/login")
    headers = [(b"sec-fetch-site", b"same-origin"), length(10)]
    call = ASGICall(browser.app, "/session440/extend", browser.cookies, "POST", headers=headers)

    async def never():
        await asyncio.get_running_loop().create_future()

    call.receive = never
    assert call.run().status == 200


def test_the_app_reads_its_body_as_it_comes(clock):
    async def app(scope, receive, send):
        read = b""
        while True:
            message = await receive()
            read += message["body"]
            if not message["more_body"]:
                break
        await respond(send, 200, read)

    call = ASGICall(wrapped(app, clock), "/", method="POST", body=[b"one", b"two"]).run()
    assert call.body == b"onetwo"


def test_a_visit_is_there_for_each_request(clock):
    seen = []

    async def app(scope, receive, send):
        seen.append(visit_of(scope))
        await respond(send)

    site = wrapped(app, clock)
    ASGICall(site).run()
    ASGICall(site).run()
    assert seen[0] is not seen[1]
