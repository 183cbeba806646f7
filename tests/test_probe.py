"""The probe, against real servers: each misconfiguration is built and named, and nothing else."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

import pytest
from click.testing import CliRunner
from clock import MachineClock
from processes import configured_nginx, free_port, gunicorn
from serving import serve
from sites import SITES, FlaskSite
from test_demos import FileClock, started

from session440.cli.probe import command
from session440.probe import ProbeError, ask, probe
from session440.probe.answer import LONGEST_BODY
from session440.probe.asking import MOST_REQUESTS

OTHER = "https://other.example"


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


@pytest.fixture
def front(program, tmp_path, backend):
    """Put nginx before it: ``with front("location / {...}") as url``."""

    @contextmanager
    def start(server: str, http: str = "", app: int = backend) -> Iterator[str]:
        port = free_port()
        (tmp_path / "sorry.html").write_text("sorry")
        config = f"""
            {http.replace("FOLDER", str(tmp_path))}
            upstream app {{ server 127.0.0.1:{app}; }}
            server {{
                listen 127.0.0.1:{port};
                {server.replace("FOLDER", str(tmp_path)).replace("PASS", PASS)}
            }}
        """
        with configured_nginx(program("nginx"), tmp_path, port, config):
            yield f"http://127.0.0.1:{port}"

    return start


PASS = "proxy_pass http://app; proxy_set_header Host $http_host;"


def ids(findings) -> list[str]:
    return [each.id.removeprefix("session440.") for each in findings]


# --- what proxies do to a 440

PAGE = "location = /sorry.html { internal; root FOLDER; }"
CACHE = "proxy_cache_path FOLDER/pages keys_zone=pages:1m;"
KEEPS_ALL = (
    "proxy_cache pages; proxy_cache_valid any 1m; "
    "proxy_ignore_headers Cache-Control Set-Cookie Vary"
)

MISCONFIGURED = {
    "error_page drops what a 440 carries": (
        "location / { PASS proxy_intercept_errors on; error_page 440 /sorry.html; }" + PAGE,
        "E072",
        "Session440-Cause, Session440-Sample, Cache-Control, Set-Cookie, Vary",
        "take 440 out of error_page, or set proxy_intercept_errors off",
    ),
    "error_page makes it 200": (
        "location / { PASS proxy_intercept_errors on; error_page 440 =200 /sorry.html; }" + PAGE,
        "E071",
        "a 440 arrives as 200 OK",
        "take 440 out of error_page",
    ),
    "error_page sends people to another page": (
        "location / { PASS proxy_intercept_errors on; error_page 440 =302 /login; }",
        "E071",
        "a 440 arrives as 302",
        "take 440 out of error_page",
    ),
    "a cache keeps it": (
        f"location / {{ PASS {KEEPS_ALL}; }}",
        "E073",
        "the same 440 came more than once",
        "take Cache-Control, Set-Cookie and Vary out of proxy_ignore_headers",
    ),
    "a cache says so": (
        "location / { PASS add_header Age 30 always; add_header X-Cache 'HIT from a' always; }",
        "E073",
        "Age: 30, X-Cache: HIT from a",
        "proxy_cache_valid",
    ),
    "its cookie is hidden": (
        "location / { PASS proxy_hide_header Set-Cookie; }",
        "E072",
        "these do not arrive: Set-Cookie",
        "take out proxy_hide_header Set-Cookie;",
    ),
    "its caching is changed": (
        "location / { PASS proxy_hide_header Cache-Control; "
        "add_header Cache-Control 'max-age=60' always; }",
        "E072",
        "these do not arrive: Cache-Control",
        "take out proxy_hide_header Cache-Control;",
    ),
    "its body is changed": (
        "location / { PASS sub_filter '{' '<'; sub_filter_types application/problem+json; }",
        "E072",
        "these do not arrive: the problem document",
        'IIS: <httpErrors existingResponse="PassThrough" />',
    ),
    "its page is another": (
        "location / { PASS sub_filter 'href=\"/login' 'href=\"/elsewhere'; "
        "sub_filter_types text/html; }",
        "E072",
        "these do not arrive: the page with its link to log in again",
        "must link to login_timeout.login_url",
    ),
    "headers are added to healthy answers alone": (
        f"location / {{ PASS add_header Access-Control-Allow-Origin {OTHER}; "
        "add_header Strict-Transport-Security max-age=60; }",
        "W074",
        "a 440 lacks what a 200 has: Access-Control-Allow-Origin, Strict-Transport-Security",
        f'add_header Access-Control-Allow-Origin "{OTHER}" always;',
    ),
    "auth_request asks a page, for the whole site": (
        "location / { PASS auth_request /ask; } "
        "location = /ask { internal; proxy_pass http://app/; }",
        "E070",
        "/session440/status is answered 500",
        "auth_request /session440/auth",
    ),
    "auth_request asks a page, but for the status": (
        "location / { PASS auth_request /ask; } location /session440/status { PASS } "
        "location = /ask { internal; proxy_pass http://app/; }",
        "E071",
        "a 440 arrives as 500",
        "auth_request /session440/auth",
    ),
    "nothing is passed on": (
        "location / { root FOLDER; }",
        "E070",
        "/session440/status is answered 404",
        "nginx: location /session440/ { proxy_pass http://app; }",
    ),
    "any path shows the same page": (
        "location / { root FOLDER; try_files /sorry.html =404; }",
        "E070",
        "200 OK, with no status of session440's",
        "give the app's URL",
    ),
    "the sample is not passed on": (
        "location / { PASS } location = /session440/sample { return 404; }",
        "E070",
        "though the status endpoint is there",
        "all of /session440/",
    ),
    "it leads elsewhere": (
        "return 301 https://example.invalid$request_uri;",
        "E070",
        "answered 301 Moved Permanently, to https://example.invalid/session440/status",
        "give the URL that it leads to",
    ),
    "a password is wanted": (
        "location / { PASS auth_basic x; auth_basic_user_file FOLDER/sorry.html; }",
        "E070",
        "/session440/status is answered 401 Unauthorized",
        "--endpoint",
    ),
}


@pytest.mark.parametrize("name", MISCONFIGURED)
def test_a_proxy_that_spoils_a_440_is_named(front, name):
    """One finding, with what was seen and what would mend it."""
    server, id, found, remedy = MISCONFIGURED[name]
    with front(server, CACHE) as url:
        findings = probe(url, origin=OTHER)
    assert ids(findings) == [id]
    assert found in findings[0].found
    assert remedy in findings[0].remedy


def test_what_a_cache_has_kept_is_seen_by_the_next_probe(front):
    """Though it asks but once for each form."""
    with front(f"location / {{ PASS {KEEPS_ALL}; }}", CACHE) as url:
        assert ids(probe(url)) == ids(probe(url)) == ["E073"]


def test_a_cache_tells_no_time(front):
    """What it gives may be of yesterday."""
    with front(f"location / {{ PASS {KEEPS_ALL}; }}", CACHE) as url:
        probe(url)
        assert ids(probe(url, clock=lambda: time.time() + 90)) == ["E073"]


def test_an_app_that_is_out_is_no_auth_request(front):
    with front("location / { PASS }", app=free_port()) as url:
        (finding,) = probe(url)
    assert "502 Bad Gateway" in finding.found
    assert "error log" in finding.remedy


# --- healthy sites

HEALTHY = {
    "proxy": "location / { PASS }",
    "compressed": "location / { PASS gzip on; gzip_proxied any; gzip_min_length 1; gzip_vary on; "
    "gzip_types *; }",
    "with headers": "location / { PASS add_header Access-Control-Allow-Origin $http_origin "
    "always; add_header Strict-Transport-Security max-age=60 always; }",
    "a miss of a cache": "location / { PASS add_header X-Cache MISS always; "
    "add_header Age 0 always; }",
    "some errors are nginx's": "location / { PASS proxy_intercept_errors on; "
    "error_page 404 500 502 /sorry.html; }" + PAGE,
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_proxy_that_passes_it_on_is_not(front, name):
    with front(HEALTHY[name]) as url:
        assert probe(url, origin=OTHER) == []


def test_gunicorn_itself_is_not(backend):
    report = ask(f"http://127.0.0.1:{backend}")
    assert report.findings == []
    assert [(each.path, each.line) for each in report.asked] == [
        ("/session440/status", "200 OK"),
        *[("/session440/sample", "440 Login Timeout")] * 3,
    ]


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("options", [{}, {"enforcement": "report"}, {"status": 401}], ids=str)
def test_every_adapter_is_healthy_in_every_mode(open_site, kind, options):
    assert probe(open_site(kind, **options).url) == []


def test_an_app_under_a_path_is_found(front):
    with front("location /app/ { proxy_pass http://app/; }") as url:
        assert probe(f"{url}/app/") == probe(f"{url}/app") == []
        assert ids(probe(url)) == ["E070"]


def test_another_endpoint_is_found(open_site):
    site = open_site(FlaskSite, endpoint="/about/login")
    assert probe(site.url, endpoint="/about/login") == []
    assert ids(probe(site.url)) == ["E070"]


@pytest.mark.parametrize("name", ["flask", "django"])
def test_neither_demo_is_alarming(name, tmp_path):
    FileClock(tmp_path / "clock").follow_the_machine()
    with started(name, tmp_path) as (url, _):
        assert probe(url, origin=OTHER) == []


def test_it_ends_nobodys_login(open_site):
    site = open_site(FlaskSite)
    b = site.logged_in()
    del site.events[:]
    probe(site.url)
    assert b.get("/").text == "hello alice"
    assert site.events == []


# --- what it asks


class Counted:
    """A WSGI app that notes who is asked for what."""

    def __init__(self, app) -> None:
        self.app = app
        self.asked: list[str] = []

    def __call__(self, environ, start_response):
        self.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        assert "HTTP_COOKIE" not in environ
        return self.app(environ, start_response)


def test_it_asks_a_few_times_and_reads_only(open_site):
    counted = Counted(open_site(FlaskSite).app)
    with serve(counted) as url:
        assert probe(url, origin=OTHER) == []
    assert len(counted.asked) <= MOST_REQUESTS <= 8
    assert set(counted.asked) == {"GET /session440/status", "GET /session440/sample"}


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

    asker = Asker(read_url(f"http://127.0.0.1:{backend}", "/session440"), time.time, 5, None)
    for _ in range(MOST_REQUESTS):
        asker.ask("status", {})
    with pytest.raises(RuntimeError, match="8 requests at most"):
        asker.ask("status", {})


def test_a_proxy_of_this_machines_environment_is_not_asked(backend, monkeypatch):
    for name in ("http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert probe(f"http://127.0.0.1:{backend}") == []


# --- clocks


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
        told = map(int, re.findall(r"(\d+) s", report.findings[0].found))
        assert [abs(each - abs(off)) <= 2 + took for each in told] == [True, True]


def test_the_apps_clock_is_told_from_its_proxys(open_site, clock):
    clock.ahead = 90
    (finding,) = probe(open_site(FlaskSite).url)
    assert finding.id == "session440.E077"
    assert re.match(r"the app's clock is \d+ s ahead of this machine's", finding.found)


def test_a_slow_answer_is_no_wrong_clock(backend):
    """The request took half a minute: the site's clock was read at some time within it."""
    ticks = iter([time.time() - 15, time.time() + 15] * MOST_REQUESTS)
    assert probe(f"http://127.0.0.1:{backend}", clock=lambda: next(ticks)) == []


