"""docs/recipes/htmx.md, in a real browser, with htmx 2."""

from __future__ import annotations

import re

import pytest
from browsing import ask, ended, log_in, log_in_again
from flask_recipes import add_static, recipe
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

IDLE = 20 * 60
ADD, COUNT = "POST /items", "GET /count"


@pytest.fixture
def served(clock, tmp_path, npm_packages):
    add_static(tmp_path, npm_packages / "htmx.org/dist/htmx.min.js")
    with recipe("htmx", tmp_path, clock) as demo:
        yield demo


def add(page, item):
    page.get_by_label("Item").fill(item)
    page.get_by_role("button", name="Add").click()


def items(page):
    return page.get_by_role("listitem")


def test_an_item_that_meets_the_end_is_added_after_logging_in_again(person):
    page = person.logged_in("/")
    add(page, "bread")
    expect(items(page)).to_have_text(["bread"])
    person.demo.clock.advance(IDLE)
    add(page, "butter")
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(items(page)).to_have_text(["bread", "butter"])
    assert person.asked.count(ADD) == 3
    assert person.asked.count("GET /login") == 1, "in the small window alone"


def test_polling_keeps_nobody_logged_in_and_swaps_nothing_in(person):
    page = person.logged_in("/")
    page.get_by_label("Item").fill("half a w")
    with page.expect_response("**/count"):
        person.wait(6)
    for _ in range(IDLE // 60):
        person.wait(60)
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(page.get_by_label("Item")).to_have_value("half a w")
    expect(page.get_by_role("status")).to_have_text("0")


def test_a_poll_that_is_marked_by_its_element_keeps_nobody_logged_in(person):
    page = person.logged_in("/")
    page.evaluate(
        """() => {
            document.querySelector("p").innerHTML = `<output hx-get="/"
                hx-headers='{"Session440-Passive": "?1"}' hx-trigger="every 5s">0</output>`;
            htmx.process(document.querySelector("p"));
        }"""
    )
    person.demo.clock.advance(IDLE - 60)
    with page.expect_response(lambda answer: answer.url.endswith("/") and answer.status == 200):
        person.context.clock.run_for(6000)
    person.demo.clock.advance(60)
    assert ask(page) == "expired"


def test_a_boosted_link_waits_and_leads_on(person):
    page = person.logged_in("/")
    page.evaluate(
        """() => {
            document.querySelector("p").innerHTML = '<a hx-boost="true" href="/?page=2">On</a>';
            htmx.process(document.querySelector("p"));
        }"""
    )
    person.demo.clock.advance(IDLE)
    page.get_by_role("link", name="On").click()
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(page).to_have_url(re.compile(r"/\?page=2$"))
    expect(page.get_by_label("Item")).to_be_visible()


def test_htmx_is_told_of_no_error_where_the_script_has_answered(person):
    page = person.logged_in("/")
    page.evaluate(
        "document.addEventListener('htmx:responseError', () => { document.title = 'error'; })"
    )
    person.demo.clock.advance(IDLE)
    add(page, "bread")
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(items(page)).to_have_text(["bread"])
    expect(page).to_have_title("Items")


# --- without the script


@pytest.fixture
def plain(person):
    """The page without the script."""

    def change(route):
        answer = route.fetch()
        text = re.sub("<script .*client.js.*>", "", answer.text())
        route.fulfill(response=answer, body=text)

    person.context.route(re.compile(r"/(\?.*)?$"), change)
    person.take_login("alice")
    page = person.context.new_page()
    page.goto(person.demo.url + "/?page=2")
    return page


def test_without_the_script_htmx_opens_the_login_page_and_the_person_comes_back(person, plain):
    person.demo.clock.advance(IDLE)
    with plain.expect_navigation(url="**/login?next=%2F%3Fpage%3D2"):
        add(plain, "bread")
    log_in(plain)
    expect(plain).to_have_url(re.compile(r"/\?page=2$"))


def test_without_the_script_a_poll_leads_nobody_away_and_the_next_click_does(person, plain):
    plain.get_by_label("Item").fill("bread")
    person.demo.clock.advance(IDLE)
    with plain.expect_response(lambda answer: answer.status == 440):
        person.context.clock.run_for(6000)
    expect(plain.get_by_label("Item")).to_have_value("bread")
    with plain.expect_navigation(url="**/login?next=%2F%3Fpage%3D2"):
        add(plain, "bread")
    # htmx's own, of the poll, and Chromium's.
    assert all("440" in each for each in person.complaints)
    person.complaints.clear()


def test_without_the_script_the_page_may_take_the_answer_itself(person, plain):
    plain.add_script_tag(url="/static/own.js")
    said = []
    plain.on("dialog", lambda dialog: said.append(dialog.message) or dialog.accept())
    person.demo.clock.advance(IDLE)
    with plain.expect_event("dialog"):
        add(plain, "bread")
    assert said == ["You were signed out after 20 minutes without activity."]
    expect(plain.get_by_label("Item")).to_have_value("bread")
    expect(items(plain)).to_have_count(0)
