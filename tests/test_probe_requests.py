"""What the probe asks, how it compares clocks, and what it sees on https."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from clock import MachineClock
from findings import ids
from ports import free_port
from processes import configured_nginx, gunicorn
from serving import serve
from sites import FlaskSite

from session440.probe import ask, cookies, probe, sticky
from session440.probe.answer import Answer
from session440.probe.asking import MOST_REQUESTS, Target


@pytest.fixture
def clock() -> MachineClock:
    """Right, as far as a test says nothing else: the probe compares clocks."""
    return MachineClock()


@pytest.fixture(scope="module")
def backend(tmp_path_factory) -> Iterator[int]:
    """A site on gunicorn, whose clock is right."""
    folder = tmp_path_factory.mktemp("gunicorn")
    with gunicorn("site_behind:flask_site", folder / "log") as port:
        yield port


# --- what it asks


OTHER = "https://other.example"


class Counted:
    """A WSGI app that notes who is asked for what."""

    def __init__(self, app) -> None:
        self.app = app
        self.asked: list[str] = []

    def __call__(self, environ, start_response):
        self.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        assert "HTTP_COOKIE" not in environ
        return self.app(environ, start_response)


def test_it_asks_a_few_times_without_a_login(open_site):
    """What it posts renews nobody's login: it has no cookies."""
    counted = Counted(open_site(FlaskSite).app)
    with serve(counted) as url:
        assert probe(url, origin=OTHER) == []
    assert len(counted.asked) <= MOST_REQUESTS <= 8
    assert set(counted.asked) == {
        "GET /session440/status",
        "GET /session440/sample",
        "POST /session440/extend",
    }


def test_it_follows_no_redirect():
    def elsewhere(environ, start_response):
        start_response("302 Found", [("Location", f"{other}/session440/status")])
        return [b""]

    there, here = Counted(elsewhere), Counted(elsewhere)
    with serve(there) as other, serve(here) as url:
        assert ids(probe(url)) == ["E070"]
    assert (len(here.asked), there.asked) == (1, [])


def test_more_requests_than_it_may_make_are_a_mistake_of_ours(backend):
    from session440.probe.asking import Asker, read_url

    asker = Asker(read_url(f"http://127.0.0.1:{backend}", "/session440"), time.time, 60, None)
    for _ in range(MOST_REQUESTS):
        asker.ask("status", {})
    with pytest.raises(RuntimeError, match="8 requests at most"):
        asker.ask("status", {})


