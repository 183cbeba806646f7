"""In a real browser that keeps the pages one has left: who comes back to them."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from browsing import ask, fill_in, launched, log_in, log_in_again, save, shows, warning
from demos import CLAIM, IDLE
from playwright.sync_api import Error, expect

pytestmark = pytest.mark.slow

SAVE = "POST /form"


@pytest.fixture(scope="module")
def chromium(program):
    """Chromium with its back/forward cache, which Playwright switches off."""
    options = {"ignore_default_args": ["--disable-back-forward-cache"]}
    with launched(program("chromium"), **options) as browser:
        yield browser


@pytest.fixture
def person(person):
    """A person at a site that lets browsers keep its pages, which the demos do not."""

    def change(route) -> None:
        answer = route.fetch(max_redirects=0)
        headers = {k: v for k, v in answer.headers.items() if k.lower() != "cache-control"}
        route.fulfill(response=answer, headers=headers)

    person.context.route(re.compile("/(form|public)?$"), change)
    return person


@pytest.fixture
def kept(person, filled):
    """A page that is left, with a form that is filled in, and kept by the browser."""
    mark(filled)
    filled.goto(person.demo.url + "/public")
    return filled


def mark(page) -> None:
    """Have the page say that it was kept, and what it was told when it came back."""
    page.evaluate(
        """addEventListener("pageshow", async ({ persisted }) => {
            if (!persisted) return;
            document.documentElement.dataset.kept = (await session440.status()).state;
        })"""
    )


def back(page) -> None:
    with suppress(Error):  # the page is left before it can answer
        page.evaluate("history.back()")


def is_free(page) -> None:
    """Expect the page from the cache, without a dialog."""
    expect(page.locator("[data-kept=active]")).to_be_attached()
    expect(page.locator("dialog")).to_have_count(0)


def test_whoever_comes_back_while_the_login_lives_goes_on(person, kept, claim):
    back(kept)
    is_free(kept)
    shows(kept, claim)
    save(kept)
    expect(kept.get_by_role("status")).to_have_text("Saved.")


@pytest.mark.parametrize("seconds", [0, 5])
def test_after_a_logout_the_login_page_comes_however_young_the_pages_last_word_is(
    person, kept, seconds
):
    person.wait(seconds)
    kept.evaluate("fetch('/session440/logout', { method: 'POST' })")
    back(kept)
    expect(kept.get_by_label("Password")).to_be_visible()


def test_a_page_that_was_about_to_warn_is_not_left_with_its_warning(person, filled, claim):
    person.wait(IDLE - 20)
    expect(warning(filled)).to_be_visible()
    mark(filled)
    filled.goto(person.demo.url + "/")  # which is activity
    back(filled)
    is_free(filled)
    shows(filled, claim)


def test_another_person_who_goes_back_is_shown_a_page_of_their_own(person, kept):
    person.take_login("bob")
    back(kept)
    shows(kept, dict.fromkeys(CLAIM, ""))


def test_a_page_with_another_persons_name_on_it_is_replaced_once_and_no_second_time(person):
    """Something keeps pages, or parts of them, for whom they are not."""

    def change(route) -> None:
        answer = route.fetch()
        body = re.sub('data-login="[^"]+"', 'data-login="another"', answer.text())
        route.fulfill(response=answer, body=body)

    person.context.route("**/form", change)
    person.take_login("alice")
    page = person.context.new_page()
    loads = []
    with page.expect_event("load", lambda _: loads.append(page) or len(loads) == 2):
        page.goto(person.demo.url + "/form")
    ask(page)
    pages = [each for each in person.asked if each == "GET /form"]
    assert len(pages) == 3, "the page, what a cache has of it, and the page"
    expect(page.get_by_label("Title")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).opacity") == "1"


def test_the_same_persons_next_login_sends_the_form(person, kept, claim):
    person.take_login("alice")
    back(kept)
    is_free(kept)
    save(kept)
    expect(kept.get_by_role("status")).to_have_text("Saved.")
    shows(kept, claim)


def test_after_the_440_to_a_form_one_logs_in_again_and_goes_back_to_what_was_typed(
    person, filled, claim
):
    """As the page of the 440 says. The login page opens in a window that closes itself."""
    person.lose_login()
    save(filled)
    expect(filled.get_by_text("Log in again, then go back in your browser")).to_be_visible()
    log_in_again(filled)
    back(filled)
    shows(filled, claim)
    save(filled)
    expect(filled.get_by_role("status")).to_have_text("Saved.")
    shows(filled, claim)


def test_without_javascript_one_goes_back_to_what_was_typed_too(people, claim):
    person = people(java_script_enabled=False)
    person.take_login("alice")
    page = person.context.new_page()
    page.goto(person.demo.url + "/form")
    fill_in(page, claim)
    person.lose_login()
    save(page)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Log in again").click()
    log_in(opened.value)
    opened.value.wait_for_url("**/form")
    opened.value.close()
    page.go_back()
    shows(page, claim)
    save(page)
    expect(page.get_by_role("status")).to_have_text("Saved.")
