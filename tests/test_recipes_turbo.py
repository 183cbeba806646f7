"""docs/recipes/turbo.md, in a real browser, with Turbo 8."""

from __future__ import annotations

import re

import pytest
from browsing import ask, ended, log_in_again
from flask_recipes import add_static, recipe
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

IDLE = 20 * 60
SEND = "POST /"


@pytest.fixture
def served(clock, tmp_path, npm_packages):
    add_static(tmp_path, npm_packages / "@hotwired/turbo/dist/turbo.es2017-umd.js")
    with recipe("turbo", tmp_path, clock) as demo:
        yield demo


@pytest.fixture
def person(person):
    """Turbo draws by animation frames: the browser's time goes on."""
    person.context.clock.resume()
    return person


def send(page, text):
    page.get_by_label("Text").fill(text)
    page.get_by_role("button", name="Send").click()


def messages(page):
    return page.get_by_role("listitem")


def mark(page):
    """Mark the document, which Turbo keeps."""
    page.evaluate("window.marked = true")


def is_marked(page):
    return page.evaluate("window.marked === true")


def test_a_form_that_meets_the_end_is_sent_after_logging_in_again(person):
    page = person.logged_in("/")
    mark(page)
    send(page, "first")
    expect(messages(page)).to_have_text(["first"])
    person.demo.clock.advance(IDLE)
    send(page, "second")
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(messages(page)).to_have_text(["first", "second"])
    assert is_marked(page), "no page was loaded but by Turbo"
    assert person.asked.count(SEND) == 3


def test_what_is_typed_stays_and_goes_out_with_the_new_login(person):
    page = person.logged_in("/")
    page.get_by_label("Text").fill("half a sentence")
    person.wait(IDLE)
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    page.get_by_role("button", name="Send").click()
    expect(messages(page)).to_have_text(["half a sentence"])


def test_a_link_that_meets_the_end_leads_on(person):
    page = person.logged_in("/")
    mark(page)
    person.demo.clock.advance(IDLE)
    page.get_by_role("link", name="On", exact=True).click()
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(page).to_have_url(re.compile(r"/\?page=2$"))
    assert is_marked(page)


def test_a_frame_that_meets_the_end_is_filled_later(person):
    page = person.logged_in("/")
    person.demo.clock.advance(IDLE)
    page.get_by_role("link", name="Who am I?").click()
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(page.locator("turbo-frame")).to_have_text("This is alice.")


def test_another_person_gets_a_page_of_the_server(person):
    page = person.logged_in("/")
    mark(page)
    person.demo.clock.advance(IDLE)
    send(page, "for nobody else")
    expect(ended(page)).to_be_visible()
    with page.expect_navigation(url="**/"):
        log_in_again(page, "bob")
    expect(page.get_by_label("Text")).to_have_value("")
    assert not is_marked(page)
    assert person.asked.count(SEND) == 1


def test_a_prefetch_is_no_activity_and_spends_nothing(person):
    page = person.logged_in("/")
    for _ in range(2):
        person.demo.clock.advance(IDLE / 2)
        with page.expect_request(lambda request: request.url.endswith("?page=2")) as asked:
            page.get_by_role("link", name="On", exact=True).hover()
        assert "prefetch" in str(asked.value.headers)
        page.mouse.move(0, 0)
        person.context.clock.run_for(60_000)  # Turbo keeps what it has fetched a while
    assert ask(page) == "expired"
    expect(ended(page)).to_be_visible()


def test_without_the_script_turbo_shows_the_page_of_the_440(person):
    def change(route):
        answer = route.fetch(max_redirects=0)
        text = re.sub("<script .*client.js.*>", "", answer.text())
        route.fulfill(response=answer, body=text)

    person.context.route(re.compile(r"/(login)?(\?.*)?$"), change)
    person.take_login("alice")
    page = person.context.new_page()
    page.goto(person.demo.url)
    person.demo.clock.advance(IDLE)
    send(page, "first")
    expect(page.get_by_text("20 minutes without activity")).to_be_visible()
    person.complaints.clear()
