"""In a real browser: pages that change, and windows to log in in that go where they like."""

from __future__ import annotations

import pytest
from browsing import ask, come_back, ended, fill_in, is_free, log_in, warning
from demos import IDLE
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

WARN = 20


@pytest.fixture
def over(person):
    """A page whose login has ended, with a call that waits."""
    page = person.logged_in()
    person.sleep_through(IDLE)
    come_back(page)
    expect(ended(page)).to_be_visible()
    page.evaluate("void fetch('/api/me').then(({ status }) => { document.title = status; })")
    return page


def test_a_page_that_renders_its_body_anew_keeps_its_cover_and_what_waits(person, over):
    over.evaluate("document.body = document.createElement('body')")
    expect(ended(over)).to_be_visible()
    over.evaluate("document.querySelector('dialog').remove()")
    expect(ended(over)).to_be_visible()
    assert over.evaluate("getComputedStyle(document.body).visibility") == "hidden"
    person.tab("/login")
    log_in(person.context.pages[-1])
    expect(over).to_have_title("200")
    is_free(over)


@pytest.mark.parametrize("name", ["a link of the dialog", "session440"])
def test_a_window_that_comes_to_the_app_itself_closes_and_the_page_goes_on(person, over, name):
    """The app has dropped ``next``, as Flask's tutorial does."""
    with over.expect_popup() as opened:
        if name == "session440":  # as sites of their own open it
            over.evaluate("void open('/login', 'session440')")
        else:
            over.get_by_role("link", name="Log in again").click()
    window = opened.value
    window.goto(person.demo.url + "/login")
    with window.expect_event("close"):
        log_in(window)
    expect(over).to_have_title("200")
    is_free(over)


def test_a_window_without_the_script_leaves_the_page_covered_until_it_is_looked_at(person, over):
    with over.expect_popup() as opened:
        over.get_by_role("link", name="Log in again").click()
    window = opened.value
    window.route("**/client.js", lambda route: route.fulfill(body=""))
    log_in(window)
    window.wait_for_url("**/back")
    expect(ended(over)).to_be_visible()
    come_back(over)
    expect(over).to_have_title("200")
    is_free(over)


def test_an_app_that_logs_in_by_a_call_is_warned_and_covered(person):
    page = person.tab("/login")
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("wonderland")
    page.evaluate("fetch('/login', { method: 'POST', body: new FormData(document.forms[0]) })")
    assert ask(page) == "active"
    person.wait(IDLE - WARN)
    expect(warning(page)).to_be_visible()
    person.wait(WARN)
    expect(ended(page)).to_be_visible()


def test_a_call_of_a_visitor_that_is_safe_makes_the_script_ask_nothing(person):
    page = person.tab("/login")
    person.asked.clear()
    page.evaluate("fetch('/public')")
    page.evaluate("fetch('/public', { method: 'HEAD' })")
    assert person.asked == ["GET /public", "HEAD /public"]


def test_another_app_on_the_same_origin_does_not_hear_of_a_login(person):
    """Its endpoints are elsewhere."""
    page = person.logged_in()
    page.evaluate(
        """() => {
            window.heard = [];
            for (const name of ["session440/other/", "session440/session440/"])
                new BroadcastChannel(name).onmessage = () => window.heard.push(name);
        }"""
    )
    person.tab("/")
    page.evaluate("session440.extend()")
    assert "session440/other/" not in page.evaluate("window.heard")
    person.sleep_through(IDLE)
    come_back(page)
    expect(ended(page)).to_be_visible()
    assert (
        page.get_by_role("link", name="Log in again")
        .get_attribute("target")
        .startswith("session440/session440/#")
    )


def test_an_app_on_the_same_origin_is_not_closed_as_if_it_were_the_window_to_log_in_in(person):
    page = person.logged_in("/public")
    page.evaluate("window.name = 'session440/other/#'")
    page.goto(person.demo.url + "/form")
    ask(page)
    assert not page.is_closed()
    assert page.evaluate("window.name") == "session440/other/#"


