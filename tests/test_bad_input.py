"""Whatever a client sends, an anonymous visitor gets the normal answer, and never a 500."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from calling import Call
from clock import FakeClock
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from sites import OPTIONS, SECRET, CookieApp, TicketApp, flask_app
from wsgi_apps import wrap

from session440.core.signing import TicketSigner
from session440.wsgi import Session440Middleware


def plain(clock, **options):
    return Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, **OPTIONS | options)


def watched(clock, **options):
    return Session440Middleware(
        CookieApp(), secret_key=SECRET, clock=clock, watch_cookie="sid", **OPTIONS | options
    )


def flask_site(clock, **options):
    return flask_app(clock, [], **options)


def django_site(clock, **options):
    return WSGIHandler()


APPS = {"wsgi": plain, "watched": watched, "flask": flask_site, "django": django_site}
TICKETS = {
    "wsgi": "login440",
    "watched": "login440",
    "flask": "session440",
    "django": "sessionid440",
}
SESSIONS = {"wsgi": "sid", "watched": "sid", "flask": "session", "django": "sessionid"}


@pytest.fixture(params=APPS)
def site(request, clock):
    with override_settings(SESSION440={"CLOCK": clock}):
        yield request.param, APPS[request.param](clock)


COOKIES = {
    "100 kB": "x" * 100_000,
    "100 kB of dots": "." * 100_000,
    "NUL": "a\x00b.c\x00d",
    "latin-1": "\xe9\xff\x80.\xe9",
    "empty": "",
    "quotes": '"quoted.value"',
    "escapes": '"\\341\\200.x"',
    "percent": "%00%ff.%",
    "JSON": "W10.W10",
}


@pytest.mark.parametrize("value", COOKIES.values(), ids=COOKIES)
def test_any_cookie_is_an_anonymous_visitors(site, value):
    """As the ticket, as the session, as both, and ten times over."""
    name, app = site
    ticket, session = TICKETS[name], SESSIONS[name]
    for header in (
        f"{ticket}={value}",
        f"{session}={value}",
        f"{session}={value}; {ticket}={value}",
        "; ".join([f"{ticket}={value}"] * 10),
        f"; ;=; {ticket}; {ticket}={value};;",
    ):
        call = Call(app, "/plain", HTTP_COOKIE=header)
        assert call.body() in (b"plain", b"hello None")
        assert call.status.startswith("200")


def test_ten_tickets_of_which_one_is_real(site, clock):
    """Tossed cookies push out nobody's own, wherever it stands."""
    name, app = site
    real = Call(app, "/callback").cookies()
    for place in (0, 5, 9):
        header = [f"{TICKETS[name]}=tossed.{i}" for i in range(9)]
        header.insert(place, f"{TICKETS[name]}={real[TICKETS[name]]}")
        header += [f"{key}={value}" for key, value in real.items() if key != TICKETS[name]]
        call = Call(app, "/", HTTP_COOKIE="; ".join(header))
        assert call.body() == b"hello alice"


@pytest.mark.parametrize("tossed", ["x{}", "a~b~{}~c.d", "{}~alice~1800000000~1800000000.x"])
def test_flood_of_tickets_hides_no_bound_one(site, clock, tossed):
    """A sibling subdomain can toss more cookies than are verified; the session knows its own."""
    name, app = site
    if name == "wsgi":  # the ticket is the login, and only its form tells it from others
        tossed = "x{}"
    real = Call(app, "/callback").cookies()
    clock.advance(1000)
    real |= Call(app, "/", real).cookies()
    clock.advance(1000)
    header = [f"{TICKETS[name]}={tossed.format(i)}" for i in range(300)]
    header += [f"{key}={value}" for key, value in real.items()]
    assert Call(app, "/", HTTP_COOKIE="; ".join(header)).body() == b"hello alice"


def remembers_nothing(environ, start_response):
    start_response("200 OK", [("Set-Cookie", "sid=1; Path=/")])
    return [environ.get("HTTP_COOKIE", "").encode()]


def test_flood_of_watched_cookies_hides_no_bound_one(clock):
    app = wrap(remembers_nothing, clock, watch_cookie="sid")
    ticket = Call(app).cookies()["login440"]
    flood = [f"sid={i}x" for i in range(300)] + [f"login440=a~{i}~b~c" for i in range(300)]
    header = "; ".join([*flood, "sid=1", f"login440={ticket}"])
    assert b"sid=1" in Call(app, HTTP_COOKIE=header).body()


def test_more_tickets_than_anybody_has_cost_a_bounded_time(site, monkeypatch):
    """A header full of tickets is not verified without end."""
    name, app = site
    verified = []
    loads = TicketSigner.loads
    monkeypatch.setattr(TicketSigner, "loads", lambda *args: verified.append(args) or loads(*args))
    header = "; ".join(f"{TICKETS[name]}=x.{i}" for i in range(5000))
    assert Call(app, "/plain", HTTP_COOKIE=header).status.startswith("200")
    assert len(verified) <= 32