# --- https


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


HOST_COOKIE = json.dumps({"cookie_name": "__Host-login440"})


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


# --- hostile and broken sites


@contextmanager
def raw(*chunks, pause: float = 0) -> Iterator[tuple[str, list]]:
    """A server that says what it likes to each who connects."""
    connected: list = []
    is_over = threading.Event()

    def answer(connection) -> None:
        with connection:
            try:
                connection.recv(4096)
                for chunk in chunks:
                    for piece in [chunk] if isinstance(chunk, bytes) else chunk:
                        connection.sendall(piece)
                        if pause and is_over.wait(pause):
                            return
            except OSError:
                pass  # the probe has had enough

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connected.append(threading.Thread(target=answer, args=[connection]))
            connected[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", connected
        finally:
            is_over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in connected:
                each.join()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ESCAPES = b"\x1b]0;owned\x07\xc2\x9b31m"

HOSTILE = {
    "endless body": ([OK + b"\r\n", repeat(b"a" * 65536)], 0, "E070", "no status of session440's"),
    "endless compressed body": (
        [OK + b"Content-Encoding: gzip\r\n\r\n", repeat(b"\x1f\x8b" * 32768)],
        *(0, "E070", "no status"),
    ),
    "endless chunks": (
        [OK + b"Transfer-Encoding: chunked\r\n\r\n", repeat(b"1000\r\n" + b"a" * 4096 + b"\r\n")],
        *(0, "E070", "no status"),
    ),
    "broken chunks": (
        [OK + b"Transfer-Encoding: chunked\r\n\r\nwhat?\r\n"],
        *(0, "E070", "no status"),
    ),
    "deep JSON": ([OK + b"\r\n", b"[" * 200_000], 0, "E070", "no status"),
    "a number of many digits": ([OK + b"\r\n", b"9" * 200_000], 0, "E070", "no status"),
    "a body that is cut": (
        [OK + b'Content-Length: 99\r\n\r\n{"state": "anonymous"}'],
        *(0, "E070", "no status"),
    ),
    "endless headers": ([OK, repeat(b"X-Many: a\r\n")], 0, "E079", "cannot be read as HTTP"),
    "an endless header": ([OK, repeat(b"a" * 65536)], 0, "E079", "cannot be read as HTTP"),
    "garbage": ([b"\x00\xff\x13\x37" * 99], 0, "E079", "cannot be read as HTTP"),
    "an SSH server": ([b"SSH-2.0-OpenSSH_9\r\n"], 0, "E079", "cannot be read as HTTP"),
    "nothing": ([b""], 0, "E079", "cannot be read as HTTP"),
    "silence": ([b"", [b""]], 9, "E079", "no whole answer within 0.5 s"),
    "a trickle of headers": ([OK, repeat(b"a", 500)], 0.02, "E079", "no whole answer within 0.5 s"),
    "a trickle of a body": ([OK + b"\r\n", repeat(b"a", 500)], 0.02, "E079", "no whole answer"),
    "escapes": (
        [b"HTTP/1.1 302 " + ESCAPES + b"\r\nLocation: /" + ESCAPES + b"\r\n\r\n"],
        *(0, "E070", r"302 \x1b]0;owned\x07\xc2\x9b31m, to /\x1b]0;owned\x07\xc2\x9b31m"),
    ),
    "a long phrase": ([b"HTTP/1.1 404 " + b"a" * 9999 + b"\r\n\r\n"], 0, "E070", "aaaa..."),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_site_is_one_finding_soon(name):
    """Those that dawdle are cut off by the time, and all others by what they send."""
    chunks, pause, id, found = HOSTILE[name]
    timeout = "0.5" if pause else "60"
    with raw(*chunks, pause=pause) as (url, connected):
        result = CliRunner().invoke(command, [url, "--timeout", timeout], catch_exceptions=False)
    assert result.exit_code == 1
    assert len(connected) == 1
    assert result.output.count("session440.") - result.output.count("session440.py") == 1
    assert f"session440.{id}: " in result.output
    assert found in result.output
    assert all(each.isprintable() or each in "\n\t" for each in result.output)


def test_what_is_compressed_is_not_blown_up():
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < LONGEST_BODY
    with raw(OK + b"Content-Encoding: gzip\r\n\r\n", bomb) as (url, _):
        report = ask(url)
    assert ids(report.findings) == ["E070"]
    assert len(report.asked[0].text) == LONGEST_BODY


def test_what_is_changed_at_random_breaks_nothing():
    """Answers of a real site, with bytes of them replaced."""
    whole = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Tue, 24 Nov 2026 17:04:41 GMT"
        b"\r\nAge: 0\r\nContent-Encoding: gzip\r\nSet-Cookie: a-sample=; Path=/\r\n"
        b"Session440-Sample: abc\r\nContent-Length: 22\r\n\r\n" + b'{"state": "anonymous"}'
    )
    chance = random.Random(440)
    for _ in range(100):
        text = bytearray(whole if chance.random() < 0.5 else whole.replace(b": gzip", b": none"))
        for _ in range(chance.randrange(4)):
            text[chance.randrange(len(text))] = chance.randrange(256)
        with raw(bytes(text)) as (url, _):
            findings = probe(url, timeout=2)
        assert findings
        assert all(line.isprintable() for each in findings for line in each)


def test_nobody_there_is_one_finding():
    (finding,) = probe(f"http://127.0.0.1:{free_port()}")
    assert finding.id == "session440.E079"
    assert "Connection refused" in finding.found
    (finding,) = probe("http://nowhere.invalid/")
    assert finding.id == "session440.E079"


def test_a_phrase_that_is_lost_is_harmless(open_site):
    app = open_site(FlaskSite).app

    def shouting(environ, start_response):
        def start(status, *args):
            return start_response(status.replace("Login Timeout", "UNKNOWN"), *args)

        return app(environ, start)

    with serve(shouting) as url:
        (finding,) = probe(url)
    assert finding.id == "session440.W078"
    assert "440 UNKNOWN" in finding.found
    assert finding.level == "warning"


# --- the command


def run(*args: str):
    return CliRunner().invoke(command, args, catch_exceptions=False)


def test_the_command_tells_what_it_asked(backend):
    result = run(f"http://127.0.0.1:{backend}")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[:2] == ["asked\tseen", "GET /session440/status\t200 OK"]
    assert lines[-1] == "Nothing was found."


def test_the_command_fails_on_errors_and_not_on_warnings(backend, front):
    lacking = "location / { PASS add_header Access-Control-Allow-Origin *; }"
    with front(lacking) as url:
        result = run(url, "--origin", OTHER, "--json")
    assert result.exit_code == 0
    assert [(each["id"], each["level"]) for each in json.loads(result.output)] == [
        ("session440.W074", "warning")
    ]
    result = run(f"http://127.0.0.1:{backend}", "--endpoint", "/elsewhere", "--json")
    assert result.exit_code == 1
    assert [each["level"] for each in json.loads(result.output)] == ["error"]


BAD = {
    "nothing": [""],
    "no scheme": ["example.com"],
    "another scheme": ["ftp://example.com/"],
    "a file": ["file:///etc/passwd"],
    "no host": ["https:///path"],
    "a port that is none": ["http://127.0.0.1:99999/"],
    "a port of text": ["http://127.0.0.1:http/"],
    "a broken address": ["http://[::1/"],
    "a user": ["http://alice:wonderland@127.0.0.1/"],
    "a query": ["http://127.0.0.1/?a=b"],
    "a line break": ["http://127.0.0.1/\r\nX-Evil: 1"],
    "a space": ["http://127.0.0.1/a b"],
    "an escape": ["http://127.0.0.1/\x1b[31m"],
    "a host of too many letters": [f"http://{'a' * 70}.example/"],
    "an endpoint that is no path": ["http://127.0.0.1/", "--endpoint", "session440"],
    "an endpoint with a line break": ["http://127.0.0.1/", "--endpoint", "/a\r\nX: 1"],
    "an origin with a path": ["http://127.0.0.1/", "--origin", "https://a.example/b"],
    "an origin that is a name": ["http://127.0.0.1/", "--origin", "a.example"],
    "an origin with a line break": ["http://127.0.0.1/", "--origin", "https://a.example\r\nX: 1"],
    "no time": ["http://127.0.0.1/", "--timeout", "0"],
    "a file that is not there": ["http://127.0.0.1/", "--cafile", "/nowhere.pem"],
    "a file of something else": ["http://127.0.0.1/", "--cafile", __file__],
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(name):
    result = run(*BAD[name])
    assert result.exit_code == 2
    errors = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert result.output.splitlines()[-1] == errors[0]
    assert "give " in errors[0] or "range" in errors[0]
    assert "wonderland" not in result.output
    assert all(each.isprintable() or each == "\n" for each in result.output)


def test_what_cannot_be_asked_is_an_error_of_its_own():
    with pytest.raises(ProbeError, match=r"'example\.com' is not a site's URL"):
        probe("example.com")


def test_names_of_other_scripts_are_understood():
    """And a path that is not ASCII is quoted."""
    (finding,) = probe("http://b\u00fccher.invalid:8000/caf\u00e9")
    assert finding.id == "session440.E079"
    assert finding.found.isascii()


def test_it_runs_as_a_program(backend):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "session440", "probe", f"http://127.0.0.1:{backend}"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert "Nothing was found." in done.stdout
    assert done.stderr == ""


def test_tls_is_verified():
    """There is no way to skip it."""
    from session440.probe.asking import Asker, read_url

    context = Asker(read_url("https://127.0.0.1", "/session440"), time.time, 5, None)._context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
