"""nginx in front, as docs/proxies.md configures it, read from there: what reaches people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from browser import Answer, Browser
from clock import FakeClock, FileClock
from ports import free_port
from processes import configured_nginx, gunicorn

from session440.probe import probe

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parent.parent / "docs/proxies.md"
IDLE, RENEWAL = 1200, 60
REPORT = "/reports/2026.html"
SCRIPT = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
PASSIVE = {"Session440-Passive": "?1"}
SITES = ["flask_site", "wsgi_site"]


def documented() -> dict[str, str]:
    """nginx's configurations in the docs, by the headings that they stand under."""
    sections = re.split(r"^### `?([\w ]+)`?$", DOCS.read_text(), flags=re.MULTILINE)[1:]
    blocks = [re.findall(r"^```nginx\n(.*?)^```$", each, re.DOTALL | re.M) for each in sections]
    return {title: block[0] for title, block in zip(sections[::2], blocks[1::2], strict=True)}


def test_the_docs_have_them_all():
    assert set(documented()) == {"Proxy", "error_page", "proxy_cache", "auth_request"}


class Front:
    """nginx before a site of ``site_behind`` on gunicorn, with a clock of the test's."""

    def __init__(self, url: str, clock: FakeClock) -> None:
        self.url = url
        self.clock = clock

    def browser(self) -> Browser:
        return Browser(self.url)

    def logged_in(self) -> Browser:
        browser = self.browser()
        assert browser.post("/login", {"username": "alice"}).status == 302
        return browser


@contextmanager
def opened(program: str, folder: Path, config: str, site="flask_site", **options) -> Iterator:
    """Run a configuration of the docs, with addresses and folders of the test's."""
    clock, port = FileClock(folder / "clock"), free_port()
    environ = {"CLOCK": str(folder / "clock"), "OPTIONS": json.dumps(options)}
    for name, text in {"private" + REPORT: "the report", "errors/missing.html": "missing"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with gunicorn(f"site_behind:{site}", folder / "gunicorn.log", **environ) as backend:
        ours = {
            "127.0.0.1:8000": f"127.0.0.1:{backend}",
            "listen 80;": f"listen 127.0.0.1:{port};",
            "/srv": str(folder),
            "/var/cache/nginx": str(folder),
        }
        for theirs, our in ours.items():
            config = config.replace(theirs, our)
        with configured_nginx(program, folder, port, config):
            yield Front(f"http://127.0.0.1:{port}", clock)


@pytest.fixture
def front(program, tmp_path):
    """Run a configuration for the length of the test."""
    with ExitStack() as stack:
        yield lambda config, *args, **options: stack.enter_context(
            opened(program("nginx"), tmp_path, config, *args, **options)
        )


def is_440(answer: Answer) -> None:
    assert answer.status_line == "440 Login Timeout"
    assert answer["Session440-Cause"] == "idle"
    assert answer["Cache-Control"] == "no-store"
    assert answer["WWW-Authenticate"] is None


# --- each block of the docs


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("name", documented())
def test_a_440_survives_what_the_docs_say(front, name, site):
    """As people meet it, and as the probe sees it."""
    place = front(documented()[name], site)
    place.clock.follow_the_machine()  # as nginx does
    assert probe(place.url, origin="https://other.example") == []
    b = place.logged_in()
    place.clock.advance(IDLE)
    is_440(b.navigate("/"))
    assert b.cookies == {}
    assert b.navigate("/").status == 302


def test_headers_that_are_added_always_stand_on_a_440(front):
    b = front(documented()["Proxy"]).logged_in()
    assert b.get("/")["Referrer-Policy"] == "same-origin"
    assert b.get("/session440/sample")["Referrer-Policy"] == "same-origin"


def test_pages_for_errors_are_nginxs_and_the_440_is_not(front):
    place = front(documented()["error_page"])
    b = place.logged_in()
    missing = b.get("/nowhere")
    assert (missing.status, missing.text) == (404, "missing")
    place.clock.advance(IDLE)
    answer = b.navigate("/")
    is_440(answer)
    assert "Log in again" in answer.text


@pytest.mark.parametrize("site", SITES)
def test_a_cache_is_for_visitors(front, site):
    """Who carries a login is given no cached page, and nobody else what was made for them."""
    place = front(documented()["proxy_cache"], site)
    visitor, b = place.browser(), place.logged_in()
    cached = visitor.get("/news").text
    assert "for anyone" in cached
    assert visitor.get("/news").text == cached
    assert "for alice" in b.get("/news").text
    place.clock.advance(IDLE)
    is_440(b.navigate("/"))
    assert place.browser().navigate("/").status == 302
    assert visitor.get("/news").text == cached


# --- auth_request, step by step


@pytest.fixture(params=SITES)
def guarded(front, request):
    return front(documented()["auth_request"], request.param)


def test_a_visitor_is_sent_to_the_login_page(guarded):
    answer = guarded.browser().navigate(REPORT)
    assert (answer.status, answer["Location"]) == (302, f"/login?next={REPORT}")
    assert answer["WWW-Authenticate"] is None


def test_a_login_is_served_renewed_and_ended_on_time(guarded):
    b = guarded.logged_in()
    served = b.navigate(REPORT)
    assert (served.status, served.text) == (200, "the report")
    assert (served["Set-Cookie"], served["Cache-Control"]) == (None, "private, no-cache")
    guarded.clock.advance(IDLE - 1)
    assert b.navigate(REPORT)["Set-Cookie"]  # the ticket, renewed, through nginx
    guarded.clock.advance(IDLE - 1)
    assert b.navigate(REPORT).status == 200
    guarded.clock.advance(IDLE)
    answer = b.navigate(REPORT)
    is_440(answer)
    assert answer["Content-Type"].startswith("text/html")
    assert "You were signed out after 20 minutes without activity." in answer.text
    assert f'href="/login?next={REPORT.replace("/", "%2F")}"' in answer.text
    assert b.cookies == {}
    assert b.navigate(REPORT)["Location"] == f"/login?next={REPORT}"
    assert b.post("/login", {"username": "alice"}).status == 302
    assert b.navigate(REPORT).text == "the report"


def test_a_script_gets_the_problem_document(guarded):
    b = guarded.logged_in()
    guarded.clock.advance(IDLE)
    answer = b.request("GET", REPORT, SCRIPT)
    is_440(answer)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json["status"], answer.json["cause"]) == (440, "idle")