def test_a_proxy_of_this_machines_environment_is_not_asked(backend, monkeypatch):
    for name in ("http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert probe(f"http://127.0.0.1:{backend}") == []


# --- clocks


#: How far a clock is off, as it is said.
AHEAD = r"(?:(\d+) minutes? ?)?(?:(\d+) seconds?)?(?= ahead| behind)"


def in_seconds(said: tuple[str, str]) -> int:
    minutes, seconds = said
    return 60 * int(minutes or 0) + int(seconds or 0)


@pytest.mark.parametrize(
    ("off", "id", "found"),
    [
        (0, None, ""),
        (4, None, ""),
        (-4, None, ""),
        (20, "W076", "behind this machine's clock"),
        (-20, "W076", "ahead of this machine's clock"),
        (90, "E077", "behind this machine's clock"),
        (-90, "E077", "ahead of this machine's clock"),
    ],
)
def test_a_clock_that_is_off_is_named(backend, off, id, found):
    """This machine's, by so many seconds: it is all one."""
    report = ask(f"http://127.0.0.1:{backend}", clock=lambda: time.time() + off)
    assert ids(report.findings) == [id] * bool(id)
    if id:
        assert found in report.findings[0].found
        took = max(each.ended - each.began for each in report.asked)
        told = map(in_seconds, re.findall(rf"is {AHEAD}", report.findings[0].found))
        assert [abs(each - abs(off)) <= 2 + took for each in told] == [True, True]


def test_the_apps_clock_is_told_from_its_proxys(open_site, clock):
    clock.ahead = 90
    (finding,) = probe(open_site(FlaskSite).url)
    assert finding.id == "session440.E077"
    assert re.match(rf"the app's clock is {AHEAD} ahead of this machine's", finding.found)


def test_a_slow_answer_is_no_wrong_clock(backend):
    """The request took two minutes: the site's clock was read at some time within them."""
    ticks = iter([time.time() - 60, time.time() + 60] * MOST_REQUESTS)
    assert probe(f"http://127.0.0.1:{backend}", clock=lambda: next(ticks)) == []


# --- https


PASS = "proxy_pass http://app; proxy_set_header Host $http_host;"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    key, file = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", file),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return file, key


@pytest.fixture
def secured(program, tmp_path, certificate):
    """nginx with TLS, before a site of its own: ``with secured(SECURE="1") as url``."""

    @contextmanager
    def start(extra: str = "", **environ: str) -> Iterator[str]:
        with gunicorn("site_behind:flask_site", tmp_path / "log", **environ) as app:
            port = free_port()
            config = f"""
                upstream app {{ server 127.0.0.1:{app}; }}
                server {{
                    listen 127.0.0.1:{port} ssl;
                    ssl_certificate {certificate[0]};
                    ssl_certificate_key {certificate[1]};
                    location / {{ {PASS} {extra} }}
                }}
            """
            with configured_nginx(program("nginx"), tmp_path, port, config):
                yield f"https://127.0.0.1:{port}"

    return start


def test_a_certificate_that_nobody_vouches_for_is_one_finding(secured):
    with secured() as url:
        (finding,) = probe(url)
    assert finding.id == "session440.E079"
    assert "certificate that is not trusted: self-signed certificate" in finding.found
    assert "--cafile" in finding.remedy


def test_the_cookies_flags_are_seen_on_https(secured, certificate):
    with secured() as url:
        (finding,) = probe(url, cafile=str(certificate[0]))
    assert finding.id == "session440.W075"
    assert finding.found == (
        "the cookie session440 on https: not Secure, its name does not begin with __Host-"
    )
    assert "SESSION_COOKIE_SECURE = True" in finding.remedy


HOST_COOKIE = json.dumps({"cookie_name": "__Host-login440"})


def test_a_proxy_may_take_flags_away(secured, certificate):
    flags = "proxy_cookie_flags ~ nohttponly samesite=none;"
    with secured(flags, SECURE="1", OPTIONS=HOST_COOKIE) as url:
        (finding,) = probe(url, cafile=str(certificate[0]))
    assert finding.found == "the cookie __Host-login440 on https: not HttpOnly, SameSite=None"


def test_a_site_that_is_well_on_https_is_not_named(secured, certificate):
    with secured(SECURE="1", OPTIONS=HOST_COOKIE) as url:
        assert probe(url, cafile=str(certificate[0])) == []


def test_the_wrong_scheme_is_one_finding(secured, backend):
    with secured() as url:
        (finding,) = probe(url.replace("https:", "http:"))
    assert finding.id == "session440.E070"
    assert "400 Bad Request" in finding.found
    (finding,) = probe(f"https://127.0.0.1:{backend}")
    assert finding.id == "session440.E079"
    assert "cannot be reached" in finding.found


# --- whether browsers keep its cookie


def sampled(host: str, attributes: str, is_https: bool = False) -> list[str]:
    """What is found wrong with a cookie that came from a host with these attributes."""
    set_cookie = ("Set-Cookie", f"login440-sample=; {attributes}; HttpOnly; SameSite=Lax")
    answer = Answer(
        "GET", "/app/session440/sample", is_https, 440, "", (set_cookie,), b"", True, 0, 0
    )
    return [each.found for each in cookies.examine(answer, host) if each.id.endswith("E080")]


@pytest.mark.parametrize(
    ("host", "attributes", "is_https"),
    [
        ("www.example.org", "Domain=example.org; Path=/", False),
        ("www.example.org", "Domain=.Example.ORG; Path=/app", False),
        ("WWW.example.org", "Domain=www.example.org; Path=/app/", False),
        ("127.0.0.1", "Secure; Path=/", False),  # browsers take it for safe
        ("localhost", "Secure", False),
        ("site.localhost", "Secure; Domain=", False),
        ("192.0.2.1", "Domain=192.0.2.1; Secure", True),
        ("::1", "Secure; Path=relative", False),
    ],
)
def test_a_cookie_that_browsers_send_back_is_not_named(host, attributes, is_https):
    assert sampled(host, attributes, is_https) == []


@pytest.mark.parametrize(
    ("host", "attributes", "is_https"),
    [
        ("example.org", "Domain=www.example.org", False),
        ("badexample.org", "Domain=example.org", False),
        ("example.org", "Domain=org", False),
        ("192.0.2.1", "Domain=0.2.1", False),
        ("example.org", "Path=/ap", False),
        ("example.org", "Path=/App", False),
        ("example.org", "Path=/app/session440/sample/more", False),
        ("example.org", "Secure; Path=/", False),
        ("192.0.2.1", "Secure; Path=/", False),
    ],
)
def test_a_cookie_that_no_browser_sends_back_is_named(host, attributes, is_https):
    assert len(sampled(host, attributes, is_https)) == 1


# --- load balancers


def named(cookie: str, idle_timeout: float = 1200) -> list[str]:
    """What is found wrong with a cookie that came with an answer."""
    answer = Answer(
        "GET", "/", True, 200, "", (("Set-Cookie", cookie),), b"", True, 0, 1_800_000_000
    )
    return [each.found for each in sticky.examine(answer, idle_timeout)]


@pytest.mark.parametrize(
    "cookie",
    [
        "AWSALB=x; Max-Age=600; Path=/",
        "SERVERID=s1; path=/; max-age=1199",
        "srv_id=1; Expires=Fri, 15 Jan 2027 08:10:00 GMT",
        "my_sticky_session=1; Max-Age=60; Expires=Fri, 15 Jan 2038 08:10:00 GMT",
        "ARRAffinitySameSite=1; Max-Age=1",
    ],
)
def test_a_sticky_cookie_that_ends_before_the_login_is_named(cookie):
    (found,) = named(cookie)
    assert "and the idle timeout is 20 minutes" in found


@pytest.mark.parametrize(
    "cookie",
    [
        "AWSALB=x; Path=/",  # as long as the browser is open
        "SERVERID=s1; Max-Age=1200",
        "SERVERID=; Max-Age=0",  # it is deleted
        "SERVERID=s1; Max-Age=soon; Expires=never",
        "session=x; Max-Age=600",  # an application's
        "BIGipServerpool=1; Expires=Fri, 15 Jan 2027 09:00:00 GMT",
    ],
)
def test_a_cookie_that_lasts_long_enough_is_not(cookie):
    assert named(cookie) == []


def test_a_proxy_that_sets_one_is_seen_by_probe_and_doctor(secured, certificate, tmp_path):
    balancer = "add_header Set-Cookie 'SERVERID=s1; Path=/; Max-Age=1800' always;"
    with secured(balancer, SECURE="1", OPTIONS=HOST_COOKIE) as url:
        cafile = str(certificate[0])
        assert probe(url, cafile=cafile) == []
        (finding,) = probe(url, cafile=cafile, idle_timeout=3600)
    assert finding.id == "session440.W082"
    assert "lasts 30 minutes, and the idle timeout is 1 hour" in finding.found


# --- the origin


@pytest.mark.parametrize(
    ("target", "origin"),
    [
        (Target(True, "example.org", 443, ""), "https://example.org"),
        (Target(False, "example.org", 80, ""), "http://example.org"),
        (Target(True, "example.org", 80, ""), "https://example.org:80"),
        (Target(False, "::1", 8080, ""), "http://[::1]:8080"),
        (Target(True, "b\u00fccher.example", 443, ""), "https://xn--bcher-kva.example"),
    ],
)
def test_the_origin_is_as_browsers_send_it(target, origin):
    """In ASCII, and without the port that the scheme has anyway (RFC 6454 section 6.2)."""
    assert target.origin == origin
