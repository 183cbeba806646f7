"""The probe, against real servers: each misconfiguration is built and named, and nothing else."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from clock import FileClock, MachineClock
from demos import started
from findings import ids
from ports import free_port
from processes import configured_nginx, gunicorn
from sites import SITES, FlaskSite

from session440.cli.probe import command
from session440.probe import ProbeError, ask, probe

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
    def start(
        server: str, http: str = "", app: int = backend, port: int | None = None
    ) -> Iterator[str]:
        port = port or free_port()
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
PAGE = "location = /sorry.html { internal; root FOLDER; }"


# --- what proxies do to a 440


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
        "200 OK, without session440's status",
        "give the app's URL",
    ),
    "the sample is not passed on": (
        "location / { PASS } location = /session440/sample { return 404; }",
        "E070",
        "although the status endpoint is there",
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
    assert [(each.method, each.path, each.line) for each in report.asked] == [
        ("GET", "/session440/status", "200 OK"),
        *[("GET", "/session440/sample", "440 Login Timeout")] * 3,
        ("POST", "/session440/extend", "200 OK"),
    ]


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("options", [{}, {"enforcement": "report"}, {"status": 401}], ids=str)
def test_every_adapter_is_healthy_in_every_mode(open_site, kind, options):
    assert probe(open_site(kind, **options).url) == []


def test_an_app_under_a_path_is_found(front):
    with front(
        "location /app/ { proxy_pass http://app/; proxy_set_header Host $http_host; }"
    ) as url:
        assert probe(f"{url}/app/") == probe(f"{url}/app") == []
        assert ids(probe(url)) == ["E070"]


@pytest.mark.parametrize("host", ["$host", "$proxy_host", "127.0.0.1"])
def test_a_proxy_that_changes_host_is_named(front, host):
    """Pages send their own Origin, with its port: the app takes it for another site's."""
    with front(f"location / {{ proxy_pass http://app; proxy_set_header Host {host}; }}") as url:
        (finding,) = probe(url)
    assert finding.id == "session440.W081"
    assert f"from a page of {url} is answered 403 Forbidden: the app is told another Host" in (
        finding.found
    )
    assert "proxy_set_header Host $http_host" in finding.remedy


def test_a_proxy_that_lets_no_post_through_is_named(front):
    with front("location / { PASS limit_except GET { deny all; } }") as url:
        (finding,) = probe(url)
    assert (finding.id, "another Host" in finding.found) == ("session440.W081", False)


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
def test_an_origin_that_the_site_trusts_is_not(open_site, front, kind):
    """The way out for who cannot change the proxy."""
    port = free_port()
    site = open_site(kind, trusted_origins=[f"http://127.0.0.1:{port}"])
    server = "location / { proxy_pass http://app; proxy_set_header Host $host; }"
    with front(server, app=int(site.url.rpartition(":")[2]), port=port) as url:
        assert probe(url) == []


SCOPES = {
    "a path above none of the pages": ("proxy_cookie_path / /app/;", "Path is /app/"),
    "a path that only begins alike": ("proxy_cookie_path / /session440/sam;", "Path is /session"),
}


@pytest.mark.parametrize("name", SCOPES)
def test_cookies_that_no_browser_sends_back_are_named(front, name):
    """Whether the site's own settings or a proxy changed their scope."""
    change, words = SCOPES[name]
    with front(f"location / {{ PASS {change} }}") as url:
        (finding,) = probe(url)
    assert finding.id == "session440.E080"
    assert words in finding.found


def test_a_domain_that_the_site_is_not_in_is_named(open_site):
    site = open_site(FlaskSite)
    site.app.config["SESSION_COOKIE_DOMAIN"] = "example.org"
    (finding,) = probe(site.url)
    assert finding.id == "session440.E080"
    assert "its Domain is example.org, and the site is at 127.0.0.1" in finding.found


def test_a_path_that_the_proxy_mends_is_not(front):
    with front(
        "location /app/ { PASSED/; proxy_cookie_path / /app/; }".replace(
            "PASSED", "proxy_set_header Host $http_host; proxy_pass http://app"
        )
    ) as url:
        assert probe(f"{url}/app") == []


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
