"""In a real browser: sockets and event streams of a page whose login ends."""

from __future__ import annotations

import re

import pytest
from browser_live_site import live_demo
from browsing import EXTEND, ask, ended, is_free, log_in_again, warning
from demos import IDLE, RENEWAL
from live_pages import HEARD, OPEN, PAGE, connect
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

STATUS = "GET /session440/status"
WARN = 20
END = {"status": 440, "cause": "revoked"}


@pytest.fixture
def served(clock):
    with live_demo(clock) as demo:
        yield demo


@pytest.fixture
def live(person):
    """A page that hears whether it may open its connections again."""
    page = person.logged_in()
    page.evaluate(PAGE)
    return page


#: What Chromium says of a handshake that is refused, and of an outage.
HANDSHAKE = "Error during WebSocket handshake: Unexpected response code: 440"
OUTAGE = "the server responded with a status of 503"


def may_complain(person, of: str) -> None:
    """Expect one line in the console, which the browser itself writes."""
    (line,) = person.complaints
    assert of in line
    person.complaints.clear()


# --- the end


@pytest.mark.parametrize("reason", ["idle", "revoked", "logout", ""])
def test_a_socket_that_is_closed_for_the_end_of_its_login_shows_the_dialog(person, live, reason):
    connect(person, live, "socket")
    person.lose_login()
    person.demo.close(4440, reason)
    expect(ended(live)).to_contain_text("your login was withdrawn")


def test_a_stream_that_tells_of_the_end_shows_the_dialog(person, live):
    connect(person, live, "stream")
    person.lose_login()
    person.demo.send(END)
    expect(ended(live)).to_be_visible()


@pytest.mark.parametrize("kind", ["socket", "stream"])
def test_a_connection_that_is_refused_shows_the_dialog(person, live, kind):
    """A browser tells no page with which status it was."""
    person.lose_login()
    person.demo.connections.refuse = True
    live.evaluate(OPEN, kind)
    expect(ended(live)).to_be_visible()
    if kind == "socket":
        may_complain(person, HANDSHAKE)


def test_many_connections_show_one_dialog_and_are_one_question(person, live):
    connect(person, live, *["socket"] * 5)
    person.lose_login()
    person.demo.close(4440, "revoked")
    expect(ended(live)).to_be_visible()
    ask(live)
    expect(live.locator("dialog")).to_have_count(1)
    assert person.asked.count(STATUS) <= 3, "of which this test asked one"


def test_the_page_is_told_once_when_the_person_is_back(person, live):
    connect(person, live, "socket", "socket")
    person.lose_login()
    person.demo.close(4440, "revoked")
    log_in_again(live)
    expect(live).to_have_title("heard restored")
    is_free(live)
    expect(live).to_have_title("heard restored")


def test_a_login_in_another_tab_brings_the_page_back_too(person, live):
    connect(person, live, "socket")
    person.lose_login()
    person.demo.close(4440, "revoked")
    expect(ended(live)).to_be_visible()
    person.take_login("alice")
    person.tab()
    expect(live).to_have_title("heard restored")
    is_free(live)


def test_a_page_of_another_person_is_replaced(person, live):
    connect(person, live, "socket")
    person.take_login("bob")
    with live.expect_navigation():
        person.demo.close(4440, "displaced")
    expect(live).not_to_have_title(re.compile("heard"))


# --- no end


@pytest.mark.parametrize("how", ["socket", "stream", "a document"])
def test_a_login_that_lives_shows_nothing_and_the_page_connects_again_at_once(person, live, how):
    """A connection is not believed."""
    connect(person, live, "socket", "stream")
    if how == "socket":
        person.demo.close(4440, "revoked")
    elif how == "stream":
        person.demo.send(END)
    else:
        live.evaluate("(document) => session440.heard(document)", END)
    expect(live).to_have_title("heard restored")
    is_free(live)
    expect(live).to_have_title("heard restored")


