"""In a real browser: the warning, activity, tabs and clocks."""

from __future__ import annotations

import pytest
from browsing import (
    EXTEND,
    HOUR,
    ask,
    come_back,
    ended,
    fill_in,
    is_free,
    log_in_again,
    save,
    warning,
)
from demos import ABSOLUTE, IDLE
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

WARN = 20


# --- when it is shown


@pytest.mark.parametrize("clock_error", [0, HOUR, -HOUR])
def test_the_warning_appears_on_time_and_not_before(people, clock_error):
    person = people(clock_error)
    page = person.logged_in()
    person.wait(IDLE - WARN - 1)
    is_free(page)
    person.wait(1)
    expect(warning(page)).to_contain_text("you will be signed out in 20 seconds.")
    person.wait(WARN)
    expect(ended(page)).to_contain_text("You were signed out after 1 minute without activity.")


@pytest.mark.parametrize("clock_error", [HOUR, -HOUR])
def test_a_clock_that_is_set_while_the_page_is_open_changes_nothing(person, clock_error):
    page = person.logged_in()
    person.wait(10)
    person.set_clock(clock_error)
    person.wait(IDLE - WARN - 10 - 1)
    is_free(page)
    person.wait(1)
    expect(warning(page)).to_contain_text("in 20 seconds.")
    person.set_clock(-clock_error)
    person.wait(1)
    expect(warning(page)).to_contain_text("in 19 seconds.")
    person.wait(9)
    expect(warning(page)).to_contain_text("in 10 seconds.")
    person.wait(10)
    expect(ended(page)).to_be_visible()


def test_activity_elsewhere_is_asked_for_before_the_warning_is_shown(person):
    page = person.logged_in()
    person.wait(30)
    person.context.request.get(person.demo.url + "/api/me")  # no tab is told
    person.asked.clear()
    with page.expect_response("**/session440/status"):
        person.wait(IDLE - WARN - 30)
    is_free(page)
    person.wait(30)
    expect(warning(page)).to_be_visible()


def test_a_page_that_polls_is_warned_all_the_same(person):
    page = person.logged_in("/")
    for _ in range(4):
        person.wait(10)
    expect(warning(page)).to_be_visible()
    assert EXTEND not in person.asked


# --- what it says, and how it is answered


def test_the_countdown_is_read_out_in_steps_and_seen_in_seconds(person):
    """A text read out anew each second would be read for ever (WCAG 2.2, 4.1.3).

    When it is read out it is true.
    """
    person.context.route("**/session440/status", warn_a_minute_before)
    page = person.logged_in()
    person.wait(5)
    seen, said = [], []
    expect(warning(page)).to_be_visible()
    for _ in range(50):
        seen.append(page.locator("dialog [aria-hidden=true]").text_content())
        said.append(page.locator("dialog [aria-live]").text_content())
        person.wait(1)
    assert [number(each) for each in seen] == [*range(55, 5, -1)]
    assert [number(each) for each in said] == (
        [55] * 15 + [40] * 20 + [20] * 5 + [15] * 5 + [10] * 5
    )


def warn_a_minute_before(route):
    answer = route.fetch()
    route.fulfill(response=answer, json=answer.json() | {"warn_before": 55})


def number(text: str) -> int:
    return int("".join(filter(str.isdigit, text)))


@pytest.fixture
def warned(person):
    """A page with the warning on it, which came while a field was being filled in."""
    page = person.logged_in()
    page.get_by_label("Place").focus()
    person.wait(IDLE - WARN)
    expect(warning(page)).to_be_visible()
    person.asked.clear()
    return page


@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_staying_renews_the_login_and_leads_back_to_the_field(person, warned, key):
    expect(warned.get_by_role("button", name="Stay signed in")).to_be_focused()
    warned.keyboard.press(key)
    expect(warning(warned)).to_have_count(0)
    expect(warned.get_by_label("Place")).to_be_focused()
    assert person.asked.count(EXTEND) == 1
    person.wait(IDLE - WARN - 1)
    is_free(warned)


def test_a_click_on_stay_renews_the_login(person, warned):
    warned.get_by_role("button", name="Stay signed in").click()
    expect(warning(warned)).to_have_count(0)
    assert EXTEND in person.asked


