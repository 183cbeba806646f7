"""In a real browser: calls of the page's own scripts that meet the end of a login."""

from __future__ import annotations

import re

import pytest
from browsing import ask, ended, is_free, log_in_again, save, shows
from demos import IDLE
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

SAVE, ME = "POST /form", "GET /api/me"


#: Calls of the app's own, which write into the title what they are answered.
CALLS = {
    "fetch": """async (url) => {
        const { status } = await fetch(url);
        document.title += ` ${status}`;
    }""",
    "passive": """async (url) => {
        const { status } = await fetch(url, { headers: { "Session440-Passive": "?1" } });
        document.title += ` ${status}`;
    }""",
    "xhr": """(url) => {
        const call = new XMLHttpRequest();
        for (const name of ["load", "readystatechange"]) call.addEventListener(name, () => {
            if (name === "load" || call.status === 440) document.title += ` ${call.status}`;
        });
        call.open("GET", url);
        call.send();
    }""",
}


def call(page, *kinds: str, url: str = "/api/me") -> None:
    """Have the page call, and go on without waiting for the answers."""
    for kind in kinds:
        page.evaluate(f"void ({CALLS[kind]})('{url}')")


@pytest.fixture
def caller(person):
    """A page that is about to call, and to write what it hears into its title."""
    page = person.logged_in()
    page.evaluate("document.title = 'heard'")
    return page


def test_a_burst_of_calls_is_made_once_more_after_one_dialog(person, caller):
    person.demo.clock.advance(IDLE)
    person.asked.clear()
    call(caller, *["fetch", "xhr"] * 5)
    expect(ended(caller)).to_be_visible()
    expect(caller.locator("dialog")).to_have_count(1)
    log_in_again(caller)
    expect(caller).to_have_title("heard" + " 200" * 10)
    assert 10 < person.asked.count(ME) <= 20, "those that came later were not sent before"
    is_free(caller)


@pytest.mark.parametrize("kind", ["fetch", "xhr"])
def test_a_call_is_made_once_more_and_no_third_time(person, caller, kind):
    headers = {"Session440-Cause": "idle"}
    caller.route("**/api/me", lambda route: route.fulfill(status=440, headers=headers, json={}))
    person.asked.clear()
    call(caller, kind)
    expect(caller).to_have_title("heard 440" + (" 440" * 3 if kind == "xhr" else ""))
    assert person.asked.count(ME) == 2


@pytest.mark.parametrize("kind", ["fetch", "xhr"])
def test_a_440_that_is_not_ours_is_left_alone(person, caller, kind):
    caller.route("**/api/me", lambda route: route.fulfill(status=440, json={"status": 440}))
    person.asked.clear()
    call(caller, kind)
    expect(caller).to_have_title("heard 440" + (" 440" * 3 if kind == "xhr" else ""))
    assert person.asked == [ME]


@pytest.mark.parametrize("kind", ["fetch", "xhr"])
def test_calls_are_left_alone_where_the_page_says_so(person, kind):
    person.change_tag('data-retry="off"')
    page = person.logged_in()
    person.demo.clock.advance(IDLE)
    person.asked.clear()
    with page.expect_request("**/api/me"):  # the page may know of the answer before we know of it
        call(page, kind)
    expect(page).to_have_title(re.compile("440$"))
    assert person.asked.count(ME) == 1
    expect(ended(page)).to_have_count(0)


def test_calls_to_other_sites_are_left_alone(people):
    person = people(bypass_csp=True)
    page = person.logged_in()
    headers = []

    def answer(route):
        headers.append(route.request.headers)
        route.fulfill(status=440, headers={"Access-Control-Allow-Origin": "*"}, body="{}")

    page.route("http://elsewhere.example/**", answer)
    call(page, "fetch", "xhr", url="http://elsewhere.example/")
    expect(page).to_have_title(re.compile("440.*440"))
    is_free(page)
    assert ["session440-client" in each for each in headers] == [False, False]


