"""In a real browser: the live pages of the demos, as their logins end and go on.

What a page shows when only the server's time has passed was told by its connection.
"""

from __future__ import annotations

import pytest
from asgi_live_servers import WakingClock
from browsing import EXTEND, ask, ended, is_free, log_in, log_in_again, warning
from demos import CLAIM, IDLE
from live_demos import LIVE_DEMOS
from playwright.sync_api import expect
from revoking import revoke_elsewhere

pytestmark = pytest.mark.slow

WARN, INTERVAL = 20, 5
#: Fails in a page that was loaded anew.
SAME_PAGE = "here.heard"
MARK = """() => {
    window.here = { heard: 0 };
    document.addEventListener("session440:restored", () => { here.heard += 1; });
}"""


@pytest.fixture
def clock():
    return WakingClock()


@pytest.fixture
def store_url(tmp_path):
    return f"sqlite:///{tmp_path / 'logins.db'}"


@pytest.fixture(params=LIVE_DEMOS)
def served(request, clock, store_url):
    with LIVE_DEMOS[request.param](clock, store_url) as demo:
        yield demo


@pytest.fixture
def opened(person):
    """The addresses of all connections that pages have opened."""
    found = []
    person.context.on("page", lambda page: page.on("websocket", lambda it: found.append(it.url)))
    person.context.on("request", lambda it: found.append(it.url))
    return lambda: sum(url.endswith(person.demo.connection) for url in found)


@pytest.fixture
def live(person, opened):
    """The live page, connected."""
    page = person.logged_in(person.demo.path)
    expect(link(page)).to_have_text("Connected.")
    page.evaluate("import('/session440/live.js').then(() => {})")  # the script listens to it
    page.evaluate(MARK)
    assert opened() == 1
    return page


@pytest.fixture
def bare(person):
    """The live page, connected, without anything of the script of session440."""
    person.take_login("alice")
    page = person.context.new_page()
    page.route("**/session440/client.js", lambda route: route.fulfill(body=""))
    page.goto(person.demo.url + person.demo.path)
    expect(link(page)).to_have_text("Connected.")
    assert page.evaluate("typeof session440") == "undefined"
    return page


def link(page):
    return page.locator("#link")


def is_told(page, what: str) -> None:
    """Expect that the page shows the news, once."""
    expect(page.get_by_role("listitem").filter(has_text=what)).to_have_count(1)


def log_in_elsewhere(person, name: str) -> None:
    """Log in in another tab, by its form."""
    other = person.tab("/login")
    log_in(other, name)
    expect(other.get_by_role("strong")).to_have_text(name)


# --- news


def test_the_page_shows_what_another_tab_does(person, live):
    other = person.tab("/board" if person.demo.name == "fastapi" else "/form")
    if person.demo.name == "fastapi":
        expect(link(other)).to_have_text("Connected.")
        other.get_by_label("Notice").fill("Lunch?")
        other.get_by_role("button", name="Put up").click()
        expect(other.get_by_label("Notice")).to_have_value("")
        is_told(live, "alice: Lunch?")
    else:
        other.get_by_label("Title").fill(CLAIM["title"])
        other.get_by_role("button", name="Save").click()
        is_told(live, "alice has saved an expense claim")


# --- the end


def test_at_the_end_it_is_closed_and_after_another_login_it_is_opened_anew(person, live, opened):
    if person.demo.name == "fastapi":
        live.get_by_label("Notice").fill("half a notice")
    before = person.demo.happen()
    is_told(live, before)
    person.sleep_through(IDLE)
    expect(link(live)).to_have_text(person.demo.closed("idle"))
    expect(ended(live)).to_contain_text("You were signed out after 1 minute without activity.")
    log_in_again(live)
    expect(link(live)).to_have_text("Connected.")
    is_free(live)
    is_told(live, person.demo.happen("alice"))
    is_told(live, before)
    assert (live.evaluate(SAME_PAGE), opened()) == (1, 2)
    if person.demo.name == "fastapi":
        expect(live.get_by_label("Notice")).to_have_value("half a notice")


def test_it_is_closed_without_the_script_too(person, bare):
    person.sleep_through(IDLE)
    expect(link(bare)).to_have_text(person.demo.closed("idle"))


def test_a_logout_in_another_tab_closes_it(person, live):
    other = person.tab("/")
    other.get_by_role("button", name="Log out").click()
    expect(link(live)).to_have_text(person.demo.closed("logout"))
    expect(ended(live)).to_be_visible()


def test_signing_out_everywhere_else_in_another_browser_closes_it_and_says_why(
    people, person, live
):
    other = people().logged_in("/session440/logins")
    other.get_by_role("button", name="Sign out everywhere else").click()
    expect(link(live)).to_have_text(person.demo.closed("revoked"))
    expect(ended(live)).to_contain_text("You were signed out because your login was withdrawn.")


def test_it_is_closed_within_the_interval_if_another_process_has_revoked_its_login(
    person, live, store_url
):
    ask(live)
    revoke_elsewhere(store_url, "alice")
    person.sleep_through(INTERVAL)
    expect(link(live)).to_have_text(person.demo.closed("revoked"))
    expect(ended(live)).to_contain_text("your login was withdrawn")


# --- another login


def test_a_login_again_of_the_same_person_in_another_tab_keeps_it_open(person, live, opened):
    person.sleep_through(IDLE - 1)
    with live.expect_response("**/session440/extend"):  # the page has the token of the new login
        log_in_elsewhere(person, "alice")
    person.sleep_through(IDLE - 1)
    is_told(live, person.demo.happen())
    assert (live.evaluate(SAME_PAGE), opened()) == (0, 1)
    expect(link(live)).to_have_text("Connected.")
    person.sleep_through(1)
    expect(link(live)).to_have_text(person.demo.closed("idle"))


def test_another_persons_login_in_another_tab_replaces_the_page(person, live, opened):
    with live.expect_navigation():
        log_in_elsewhere(person, "bob")
    expect(link(live)).to_have_text("Connected.")
    assert live.evaluate("typeof here") == "undefined"
    assert opened() == 2


def test_another_persons_login_closes_it_whether_or_not_the_page_is_replaced(person, bare):
    log_in_elsewhere(person, "bob")
    expect(link(bare)).to_have_text(person.demo.closed("logout"))


# --- the warning


def test_the_warning_comes_on_a_page_that_only_listens(person, live):
    """A stream brings it; where nothing does, the script has a timer of its own."""
    pass_by = person.sleep_through if person.demo.name == "flask" else person.wait
    pass_by(IDLE - WARN)
    expect(warning(live)).to_contain_text("you will be signed out in 20 seconds.")
    expect(link(live)).to_have_text("Connected.")


def test_what_goes_over_the_connection_keeps_nobody_logged_in(person, live):
    for name in ("bob", "alice"):
        person.sleep_through(IDLE / 3)
        is_told(live, send_something(person.demo, live, name))
    person.sleep_through(IDLE / 3)
    expect(link(live)).to_have_text(person.demo.closed("idle"))
    expect(ended(live)).to_be_visible()
    assert EXTEND not in person.asked


def send_something(demo, page, name: str) -> str:
    """Let a message go over the page's connection, if it can, and another one come."""
    if demo.name == "fastapi":
        page.evaluate("(name) => socket.send(`not by ${name}`)", name)
        return f"alice: not by {name}"
    return demo.happen(name)