def test_the_keyboard_stays_in_the_dialog(warned):
    for key in ("Tab", "Shift+Tab"):
        names = set()
        for _ in range(5):
            warned.keyboard.press(key)
            names.add(warned.evaluate("document.activeElement.textContent"))
            assert warned.evaluate("!document.activeElement.closest('main, nav')")
        assert {"Stay signed in", "Sign out"} <= names


def test_signing_out_leads_to_the_login_page_and_is_seen_in_the_other_tab(person, warned):
    other = person.tab("/public")
    warned.get_by_role("button", name="Sign out").click()
    warned.wait_for_url("**/login*")
    expect(ended(other)).to_be_visible()
    assert person.context.request.get(person.demo.url + "/api/me").status == 401


# --- when the server does not answer


def test_a_server_that_is_away_when_the_warning_is_due_is_asked_again(person):
    page = person.logged_in()
    person.context.route("**/session440/*", lambda route: route.fulfill(status=503, body="{}"))
    with page.expect_response("**/session440/status"):
        person.wait(IDLE - WARN)
    # An answer that came later was read later: by then the page has read that one, too.
    page.evaluate("fetch('/session440/status').then((answer) => answer.text())")
    person.context.unroute("**/session440/*")
    person.wait(2)
    expect(warning(page)).to_contain_text("in 18 seconds.")
    assert all("503" in person.complaints.pop() for _ in range(len(person.complaints)))


# --- the absolute limit


@pytest.fixture
def nearly_over(person):
    """A page shortly before the absolute limit, at which activity does not help."""
    page = person.logged_in()
    for _ in range(ABSOLUTE // 30 - 1):
        person.wait(30)
        page.evaluate("session440.extend()")
    return page


def test_the_absolute_limit_is_told_as_such_and_lifted_by_logging_in_again(person, nearly_over):
    page = nearly_over
    fill_in(page, {"place": "Leiden"})
    ask(page)
    person.wait(10)
    expect(warning(page)).to_contain_text("20 seconds and cannot be extended. Save your work.")
    expect(page.get_by_role("button", name="Stay signed in")).to_have_count(0)
    log_in_again(page)
    expect(warning(page)).to_have_count(0)
    expect(page.get_by_label("Place")).to_have_value("Leiden")
    save(page)
    expect(page.get_by_role("status")).to_have_text("Saved.")


# --- for the app's own scripts


def test_the_app_hears_each_event(person):
    page = person.logged_in()
    page.evaluate(
        """() => {
            document.title = "heard";
            for (const name of ["warning", "renewed", "expired", "restored"])
                document.addEventListener(`session440:${name}`, () => document.title += ` ${name}`);
        }"""
    )
    person.wait(IDLE - WARN)
    expect(page).to_have_title("heard warning")
    page.evaluate("session440.extend()")
    expect(page).to_have_title("heard warning renewed")
    person.sleep_through(IDLE)
    come_back(page)
    expect(page).to_have_title("heard warning renewed expired")
    log_in_again(page)
    expect(page).to_have_title("heard warning renewed expired restored")


@pytest.mark.parametrize(("name", "state"), [("warning", "active"), ("expired", "expired")])
def test_the_app_may_show_a_dialog_of_its_own(person, name, state):
    page = person.logged_in()
    page.evaluate(
        f"""() => document.addEventListener("session440:{name}", (event) => {{
            event.preventDefault();
            document.title = event.detail.state;
        }})"""
    )
    person.wait(IDLE - WARN)
    if name == "expired":
        expect(warning(page)).to_be_visible()
        person.wait(WARN)
    expect(page).to_have_title(state)
    is_free(page)


def test_the_app_may_ask_and_extend(person):
    page = person.logged_in()
    person.wait(30)
    assert page.evaluate("session440.status()")["expires_in"] == IDLE - 30
    assert page.evaluate("session440.extend()")["expires_in"] == IDLE
    assert page.evaluate("session440.fetch('/api/me').then((r) => r.json())") == {"user": "alice"}


def test_the_script_adds_one_name_to_the_window(person):
    page = person.logged_in()
    names = "Object.getOwnPropertyNames(window)"
    with_script = set(page.evaluate(names))
    person.context.route("**/client.js", lambda route: route.fulfill(body=""))
    page.reload()
    assert with_script - set(page.evaluate(names)) == {"session440"}
