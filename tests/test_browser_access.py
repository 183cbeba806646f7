"""In a real browser: for everybody, in their language, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from browsing import come_back, log_in
from demos import IDLE
from playwright.sync_api import Page, expect

from session440.http.words import DIALOG, words_in

pytestmark = pytest.mark.slow

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "right to left": {"locale": "ar"},
    "phone": {"viewport": {"width": 320, "height": 568}, "is_mobile": True, "has_touch": True},
}


@pytest.fixture
def axe(npm_packages):
    return (npm_packages / "axe-core/axe.js").read_text()


@pytest.fixture(params=LOOKS)
def seen(people, request):
    """A person who sees the pages in one of several ways."""
    return people(**LOOKS[request.param])


def is_accessible(page: Page, axe: str) -> None:
    """Expect that axe-core finds nothing, and nothing that reaches out of the window."""
    page.context.clock.resume()  # axe uses timers
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_dialogs_are_accessible(seen, axe):
    page = seen.logged_in()
    seen.wait(IDLE - 20)
    expect(page.locator("dialog.session440-warning")).to_be_visible()
    is_accessible(page, axe)
    seen.sleep_through(20)
    come_back(page)
    expect(page.locator("dialog.session440-ended")).to_be_visible()
    is_accessible(page, axe)


def test_the_pages_are_accessible(seen, axe):
    page = seen.logged_in()
    seen.demo.clock.advance(IDLE)
    assert page.goto(seen.demo.url + "/form").status == 440
    is_accessible(page, axe)
    page.goto(seen.demo.url + "/session440/back")
    is_accessible(page, axe)


LOGINS = "/session440/logins"


def test_the_page_of_logins_is_accessible(seen, axe):
    """With one login, with two, after one was signed out, and for a visitor."""
    page = seen.logged_in(LOGINS)
    is_accessible(page, axe)
    seen.demo.logged_in()
    page.reload()
    is_accessible(page, axe)
    page.locator("li button").nth(1).click()
    expect(page.get_by_role("status")).to_be_visible()
    is_accessible(page, axe)
    seen.context.clear_cookies()
    assert page.goto(seen.demo.url + LOGINS).status == 401
    is_accessible(page, axe)
    seen.complaints.clear()  # of the 401


def test_the_buttons_of_the_page_of_logins_say_what_they_sign_out(people):
    person = people()
    person.demo.clock.advance(IDLE)  # none of a test before is left
    page = person.logged_in(LOGINS)
    person.demo.logged_in()
    page.reload()
    own, other, others = page.get_by_role("button").all()
    for button, name in ((own, r"Sign out This one \d"), (other, r"Sign out \d")):
        expect(button).to_have_accessible_name(re.compile(name + r"{4}-\d\d-\d\d [\d:]{8} UTC"))
    expect(others).to_have_accessible_name("Sign out everywhere else")


def test_without_javascript_one_signs_out_another_browser(people):
    person = people(java_script_enabled=False)
    other = person.demo.logged_in()
    page = person.context.new_page()
    assert page.goto(person.demo.url + LOGINS).status == 401
    person.complaints.clear()  # of the 401
    page.get_by_role("link", name="Log in").click()
    log_in(page)
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_role("status")).to_have_text("You are now signed out everywhere else.")
    expect(page.get_by_role("listitem")).to_have_count(1)
    assert other.navigate("/")["Session440-Cause"] == "revoked"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


@pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("ar", "rtl")])
def test_the_dialog_speaks_the_persons_language(people, language, direction):
    person, words = people(locale=language), words_in(language)
    page = person.logged_in()
    person.wait(IDLE - 20)
    dialog = page.get_by_role("dialog", name=words.say(DIALOG["heading"]))
    expect(dialog).to_have_attribute("lang", language)
    expect(dialog).to_have_css("direction", direction)
    expect(dialog.get_by_role("button", name=words.say(DIALOG["stay"]))).to_be_focused()


def test_without_javascript_one_is_told_and_logs_in_again(people):
    person = people(java_script_enabled=False)
    page = person.context.new_page()
    page.goto(person.demo.url + "/form")
    log_in(page)
    expect(page.get_by_role("heading")).to_have_text("Expense claim")
    person.demo.clock.advance(IDLE)
    assert page.reload().status == 440
    expect(page.get_by_text("You were signed out after 1 minute without activity.")).to_be_visible()
    page.get_by_role("link", name="Log in again").click()
    log_in(page)
    expect(page.get_by_role("heading")).to_have_text("Expense claim")


def test_the_policy_of_the_demo_allows_no_inline_code(person):
    """So that the other tests show that none is needed."""
    page = person.logged_in()
    policy = page.reload().headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