HEADERS = {
    "Referer no URL": {"HTTP_REFERER": "http://[::1"},
    "Referer garbage": {"HTTP_REFERER": "\x00\xff:::///"},
    "Accept garbage": {"HTTP_ACCEPT": ";;q=,,*/;q=x, text/html;q=high, \xff"},
    "Accept long": {"HTTP_ACCEPT": "a/b," * 20_000},
    "Origin garbage": {"HTTP_ORIGIN": "http://["},
    "htmx garbage": {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://[\x00"},
    "Sec-Fetch garbage": {"HTTP_SEC_FETCH_MODE": "\xff", "HTTP_SEC_FETCH_SITE": "\x00"},
    "passive garbage": {"HTTP_SESSION440_PASSIVE": "\xff", "HTTP_SEC_PURPOSE": "\x00"},
    "Host garbage": {"HTTP_HOST": "a b\xff"},
    "no Host": {"HTTP_HOST": ""},
    "bad length": {"CONTENT_LENGTH": "many"},
    "superscript length": {"CONTENT_LENGTH": "\xb2"},
    "negative length": {"CONTENT_LENGTH": "-5"},
    "huge length": {"CONTENT_LENGTH": "9" * 30},
    "endless length": {"CONTENT_LENGTH": "9" * 5000},
    "broken query": {"QUERY_STRING": "%%%&=&\xff"},
}


def normal(name, headers, answer):
    """Django itself refuses a bad Host, before us and whoever asks."""
    return "400 Bad Request" if name == "django" and "HTTP_HOST" in headers else answer


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_any_header_gets_the_normal_answer(site, headers):
    name, app = site
    call = Call(app, "/plain", **headers)
    call.body()
    assert call.status == normal(name, headers, "200 OK")


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_any_header_with_an_ended_login_gets_the_440(site, headers, clock):
    """Also where the answer has to look at the header."""
    name, app = site
    for method in ("GET", "POST"):
        cookies = Call(app, "/callback").cookies()
        clock.advance(1200)
        call = Call(app, "/plain", cookies, method, **headers)
        call.body()
        assert call.status == normal(name, headers, "440 Login Timeout")


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_any_header_at_the_endpoints_is_no_500(site, headers):
    name, app = site
    for method, endpoint in (("GET", "status"), ("POST", "extend")):
        call = Call(app, f"/session440/{endpoint}", method=method, **headers)
        call.body()
        assert call.status in ("200 OK", normal(name, headers, "403 Forbidden"))


@pytest.mark.parametrize("path", ["/\xff\xfe", "//evil.example/", "/\\evil", "/a\x00b", ""])
def test_any_path_of_an_ended_login_gets_the_440(site, path, clock):
    """And its next leads nowhere else."""
    _, app = site
    cookies = Call(app, "/callback").cookies()
    clock.advance(1200)
    call = Call(app, path, cookies)
    login_url = json.loads(call.body())["login_url"]
    assert call.status == "440 Login Timeout"
    target = unquote(login_url.partition("?next=")[2])
    assert target[:2] not in ("//", "/\\")
    assert target[:1] in ("", "/")


def test_body_that_breaks_off_is_still_answered(clock):
    """The sender may be gone before the body is read."""

    class Broken:
        def read(self, size):
            raise ConnectionResetError

    app = plain(clock)
    cookies = Call(app, "/callback").cookies()
    clock.advance(1200)
    environ = {"wsgi.input": Broken(), "CONTENT_LENGTH": "5"}
    assert Call(app, "/plain", cookies, "POST", **environ).status == "440 Login Timeout"


@pytest.mark.parametrize(
    ("length", "limit", "read"),
    [
        (1000, 2000, 1000),
        (2000, 2000, 2000),
        (2001, 2000, 0),
        (1000, 0, 0),
        (200_000, 10**6, 200_000),
    ],
)
def test_bodies_are_read_up_to_the_limit(length, limit, read):
    """A body declared beyond it is left alone, or a 440 would cost without bound."""
    clock = FakeClock()
    app = plain(clock, drain_limit=limit)
    cookies = Call(app, "/callback").cookies()
    clock.advance(1200)
    call = Call(app, "/plain", cookies, "POST", b"x" * length)
    assert call.environ["wsgi.input"].tell() == read


def test_body_of_no_declared_length_is_read_where_the_server_ends_it():
    """Chunked requests, on servers that say so (wsgi.input_terminated)."""
    clock = FakeClock()
    app = plain(clock)
    cookies = Call(app, "/callback").cookies()
    clock.advance(1200)
    environ = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    call = Call(app, "/plain", cookies, "POST", b"x" * 5000, **environ)
    assert call.environ["wsgi.input"].tell() == 5000


def test_body_of_an_extend_that_came_too_late_is_read():
    """Its 440 goes through the same proxies."""
    clock = FakeClock()
    app = plain(clock)
    cookies = Call(app, "/callback").cookies()
    clock.advance(1200)
    environ = {"HTTP_SEC_FETCH_SITE": "same-origin"}
    call = Call(app, "/session440/extend", cookies, "POST", b"x" * 5000, **environ)
    assert call.status == "440 Login Timeout"
    assert call.environ["wsgi.input"].tell() == 5000
