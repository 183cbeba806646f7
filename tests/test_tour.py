"""The tour of the demos, over real sockets: its clock, its panel, and who may use them."""

from __future__ import annotations

import ast
import re
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import Browser
from clock import FakeClock, FileClock
from demos import IDLE, Demo, csrf_token, started
from toured import TOURS

import demo_tour.journal as journal
from demo_tour.clock import DemoClock
from demo_tour.journal import BROWSERS, KEPT, LONGEST, Journal
from demo_tour.steps import POLLS, STEPS

ROOT = Path(__file__).parent.parent
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module", params=TOURS)
def demo(request, tmp_path_factory):
    with TOURS[request.param](tmp_path_factory.mktemp(request.param)) as demo:
        yield demo


def press(browser: Browser, step: str, **headers: str):
    return browser.post(f"/tour/{step}", csrf_token(browser.navigate("/tour")), **headers)


def news(browser: Browser) -> list[tuple[str, str, str]]:
    told = browser.get("/tour/news").json["news"]
    return [(each["mark"], each["what"], each["cause"]) for each in told]


# --- the packages


@pytest.mark.parametrize("package", ["demo_tour", "demo_flask", "demo_django", "demo_fastapi"])
def test_demos_share_what_is_in_one_package_that_knows_no_framework(package):
    shared = {"session440", "werkzeug"} if package == "demo_tour" else set()
    frameworks = {"flask", "django", "fastapi", "starlette", "werkzeug", "session440"}
    demos = {"demo_tour", "demo_flask", "demo_django", "demo_fastapi"}
    for path in (ROOT / package).rglob("*.py"):
        found = {name.partition(".")[0] for name in imported(path)}
        allowed = {"demo_tour"} | (shared if shared else frameworks)
        assert found & (frameworks | demos) <= allowed, path


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports at its top, but for its types."""
    tree = ast.parse(path.read_text())
    names = {each.name for node in tree.body if isinstance(node, ast.Import) for each in node.names}
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom) and not node.level]
    return names | {node.module or "" for node in froms}


# --- the pages


def test_every_page_leads_to_the_tour(demo):
    b = demo.logged_in()
    for path in ("/", "/form", "/public", "/tour"):
        assert 'href="/tour"' in b.navigate(path).text


@pytest.mark.parametrize("path", ["/tour", "/tour/news"])
def test_a_visitor_is_led_to_the_login_page(demo, path):
    answer = demo.browser().navigate(path)
    assert (answer.status, answer["Location"]) == (302, f"/login?next={path}")


@pytest.mark.parametrize("path", ["/tour/clock", "/tour/why", "/note"])
def test_a_visitor_and_another_sites_page_can_press_no_button(demo, path):
    before = demo.logged_in().get("/tour/news").json["clock"]
    visitor, b = demo.browser(), demo.logged_in()
    token = csrf_token(visitor.navigate("/login"))
    assert visitor.post(path, token)["Location"].startswith("/login")
    answer = b.post(path, {"words": "x"}, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status in (400, 403)
    assert b.get("/tour/news").json["clock"] == before


def test_there_are_no_other_steps(demo):
    assert press(demo.logged_in(), "nowhere").status in (404, 422)


def test_without_javascript_each_step_loads_the_page_anew(demo):
    """And most of them end the login, for which the page says why."""
    causes = {}
    for step in STEPS:
        b = demo.logged_in()
        answer = press(b, step.id)
        assert (answer.status, answer["Location"]) == (303, "/tour")
        causes[step.id] = b.navigate("/tour")["Session440-Cause"]
    ended = {"kept": "idle", "why": "idle", "elsewhere": "revoked", "lost": "lost"}
    assert causes == {"warned": None, "polling": None, **ended}


# --- the clock


def test_a_button_moves_the_clock_by_a_minute_and_is_no_activity(demo):
    b = demo.logged_in()
    before = b.get("/tour/news").json["left"]
    answer = press(b, "clock", **JSON)
    assert set(answer.json) == {"now", "ahead"}
    assert before == IDLE
    assert b.navigate("/")["Session440-Cause"] == "idle"


def test_a_step_that_polls_is_no_activity(demo):
    b = demo.logged_in()
    token = csrf_token(b.navigate("/tour"))
    for _ in range(POLLS - 1):
        b.post("/tour/polling", token)
        assert b.get("/api/notifications").status == 200
    b.post("/tour/polling", token)
    assert b.navigate("/tour")["Session440-Cause"] == "idle"


@pytest.mark.parametrize("step", ["kept", "why"])
def test_a_step_that_ends_a_login_moves_the_clock_by_all_of_the_idle_timeout(demo, step):
    """The browser tells of the press as activity, which may renew the login at the same time."""
    b = demo.logged_in()
    token = csrf_token(b.navigate("/tour"))
    demo.clock.advance(IDLE / 2)
    before = seconds_ahead(demo)
    b.post(f"/tour/{step}", token)
    assert seconds_ahead(demo) - before == IDLE


def seconds_ahead(demo: Demo) -> int:
    ahead = demo.logged_in().get("/tour/news").json["clock"]["ahead"]
    parts = re.findall(r"(\d+) (min|s)", ahead)
    return sum(int(number) * {"min": 60, "s": 1}[unit] for number, unit in parts)


def test_the_clock_is_the_same_in_another_process_and_after_a_restart(tmp_path):
    base = FakeClock()
    here, there = DemoClock(tmp_path / "ahead", base), DemoClock(tmp_path / "ahead", base)
    assert here() == base.now
    here.move(60)
    there.move(1.5)
    assert here() == there() == DemoClock(tmp_path / "ahead", base)() == base.now + 61.5


def test_the_clock_goes_never_back(tmp_path):
    clock = DemoClock(tmp_path / "ahead", FakeClock())
    clock.move(5)
    clock.move(-3)
    assert clock.ahead == 5


@pytest.mark.parametrize("name", TOURS)
def test_without_its_store_the_step_that_needs_it_says_so(name, tmp_path):
    FileClock(tmp_path / "clock")
    with started(name, tmp_path, SESSION440_STORE="redis://127.0.0.1:1/0") as (url, _):
        b = Demo(name, url, FakeClock()).logged_in()
        assert press(b, "elsewhere").status == 503
        assert b.navigate("/tour").status == 200


# --- what happens


def test_a_browser_is_told_of_its_own_answers_and_events(demo):
    b = demo.browser()
    b.navigate("/login")
    token = csrf_token(b.navigate("/login"))
    b.post("/login", token | {"username": "alice", "password": "wonderland"})
    press(b, "why")
    b.navigate("/tour")
    b.post("/login", csrf_token(b.navigate("/login")) | {"username": "bob", "password": "builder"})
    assert news(b)[2:7] == [
        ("200", "GET /login", ""),
        ("440", "GET /tour", "idle"),
        ("event", "login ended", "idle"),
        ("303", "POST /tour/why", ""),
        ("200", "GET /tour", ""),
    ]


def test_nothing_is_told_of_other_browsers_and_nobody_is_named(demo):
    b, other = demo.logged_in(), demo.logged_in()
    other.navigate("/form?secret=1")
    assert "/form" not in str(news(b))
    assert ("200", "GET /form", "") in news(other)
    assert not {"alice", "secret"} & set(str(news(other)).replace("'", " ").split())


def test_what_is_asked_for_beside_a_page_is_not_told(demo):
    b = demo.logged_in()
    before = news(b)
    for path in ("/static/demo.css", "/session440/client.js", "/session440/status", "/tour/news"):
        b.get(path)
    assert news(b) == before


@pytest.mark.parametrize("cookie", ["tour=\xff", "tour=%00", 'tour="', "tour=" + "a" * 4000])
def test_a_browser_whose_cookie_is_not_ours_gets_one(demo, cookie):
    connection = HTTPConnection(urlsplit(demo.url).netloc)
    with closing(connection):
        connection.request("GET", "/login", headers={"Cookie": cookie.encode("latin-1")})
        answer = connection.getresponse()
    assert answer.status == 200
    assert "tour=" in str(answer.headers)


def test_the_journal_stays_small():
    kept = Journal()
    for number in range(BROWSERS + 10):
        journal.begin(f"a=b; tour={number:022}", "/")
        for _ in range(KEPT + 10):
            kept.note_answer(0.0, "GET", "/" + "a" * 10_000, 200, "")
    assert len(kept.entries()) == KEPT
    assert {len(each.what) for each in kept.entries()} == {LONGEST}
    assert len(kept._kept) == BROWSERS
    journal.begin("tour=" + "a" * 10_000, "/form")
    kept.note_answer(0.0, "GET", "/", 200, "")
    assert kept.entries() == []