def test_another_login_of_the_same_person_lets_the_page_connect_again(person, live):
    """Its connections are of the former login, even if they were only refused."""
    person.take_login("alice")
    person.demo.connections.refuse = True
    live.evaluate(OPEN, "socket")
    expect(live).to_have_title("heard restored")
    is_free(live)
    assert EXTEND in person.asked, "the page has the CSRF token of the new login by then"
    may_complain(person, HANDSHAKE)


def test_a_refusal_while_the_login_lives_is_for_another_reason(person, live):
    person.demo.connections.refuse = True
    for kind in ("socket", "stream"):
        with live.expect_response("**/session440/status"):
            live.evaluate(OPEN, kind)
            live.evaluate(HEARD)
            person.wait(2)  # after the first question was in vain the second waits
        is_free(live)
    expect(live).to_have_title("heard")
    may_complain(person, HANDSHAKE)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000, 4441])
def test_a_socket_that_is_closed_for_another_reason_is_no_question(person, live, code):
    connect(person, live, "socket")
    live.evaluate(
        """() => {
            const socket = open440.socket();
            socket.onclose = ({ code }) => { document.title += ` ${code}`; };
            return new Promise((resolve) => { socket.onopen = resolve; });
        }"""
    )
    person.demo.close(code)
    expect(live).to_have_title(f"heard {code}")
    assert person.asked == []


def test_a_page_that_connects_again_at_once_and_is_refused_asks_ever_more_rarely(person, live):
    """A server that knows better than the status endpoint, or one that is broken."""
    connect(person, live, "socket")
    live.evaluate(
        """() => document.addEventListener("session440:restored", () => {
            open440.socket().onopen = () => session440.heard({ status: 440 });
        })"""
    )
    person.demo.close(4440, "revoked")
    for seconds, restored in ((0, 1), (2, 2), (3, 2), (1, 3), (8, 4), (15, 4), (1, 5)):
        person.wait(seconds)
        expect(live).to_have_title("heard" + " restored" * restored)
        live.evaluate("new Promise((resolve) => { open440.socket().onopen = resolve; })")
    assert person.asked.count(STATUS) <= 5


def test_a_server_that_gives_no_answer_is_asked_again(person, live):
    connect(person, live, "socket")
    person.lose_login()
    live.route("**/session440/status", lambda route: route.fulfill(status=503, body=""))
    with live.expect_response("**/session440/status"):
        person.demo.close(4440, "revoked")
    expect(live.locator("dialog")).to_have_count(0)
    live.unroute("**/session440/status")
    person.wait(2)
    expect(ended(live)).to_be_visible()
    may_complain(person, OUTAGE)


# --- the warning, and activity


def test_a_warning_that_a_stream_brings_is_asked_about_and_shown(person, live):
    """The script's own timer would come too late if the server has given the login less time."""
    connect(person, live, "stream")
    person.demo.clock.advance(IDLE - WARN)
    person.demo.send({"state": "active", "expires_in": WARN, "warn_before": WARN})
    expect(warning(live)).to_contain_text("in 20 seconds.")


def test_a_warning_that_is_not_so_any_more_shows_nothing(person, live):
    connect(person, live, "stream")
    with live.expect_response("**/session440/status"):
        person.demo.send({"state": "active", "expires_in": 5, "warn_before": WARN})
    is_free(live)
    assert EXTEND not in person.asked


def test_a_connection_that_was_active_renews_the_login_once_in_a_while(person, live):
    connect(person, live, "stream")
    told = {"state": "active", "extend": True}
    for _ in range(2):
        with live.expect_response("**/session440/extend"):
            person.demo.send(told)
        is_free(live)
        live.evaluate("(told) => session440.heard(told)", told)
        is_free(live)
        person.wait(RENEWAL)
    assert person.asked.count(EXTEND) == 2


def test_a_connection_that_was_active_closes_the_warning(person, live):
    connect(person, live, "stream")
    person.wait(IDLE - WARN)
    expect(warning(live)).to_be_visible()
    person.demo.send({"state": "active", "extend": True})
    expect(warning(live)).to_have_count(0)
