"""In a real browser: each step of the tour, in each demo, ends in what it says.

The clock of the test stands still: only the buttons of the tour move it.
"""

from __future__ import annotations

import pytest
from browsing import Person, ended, is_free, log_in, log_in_again, warning
from demos import IDLE
from playwright.sync_api import expect
from toured import TOURS

pytestmark = pytest.mark.slow

WARN = 20
LONG = "A letter that took all afternoon, and a word more."


@pytest.fixture(scope="module", params=TOURS)
def demo(request, tmp_path_factory):
    with TOURS[request.param](tmp_path_factory.mktemp(request.param)) as demo:
        yield demo


@pytest.fixture
def person(demo, chromium):
    person = Person(demo, chromium.new_context())
    yield person
    person.context.close()
    assert person.complaints == []


@pytest.fixture
def tour(person):
    """The tour, of somebody who has just logged in."""
    return person.logged_in("/tour")


def step(page, title: str):
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))


def press(page, title: str) -> None:
    step(page, title).get_by_role("button").click()


def says(page, title: str, text: str) -> None:
    expect(step(page, title).get_by_role("status")).to_contain_text(text)


def test_one_is_warned_in_time_and_stays(tour):
    press(tour, "Warned in time")
    expect(warning(tour)).to_contain_text("you will be signed out in 15 seconds.")
    warning(tour).get_by_role("button", name="Stay signed in").click()
    is_free(tour)
    says(tour, "Warned in time", "You were warned, with time to stay.")


def test_nothing_is_lost(tour):
    tour.get_by_label("Words").fill(LONG)
    press(tour, "Nothing is lost")
    expect(ended(tour)).to_contain_text("after 1 minute without activity")
    log_in_again(tour)
    says(tour, "Nothing is lost", f"The server has “{LONG}”")
    expect(tour.get_by_label("Words")).to_have_value(LONG)


def test_a_page_says_why(tour):
    with tour.expect_response(lambda answer: answer.status == 440):
        press(tour, "Why")
    expect(tour.get_by_role("heading")).to_have_text("You have been signed out")
    expect(tour.get_by_text("after 1 minute without activity")).to_be_visible()
    tour.get_by_role("link", name="Log in again").click()
    log_in(tour)
    tour.wait_for_url("**/tour")
    says(tour, "Why", "The page said why, and led back here.")


def test_one_is_signed_out_from_elsewhere(tour):
    press(tour, "Signed out from elsewhere")
    expect(ended(tour)).to_contain_text("because your login was withdrawn")
    log_in_again(tour)
    says(tour, "Signed out from elsewhere", "You were told why")


def test_another_server_has_lost_it(tour):
    press(tour, "Another server lost it")
    expect(ended(tour)).to_contain_text("because this server no longer has your login")
    log_in_again(tour)
    says(tour, "Another server lost it", "You were told why")
    expect(tour.locator("#news")).to_contain_text("login ended lost")
    expect(tour.locator("#news")).to_contain_text("440 GET /api/notifications lost")


def test_polling_does_not_count(tour):
    press(tour, "Polling does not count")
    expect(ended(tour)).to_contain_text("after 1 minute without activity")
    log_in_again(tour)
    says(tour, "Polling does not count", "none kept you logged in")


def test_the_clock_moves_ahead_by_a_minute(tour):
    before = tour.locator("#now").text_content()
    tour.get_by_role("button", name="One minute ahead").click()
    expect(ended(tour)).to_contain_text("after 1 minute without activity")
    assert minutes(tour.locator("#now").text_content()) == minutes(before) + 1
    log_in_again(tour)
    is_free(tour)


def test_it_moves_on_the_dashboard_too(person):
    page = person.logged_in("/")
    page.get_by_role("button", name="One minute ahead").click()
    expect(ended(page)).to_be_visible()


def test_the_panel_shows_what_happens_and_its_polls_are_no_activity(person, tour):
    person.context.request.get(person.demo.url + "/public")
    person.wait(2)
    expect(tour.locator("#news")).to_contain_text("GET /public")
    person.wait(IDLE - WARN - 2)
    expect(warning(tour)).to_be_visible()
    person.wait(WARN)
    expect(ended(tour)).to_be_visible()
    log_in_again(tour)
    expect(tour.locator("#news")).to_contain_text("login ended idle")
    expect(tour.locator("#left")).to_have_text("It ends in 60 s if you do nothing.")


# --- for everybody

PHONE = {"viewport": {"width": 320, "height": 568}, "is_mobile": True, "has_touch": True}
#: All demos have the same templates and the same style: each look is tried in one of them.
LOOKS = {
    "flask": {"color_scheme": "light"},
    "django": {"color_scheme": "dark"},
    "fastapi": PHONE,
}


@pytest.fixture(scope="module")
def axe(npm_packages):
    return (npm_packages / "axe-core/axe.js").read_text()


def test_the_pages_are_accessible(demo, chromium, axe):
    """And nothing reaches out of the window, written from left to right or the other way."""
    context = chromium.new_context(**LOOKS[demo.name])
    page = context.new_page()
    page.goto(demo.url + "/login?next=/tour")
    is_accessible(page, axe)
    log_in(page)
    page.wait_for_url("**/tour")
    press(page, "Warned in time")
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("#news li").first).to_be_visible()
    is_accessible(page, axe)
    page.goto(demo.url + "/")
    is_accessible(page, axe)
    context.close()


def is_accessible(page, axe: str) -> None:
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    for direction in ("rtl", "ltr"):
        page.evaluate(f"document.documentElement.dir = '{direction}'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def minutes(time: str) -> int:
    hours, minutes, _ = map(int, time.split(":"))
    return 60 * hours + minutes