def test_of_polls_that_waited_only_the_newest_goes_on(person, caller):
    """A page that polls all night does not ask a thousand times in the morning."""
    person.demo.clock.advance(IDLE)
    with caller.expect_response("**/api/me"):
        call(caller, "passive")
    expect(ended(caller)).to_be_visible()
    call(caller, *["passive"] * 4)
    ask(caller)
    person.asked.clear()
    log_in_again(caller)
    expect(caller).to_have_title("heard 200")
    assert person.asked.count(ME) == 1


#: Ways of an app to send a form itself; each writes what it is answered into the title.
SENT = [
    """async (form) => {
        const { status } = await fetch("/form", { method: "POST", body: new FormData(form) });
        document.title += ` ${status}`;
    }""",
    """async (form) => {
        const body = new URLSearchParams(new FormData(form));
        const { status } = await fetch(new Request("/form", { method: "POST" }), { body });
        document.title += ` ${status}`;
    }""",
    """(form) => {
        const call = new XMLHttpRequest();
        call.onload = () => { document.title += ` ${call.status}`; };
        call.open("POST", "/form");
        call.send(new FormData(form));
    }""",
    """(form) => {
        const call = new XMLHttpRequest();
        call.onload = () => { document.title += ` ${call.status}`; };
        call.open("POST", "/form");
        call.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
        call.send(String(new URLSearchParams(new FormData(form))));
    }""",
]


def test_a_form_that_a_script_sends_is_sent_again_with_a_fresh_token(person, filled, claim):
    filled.evaluate("document.title = 'heard'")
    person.demo.clock.advance(IDLE)
    # All at once: after the first answer the others would wait before they are sent.
    filled.evaluate(";".join(f"void ({each})(document.forms[0])" for each in SENT))
    expect(ended(filled)).to_be_visible()
    log_in_again(filled)
    expect(filled).to_have_title("heard" + " 200" * len(SENT))
    assert person.asked.count(SAVE) == 2 * len(SENT)
    filled.goto(person.demo.url + "/form")
    shows(filled, claim)


@pytest.fixture
def htmx(npm_packages):
    return (npm_packages / "htmx.org/dist/htmx.js").read_text()


def add_htmx(page, source: str) -> None:
    """Load htmx as a file of the site's own, so that its policy allows it."""
    page.route("**/static/htmx.js", lambda route: route.fulfill(body=source))
    page.evaluate(
        """() => {
            const meta = document.createElement("meta");
            meta.name = "htmx-config";
            // Its style would be an inline one, which the policy forbids.
            meta.content = '{"includeIndicatorStyles": false}';
            const script = document.createElement("script");
            script.src = "/static/htmx.js";
            document.head.append(meta, script);
            return new Promise((resolve) => { script.onload = resolve; });
        }"""
    )


def test_a_form_of_htmx_waits_and_is_sent_with_a_fresh_token(person, filled, htmx):
    add_htmx(filled, htmx)
    filled.evaluate(
        """() => {
            const form = document.forms[0];
            form.setAttribute("hx-post", "/form");
            form.setAttribute("hx-select", "[role=status]");
            htmx.process(form);
        }"""
    )
    person.demo.clock.advance(IDLE)
    save(filled)
    expect(ended(filled)).to_be_visible()
    log_in_again(filled)
    expect(filled.get_by_role("status")).to_have_text("Saved.")
    assert person.asked.count(SAVE) == 2, "of which one was answered 440"


def test_a_part_of_a_page_that_htmx_asks_for_comes_after_logging_in_again(person, htmx):
    page = person.logged_in()
    add_htmx(page, htmx)
    page.evaluate(
        """() => {
            document.querySelector("h1").outerHTML = '<button hx-get="/api/me">Who</button>';
            htmx.process(document.querySelector("main"));
        }"""
    )
    person.demo.clock.advance(IDLE)
    person.asked.clear()
    page.get_by_role("button", name="Who").click()
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(page.locator("[hx-get]")).to_contain_text("alice")
    assert person.asked.count(ME) == 2
