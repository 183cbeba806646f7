"""The live pages of the demos, and their connections, over real sockets."""

from __future__ import annotations

import re
from threading import Event

import pytest
from asgi_live_servers import WakingClock
from browser import Browser
from clock import FakeClock
from demos import CLAIM, IDLE, Demo, csrf_token, fill_in, log_in, started
from event_streams import is_end, stream
from live_demos import LIVE_DEMOS, fastapi_demo, flask_demo
from sockets import PATIENCE, end_of, socket
from websockets.exceptions import InvalidStatus

from session440.live.timer import ASKER, TIMER

SCRIPT = re.compile(r"<script\b[^>]*></script>")
OURS = r'<script src="/session440/client.js" data-login="[\w-]{22}" defer></script>'
INTERVAL = 5
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


@pytest.fixture
def clock():
    return WakingClock()


@pytest.fixture(params=LIVE_DEMOS)
def demo(request, clock):
    with LIVE_DEMOS[request.param](clock) as demo:
        yield demo


@pytest.fixture
def board(clock):
    with fastapi_demo(clock) as demo:
        yield demo


@pytest.fixture
def feed(clock):
    with flask_demo(clock) as demo:
        yield demo


def refusal(browser: Browser, **options: str) -> int:
    """Return the status with which a socket of the board is refused."""
    with pytest.raises(InvalidStatus) as raised, socket(browser, "/board/socket", **options):
        pass
    return raised.value.response.status_code


# --- the pages


def test_a_visitor_is_led_to_the_login_page_and_back(demo):
    b = demo.browser()
    answer = b.navigate(demo.path)
    assert (answer.status, answer["Location"]) == (302, f"/login?next={demo.path}")
    answer = log_in(b, "alice", "wonderland", answer["Location"])
    assert answer["Location"] == demo.path
    assert b.navigate(demo.path).status == 200


def test_every_page_leads_to_it(demo):
    b = demo.logged_in()
    for path in ("/", "/form", "/public", demo.path):
        assert f'href="{demo.path}"' in b.navigate(path).text


def test_it_loads_one_script_of_its_own_after_ours_under_a_strict_policy(demo):
    b = demo.logged_in()
    page = b.navigate(demo.path)
    ours, own = SCRIPT.findall(page.text)
    assert re.fullmatch(OURS, ours)
    (path,) = re.findall(r'src="(/static/\w+\.js)" defer', own)
    assert (Browser(demo.url).get(path).status, page["Cache-Control"]) == (200, "no-store")
    assert page.all("Content-Security-Policy") == [POLICY]


def test_after_the_end_it_is_answered_440(demo):
    b = demo.logged_in()
    demo.clock.advance(IDLE)
    assert b.navigate(demo.path)["Session440-Cause"] == "idle"


# --- the notice board


def test_a_visitors_socket_is_refused(board):
    assert refusal(board.browser()) == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_a_socket_of_another_sites_page_is_refused(board, origin):
    """Cookies go with it where the other site differs in its port alone."""
    assert refusal(board.logged_in(), origin=origin) == 403


def test_a_socket_of_its_own_page_is_not(board):
    with socket(board.logged_in(), "/board/socket", origin=board.url) as opened:
        opened.send("Lunch?")
        assert opened.recv(PATIENCE) == "alice: Lunch?"


def test_a_socket_of_a_login_that_has_ended_is_refused_with_440(board):
    b = board.logged_in()
    board.clock.advance(IDLE)
    assert refusal(b) == 440


def test_a_notice_is_shown_to_all_and_to_those_who_come_later(board):
    with (
        socket(board.logged_in(), "/board/socket") as alice,
        socket(board.logged_in("bob"), "/board/socket") as bob,
    ):
        bob.send("  ")
        bob.send(" Lunch? ")
        assert alice.recv(PATIENCE) == bob.recv(PATIENCE) == "bob: Lunch?"
        bob.send("x" * 300)
        assert alice.recv(PATIENCE) == f"bob: {'x' * 200}"
    with socket(board.logged_in(), "/board/socket") as late:
        assert late.recv(PATIENCE) == "bob: Lunch?"


