"""In a real browser: activity, several tabs, and tabs that sleep."""

from __future__ import annotations

import pytest
from browsing import EXTEND, HOUR, come_back, ended, is_free, warning
from demos import IDLE, RENEWAL
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

WARN = 20


# --- activity


def test_typing_renews_the_login_at_most_once_in_a_while(person):
    page = person.logged_in()
    person.asked.clear()
    for _ in range(3):
        person.wait(RENEWAL)
        with page.expect_response("**/session440/extend"):
            page.get_by_label("Title").press_sequentially("clocks")
        person.wait(RENEWAL - 1)
        page.get_by_label("Title").press_sequentially("clocks")
        is_free(page)
    assert person.asked.count(EXTEND) == 3


def test_typing_goes_on_to_renew_when_the_clock_is_set_back(person):
    page = person.logged_in()
    person.set_clock(-HOUR)
    for _ in range(3):
        person.wait(IDLE - WARN - 1)
        with page.expect_response("**/session440/extend"):
            page.get_by_label("Title").press_sequentially("a")
        is_free(page)  # the script has taken the answer, before more time passes


def test_typing_renews_nothing_where_the_page_says_so(person):
    person.logged_in()
    person.change_tag('data-activity="off"')
    page = person.tab()
    person.wait(IDLE - WARN - 1)
    page.get_by_label("Title").press_sequentially("clocks")
    person.wait(1)
    expect(warning(page)).to_be_visible()
    assert EXTEND not in person.asked


# --- tabs


@pytest.fixture
def two(person):
    return person.logged_in(), person.tab()


def test_staying_in_one_tab_closes_the_warning_in_the_other(person, two):
    person.wait(IDLE - WARN)
    for page in two:
        expect(warning(page)).to_be_visible()
    two[0].get_by_role("button", name="Stay signed in").click()
    for page in two:
        expect(warning(page)).to_have_count(0)


def test_the_end_that_one_tab_meets_shows_in_the_other(person, two):
    person.demo.clock.advance(IDLE)  # and no tab's timer knows
    two[0].evaluate("void fetch('/api/me')")
    for page in two:
        expect(ended(page)).to_be_visible()


@pytest.mark.parametrize("event", ["focus", "pageshow", "visibilitychange"])
def test_a_tab_that_wakes_shows_the_end_at_once(person, event):
    page = person.logged_in()
    person.sleep_through(IDLE)
    target = "document" if event == "visibilitychange" else "window"
    page.evaluate(f"{target}.dispatchEvent(new Event('{event}'))")
    expect(ended(page)).to_be_visible()


def test_a_tab_that_wakes_in_time_shows_the_warning(person):
    page = person.logged_in()
    person.sleep_through(IDLE - 5)
    come_back(page)
    expect(warning(page)).to_contain_text("in 5 seconds.")
