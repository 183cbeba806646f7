"""In a real browser: the page that stays when a login has ended, and what goes on after it."""

from __future__ import annotations

import pytest
from browsing import (
    ask,
    come_back,
    ended,
    fill_in,
    is_free,
    log_in,
    log_in_again,
    save,
    shows,
    warning,
)
from demos import CLAIM, IDLE
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

SAVE, ME = "POST /form", "GET /api/me"


def end_login(person, page) -> None:
    """Let the login end, and have the page know."""
    ask(page)
    person.sleep_through(IDLE)
    come_back(page)
    expect(ended(page)).to_be_visible()
    person.asked.clear()


def is_saved(person, page, claim) -> None:
    """Expect that the form was sent once, and kept."""
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert person.asked.count(SAVE) == 1
    page.goto(person.demo.url + "/form")
    shows(page, claim)


# --- the page at the end


def test_at_the_end_the_page_is_covered_and_says_why(person, filled):
    end_login(person, filled)
    dialog = ended(filled)
    expect(dialog).to_contain_text("You were signed out after 1 minute without activity.")
    box, size = dialog.bounding_box(), filled.viewport_size
    assert (box["width"], box["height"]) == (size["width"], size["height"])
    assert filled.evaluate("getComputedStyle(document.querySelector('dialog')).opacity") == "1"
    expect(filled.get_by_role("link", name="Log in again")).to_be_focused()


def test_escape_does_not_uncover_the_page(person, filled):
    """Chromium closes a dialog at the second Escape, whatever the page says."""
    end_login(person, filled)
    for _ in range(4):
        filled.keyboard.press("Escape")
    expect(ended(filled)).to_be_visible()
    expect(filled.get_by_label("Title")).not_to_be_focused()


def test_a_form_outlives_the_login_it_was_begun_with(person, filled, claim):
    """The window closes itself, the page is as it was, the form goes with a fresh token."""
    person.wait(IDLE - 20)
    expect(warning(filled)).to_be_visible()
    end_login(person, filled)
    log_in_again(filled)
    is_free(filled)
    shows(filled, claim)
    expect(filled.get_by_label("Remarks")).to_be_focused()
    save(filled)
    is_saved(person, filled, claim)


def test_every_tab_goes_on(person, filled, claim):
    other = person.tab("/")
    end_login(person, filled)
    expect(ended(other)).to_be_visible()
    log_in_again(other)
    for page in (filled, other):
        expect(ended(page)).to_have_count(0)
    shows(filled, claim)
    save(filled)
    is_saved(person, filled, claim)


def test_logging_in_in_an_ordinary_tab_is_noticed_by_who_comes_back(person, filled, claim):
    end_login(person, filled)
    person.logged_in("/public")
    come_back(filled)
    is_free(filled)
    save(filled)
    is_saved(person, filled, claim)


def test_a_page_that_was_opened_during_an_outage_is_kept_at_the_end_all_the_same(person, claim):
    """It knows whose it is, and has not heard how the login stands."""
    person.take_login("alice")
    page = person.context.new_page()
    page.route("**/session440/status", lambda route: route.fulfill(status=503))
    page.goto(person.demo.url + "/form")
    page.evaluate("session440.status()")
    page.unroute("**/session440/status")
    person.complaints.clear()  # Chromium's own, of the 503
    fill_in(page, claim)
    person.demo.clock.advance(IDLE)
    page.evaluate("void fetch('/api/me')")
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    is_free(page)
    shows(page, claim)


# --- a form that is sent when the login has ended already


def test_a_form_sent_too_late_waits_and_is_sent_once(person, filled, claim):
    person.sleep_through(IDLE)
    save(filled)
    expect(ended(filled)).to_contain_text("after 1 minute without activity.")
    assert SAVE not in person.asked
    log_in_again(filled)
    is_saved(person, filled, claim)