def test_a_socket_ends_with_its_login_and_the_others_go_on(board):
    b = board.logged_in()
    with socket(b, "/board/socket") as ends, socket(board.logged_in("bob"), "/board/socket") as on:
        b.post("/logout")
        assert end_of(ends) == ([], 4440, "logout")
        on.send("still there")
        assert on.recv(PATIENCE) == "bob: still there"


# --- what happens


def test_a_visitor_is_given_no_stream(feed):
    answer = feed.browser().get("/feed/stream")
    assert (answer.status, answer["Location"]) == (302, "/login?next=/feed/stream")


def test_a_stream_tells_what_has_happened_and_what_happens(feed):
    b, bob = feed.logged_in(), feed.logged_in("bob")
    with stream(b, "/feed/stream") as events:
        assert events.next() == ("message", "alice has logged in")
        assert events.next() == ("message", "bob has logged in")
        fill_in(bob, "/form", CLAIM)
        assert events.next() == ("message", "bob has saved an expense claim")
        bob.post("/logout", csrf_token(bob.navigate("/")))
        assert events.next() == ("message", "bob has logged out")


def test_a_stream_says_at_its_end_why(feed):
    with stream(feed.logged_in(), "/feed/stream") as events:
        events.next()
        feed.clock.advance(IDLE)
        is_end(events, "idle")


# --- several servers


@pytest.fixture
def nodes(clock, tmp_path):
    """Two servers of the board, which share their logins alone."""
    store = f"sqlite:///{tmp_path / 'logins.db'}"
    with fastapi_demo(clock, store) as here, fastapi_demo(clock, store) as there:
        yield here, there


def let_pass(demo: Demo, seconds: float) -> None:
    """Let time pass, and wait until it was seen, and the store has answered what it was asked."""
    demo.clock.advance(seconds)
    # What a thread is asked to call comes before its look at the clock: so twice.
    for thread in (TIMER, TIMER, ASKER):
        has_come = Event()
        thread.soon(has_come.set)
        assert has_come.wait(PATIENCE)


def test_a_login_again_through_another_server_keeps_a_socket(nodes):
    """Even two seconds before the end: the store is asked in the last one."""
    here, there = nodes
    b = here.logged_in()
    b.navigate("/")  # it keeps cookies, so that its login is recorded
    with socket(b, "/board/socket") as opened:
        let_pass(here, IDLE - 2)
        log_in(Browser(there.url, b.cookies), "alice", "wonderland")
        let_pass(here, 1)
        let_pass(here, IDLE - 2)
        opened.send("still there")
        assert opened.recv(PATIENCE) == "alice: still there"
        here.clock.advance(1)
        assert end_of(opened) == ([], 4440, "idle")


def test_another_persons_login_through_another_server_ends_a_socket(nodes):
    here, there = nodes
    b = here.logged_in()
    b.navigate("/")
    with socket(b, "/board/socket") as opened:
        log_in(Browser(there.url, b.cookies), "bob", "builder")
        here.clock.advance(INTERVAL)
        assert end_of(opened)[:2] == ([], 4440)


def test_a_logout_through_another_process_ends_a_socket(tmp_path):
    key = {"SECRET_KEY": "one key for both of these processes, and not a short one"}
    with (
        started("fastapi", tmp_path, **key) as (one, _),
        started("fastapi", tmp_path, **key) as (
            two,
            _,
        ),
    ):
        b = Demo("fastapi", one, FakeClock()).logged_in()
        b.navigate("/")
        with socket(b, "/board/socket") as opened:
            Browser(two, b.cookies).post("/logout")
            assert end_of(opened) == ([], 4440, "logout")