# --- what a page does of its own, while it is covered or about to go


def test_a_dialog_of_the_pages_own_does_not_stand_above_the_cover(over):
    over.evaluate(
        """() => {
            const own = document.createElement("dialog");
            own.append("Something went wrong");
            document.body.append(own);
            own.showModal();
        }"""
    )
    over.get_by_role("link", name="Log in again").click(trial=True)


def test_the_page_hears_nothing_of_what_is_pressed_in_the_dialog(person):
    """A click elsewhere may close what is open in it."""
    page = person.logged_in()
    page.evaluate(
        """() => {
            window.heard = [];
            for (const name of ["click", "mousedown", "pointerdown", "keydown"])
                document.addEventListener(name, () => window.heard.push(name));
        }"""
    )
    person.wait(IDLE - WARN)
    expect(warning(page)).to_be_visible()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Stay signed in").click()
    is_free(page)
    assert page.evaluate("window.heard") == []


SEE = """() => {
    document.body.innerHTML += "<p>what alice typed</p><dialog>a secret of alice's</dialog>";
    document.querySelector("body > p").style.visibility = "visible";
}"""


def test_what_is_covered_is_not_printed(over, tmp_path):
    over.evaluate(SEE)
    over.emulate_media(media="print")
    expect(over.get_by_text("what alice typed")).to_be_hidden()
    expect(ended(over)).to_be_visible()


def test_another_person_is_shown_nothing_of_a_page_that_asks_whether_to_leave(person):
    page = person.logged_in()
    page.evaluate(SEE)
    page.evaluate("addEventListener('beforeunload', (event) => event.preventDefault())")
    page.locator("[name=title]").click()  # else no browser asks
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_navigation(url="**/form"):
        person.logged_in("/public", "bob")
    assert asked == []
    assert "alice" not in page.content()


def test_who_looks_again_after_an_outage_is_asked_who_they_are_all_the_same(person):
    page = person.logged_in()
    page.route("**/session440/status", lambda route: route.fulfill(status=503))
    come_back(page)
    page.evaluate("session440.status()")
    page.unroute("**/session440/status")
    person.complaints.clear()  # Chromium's own, of the 503
    person.wait(5)
    person.take_login("bob")
    person.asked.clear()
    with page.expect_navigation(url="**/form"):
        page.evaluate(
            "dispatchEvent(new Event('focus')), document.querySelector('form button').click()"
        )
    assert "POST /form" not in person.asked


def test_a_call_that_outlives_its_page_is_made_after_another_login_too(person, claim):
    page = person.logged_in()
    person.take_login("alice")
    come_back(page)
    with page.expect_response("**/session440/extend"):
        page.evaluate("session440.status()")
    page.evaluate("session440.extend()")
    fill_in(page, claim)
    page.evaluate(
        """addEventListener("pagehide", () => {
            const body = new FormData(document.querySelector("main form"));
            fetch("/form", { method: "POST", keepalive: true, body });
        })"""
    )
    page.goto(person.demo.url + "/public")
    for _ in range(50):  # it arrives when it likes
        page.goto(person.demo.url + "/form")
        if page.locator("[name=remarks]").input_value() == claim["remarks"]:
            return
    pytest.fail("it did not arrive")


def test_a_form_that_was_not_in_the_page_meanwhile_is_sent_with_the_new_token(person, claim):
    page = person.logged_in()
    page.evaluate("window.form = document.querySelector('main form'), window.form.remove()")
    person.take_login("alice")
    come_back(page)
    with page.expect_response("**/session440/extend"):
        page.evaluate("session440.status()")
    page.evaluate("session440.extend()")
    page.evaluate("document.querySelector('main').append(window.form)")
    page.locator("[name=title]").fill(claim["remarks"])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")


def test_what_a_script_dispatches_is_no_activity(person):
    page = person.logged_in()
    person.wait(IDLE / 2)
    person.asked.clear()
    page.evaluate("document.body.dispatchEvent(new Event('input', { bubbles: true }))")
    ask(page)
    assert person.asked == ["GET /session440/status"]
