"""In a real browser: pages that have connections of their own kinds, or none, beside the script."""

from __future__ import annotations

import pytest
from browser_live_site import live_demo
from browsing import ended, is_free, log_in_again
from live_pages import HEARD, OPEN, PAGE, connect
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

STATUS, LIVE = "GET /session440/status", "GET /session440/live.js"
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


# --- what the page hands on


@pytest.mark.parametrize(
    "it", ["undefined", "null", "'text'", "440", "{}", "{ status: 401 }", "[]"]
)
def test_what_is_no_document_of_a_login_is_no_question(person, live, it):
    person.asked.clear()
    live.evaluate(f"session440.heard({it})")
    assert person.asked in ([], [LIVE])


def test_a_document_that_the_page_hands_on_is_the_end_as_well(person, live):
    """What Socket.IO brings, or a stream that is read by fetch()."""
    person.lose_login()
    live.evaluate("(document) => void session440.heard(document)", END)
    expect(ended(live)).to_be_visible()


def test_a_page_that_hands_on_is_told_when_the_person_is_back(person, live):
    person.lose_login()
    live.evaluate("(document) => void session440.heard(document)", END)
    log_in_again(live)
    expect(live).to_have_title("heard restored")


# --- what it leaves alone


def test_a_page_without_a_connection_loads_nothing_for_them(person):
    person.logged_in()
    assert LIVE not in person.asked


def test_where_the_page_says_so_the_constructors_are_the_browsers_own(person):
    person.change_tag('data-retry="off"')
    page = person.logged_in()
    assert page.evaluate("[WebSocket, EventSource].every((each) => `${each}`.includes(each.name))")
    person.lose_login()
    page.evaluate("(document) => void session440.heard(document)", END)
    expect(ended(page)).to_be_visible()


def test_connections_to_other_sites_are_left_alone(people):
    person = people(bypass_csp=True)
    page = person.logged_in()
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route(
        "http://elsewhere.example/**", lambda route: route.fulfill(status=440, headers=headers)
    )
    person.asked.clear()
    page.evaluate(
        """() => new Promise((resolve) => {
            new EventSource("http://elsewhere.example/").onerror = resolve;
        })"""
    )
    page.evaluate(HEARD)
    assert STATUS not in person.asked
    is_free(page)


#: What pages and their libraries may do before the script is there.
BEFORE = {
    "nobody may change it": """
        for (const kind of [WebSocket, EventSource]) {
            Object.defineProperty(window, kind.name, { writable: false, configurable: false });
        }""",
    "its prototype is frozen": "Object.freeze(WebSocket.prototype);",
    "it is away": "delete window.WebSocket; delete window.EventSource;",
    "it is something else": """
        window.EventSource = window.WebSocket = class {
            constructor() { queueMicrotask(() => this.onopen?.()); }
        };""",
    "it has no address": """
        window.WebSocket = new Proxy(WebSocket, { construct: () => Object.create(null) });""",
}


@pytest.mark.parametrize("what", BEFORE)
def test_a_page_that_has_changed_the_constructors_first_goes_on(person, what):
    """Nothing is written to its console, and the rest of the script works."""
    person.context.add_init_script(BEFORE[what])
    page = person.logged_in()
    page.evaluate("window.WebSocket && void new WebSocket(`ws://${location.host}/live/socket`)")
    page.evaluate(HEARD)
    person.lose_login()
    page.evaluate("void fetch('/api/me')")
    expect(ended(page)).to_be_visible()


def test_a_class_of_the_pages_own_over_the_socket_works_and_is_heard(person, live):
    connect(person, live)
    made = live.evaluate(
        """() => new Promise((resolve) => {
            class Own extends WebSocket {
                constructor(path) {
                    super(`ws://${location.host}${path}`);
                    this.made = [
                        new.target === Own,
                        this instanceof WebSocket,
                        this.constructor === Own,
                    ];
                }
                ready() { return this.readyState === Own.OPEN; }
            }
            const socket = new Own("/live/socket");
            socket.onopen = () => resolve([...socket.made, socket.ready()]);
        })"""
    )
    assert made == [True] * 4
    person.lose_login()
    person.demo.close(4440, "revoked")
    expect(ended(live)).to_be_visible()


def test_a_library_that_wraps_the_constructor_later_is_heard_through_it(person, live):
    connect(person, live)
    live.evaluate(
        """() => {
            const Before = WebSocket;
            window.WebSocket = function (...given) { return new Before(...given); };
        }"""
    )
    live.evaluate(OPEN, "socket")
    person.lose_login()
    person.demo.close(4440, "revoked")
    expect(ended(live)).to_be_visible()
