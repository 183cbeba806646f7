"""docs/recipes/kiosk.md, in a real browser."""

from __future__ import annotations

import pytest
from browsing import ask, ended, log_in, log_in_again, save, warning
from flask_recipes import load, recipe
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

KIOSK = 2 * 60


@pytest.fixture
def served(clock, tmp_path):
    with recipe("kiosk", tmp_path, clock) as demo:
        yield demo


def test_a_login_at_a_kiosk_is_warned_and_ends_soon(person):
    page = person.logged_in("/")
    person.wait(KIOSK - 30)
    expect(warning(page)).to_be_visible()
    person.wait(30)
    expect(ended(page)).to_be_visible()


def test_elsewhere_a_login_lasts_longer(clock, tmp_path):
    module = load("kiosk", tmp_path)
    module.app.config |= {"SESSION440_CLOCK": clock, "WTF_CSRF_ENABLED": False}
    client = module.app.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    client.post("/login", data={"username": "alice", "password": "wonderland"})
    clock.advance(KIOSK)
    assert client.get("/").status_code == 200


def test_the_next_person_finds_nothing_that_was_typed(person):
    page = person.logged_in("/")
    page.get_by_label("Text").fill("for nobody's eyes")
    person.wait(KIOSK)
    expect(ended(page)).to_be_visible()
    with page.expect_navigation(url="**/"):
        log_in_again(page, "bob")
    expect(page.get_by_text("Hello bob")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("")


def test_back_brings_nothing_of_the_former_person(person):
    page = person.logged_in("/")
    page.evaluate("localStorage.setItem('draft', 'hers')")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.evaluate("localStorage.getItem('draft')") is None
    log_in(page, "bob")
    expect(page.get_by_text("Hello bob")).to_be_visible()
    for _ in range(2):
        page.go_back()
        expect(page.get_by_text("Hello alice")).to_have_count(0)


def test_what_scripts_have_kept_goes_with_a_440_that_a_person_sees(person):
    page = person.logged_in("/")
    page.evaluate("localStorage.setItem('draft', 'hers')")
    person.demo.clock.advance(KIOSK)
    page.goto(person.demo.url + "/")
    expect(page.get_by_role("link", name="Log in again")).to_be_visible()
    assert page.evaluate("localStorage.getItem('draft')") is None


def test_a_browser_that_was_closed_is_nobodys(person):
    """Its session cookies go with it; nobody is told of an end."""
    page = person.logged_in("/")
    cookies = person.context.cookies()
    assert {each["name"] for each in cookies} == {"session", "session440"}
    assert {each["expires"] for each in cookies} == {-1}, "until the browser is closed"
    page.close()
    person.context.clear_cookies()
    page = person.context.new_page()
    page.goto(person.demo.url + "/")
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_page_that_is_saved_in_time_goes_on(person):
    page = person.logged_in("/")
    person.wait(KIOSK - 60)
    save(page)
    ask(page)
    person.wait(KIOSK - 60)
    assert ask(page) == "active"