def test_after_an_end_that_no_page_can_know_of_the_440_says_how_to_find_what_was_typed(
    person, filled
):
    """By its clocks the login lives: the form goes as if no script were there."""
    person.lose_login()
    save(filled)
    expect(filled.get_by_text("because your login was withdrawn.")).to_be_visible()
    expect(filled.get_by_text("Log in again, then go back in your browser")).to_be_visible()


def test_a_button_that_is_pressed_twice_sends_a_form_once(person, filled, claim):
    person.sleep_through(IDLE)
    filled.evaluate("for (const _ of [1, 2]) document.querySelector('form button').click()")
    expect(ended(filled)).to_be_visible()
    log_in_again(filled)
    is_saved(person, filled, claim)


def test_the_button_that_was_pressed_is_sent_along(person):
    """The page of logins says by its button which one to sign out."""
    person.demo.clock.advance(IDLE)
    person.demo.logged_in()
    page = person.logged_in("/session440/logins")
    other = page.get_by_role("listitem").filter(has_not_text="This one")
    other.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("That login is over.")


def test_a_form_is_sent_with_the_token_of_a_login_made_in_another_tab(person, filled, claim):
    """The page has never heard of it."""
    person.logged_in("/public")
    save(filled)
    is_saved(person, filled, claim)


# --- somebody else


@pytest.mark.parametrize("is_held", [True, False])
def test_another_person_is_neither_shown_nor_sends_the_page(person, filled, is_held):
    if is_held:
        person.sleep_through(IDLE)
        save(filled)
        expect(ended(filled)).to_be_visible()
    else:
        end_login(person, filled)
    with filled.expect_navigation(url="**/form"):
        log_in_again(filled, "bob")
    is_free(filled)
    shows(filled, dict.fromkeys(CLAIM, ""))
    assert SAVE not in person.asked


def test_another_person_does_not_send_the_form_that_made_the_page(person, filled):
    """A reload would: this page is the answer to a POST."""
    save(filled)
    expect(filled.get_by_role("status")).to_have_text("Saved.")
    end_login(person, filled)
    with filled.expect_navigation(url="**/form"):
        log_in_again(filled, "bob")
    is_free(filled)
    shows(filled, dict.fromkeys(CLAIM, ""))
    assert SAVE not in person.asked


def test_another_person_logged_in_in_another_tab_is_not_shown_the_page(person, filled):
    with filled.expect_navigation(url="**/form"):
        person.logged_in("/public", "bob")
    shows(filled, dict.fromkeys(CLAIM, ""))


def test_another_person_who_comes_to_the_page_and_presses_at_once_does_not_send_it(person, filled):
    """No tab of theirs has told it."""
    person.take_login("bob")
    with filled.expect_navigation(url="**/form"):
        filled.evaluate(
            "dispatchEvent(new Event('focus')), document.querySelector('form button').click()"
        )
    shows(filled, dict.fromkeys(CLAIM, ""))
    assert SAVE not in person.asked


# --- the message is a person's


def test_what_only_a_script_was_told_is_told_to_the_person_at_the_next_page(person):
    page = person.logged_in()
    person.demo.clock.advance(IDLE)
    with page.expect_response("**/api/me"):
        page.evaluate("void fetch('/api/me')")
    page.close()
    page = person.context.new_page()
    answer = page.goto(person.demo.url + "/form")
    assert answer.status == 440
    assert answer.headers["session440-cause"] == "idle"
    expect(page.get_by_text("You were signed out after 1 minute without activity.")).to_be_visible()


def test_the_window_shows_a_wrong_password_and_stays(person, filled):
    end_login(person, filled)
    with filled.expect_popup() as opened:
        filled.get_by_role("link", name="Log in again").click()
    window = opened.value
    window.get_by_label("Name").fill("alice")
    window.get_by_label("Password").fill("wrong")
    window.get_by_role("button", name="Log in").click()
    expect(window.get_by_role("alert")).to_have_text("Wrong name or password.")
    expect(ended(filled)).to_be_visible()
    with window.expect_event("close"):
        log_in(window)
    expect(ended(filled)).to_have_count(0)