def test_a_poll_is_served_and_renews_nothing(guarded):
    b = guarded.logged_in()
    guarded.clock.advance(IDLE - 1)
    answer = b.request("GET", REPORT, PASSIVE)
    assert (answer.status, answer["Set-Cookie"]) == (200, None)
    guarded.clock.advance(1)
    for _ in range(2):
        is_440(b.request("GET", REPORT, PASSIVE))
    is_440(b.navigate(REPORT))  # the message has waited for the person


def test_nobody_outside_may_ask_nginxs_question(guarded):
    assert guarded.logged_in().get("/session440/auth").status == 404


def test_with_public_pages_the_views_refusal_becomes_the_440(front):
    place = front(documented()["auth_request"], enforcement="challenge")
    b = place.logged_in()
    place.clock.advance(IDLE)
    is_440(b.navigate(REPORT))
    assert b.navigate(REPORT).status == 302


def test_in_report_mode_the_report_is_served(front):
    place = front(documented()["auth_request"], enforcement="report")
    b = place.logged_in()
    place.clock.advance(IDLE)
    assert b.navigate(REPORT).text == "the report"


def test_an_outage_is_a_500_and_logs_nobody_out(front):
    place = front(
        documented()["auth_request"], store="redis://127.0.0.1:1/0", store_failure="refuse"
    )
    b = place.logged_in()
    cookies = dict(b.cookies)
    assert b.navigate(REPORT).status == 500
    assert b.cookies == cookies


def test_without_the_forward_auth_answer_a_440_is_a_500(front):
    """What the endpoint is for: nginx asks a page."""
    asks_a_page = documented()["auth_request"].replace(
        "location = /session440/auth {\n        internal;\n        proxy_pass http://app;",
        "location = /session440/auth {\n        internal;\n        proxy_pass http://app/;",
    )
    assert asks_a_page != documented()["auth_request"]
    place = front(asks_a_page)
    b = place.logged_in()
    assert b.navigate(REPORT).text == "the report"
    place.clock.advance(IDLE)
    assert b.navigate(REPORT).status == 500
