"""docs/recipes/single-page-app.md, in a real browser: React and axios, bundled as the page says."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest
from browsing import ask, ended, log_in, log_in_again, save
from flask_recipes import blocks, lay_out, recipe
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

IDLE = 20 * 60
PAGE = "single-page-app"
NOTES = "POST /api/notes"


@pytest.fixture(scope="module")
def bundled(npm_packages, tmp_path_factory):
    """The page's files, with what its command makes of them."""
    folder = tmp_path_factory.mktemp("single_page_app")
    lay_out(PAGE, folder)
    (folder / "node_modules").symlink_to(npm_packages)
    [command] = blocks(PAGE, "console")
    whole = shlex.split(command.removeprefix("$ "))
    for each in (whole, shlex.split(command.removeprefix("$ ").replace("app.j", "plain.j"))):
        subprocess.run(each, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def served(clock, bundled):
    with recipe(PAGE, bundled, clock) as demo:
        yield demo


def logged_in(person, name="alice"):
    page = person.tab("/login")
    with page.expect_response("**/api/notes"):  # before the time is changed
        log_in(page, name)
    ask(page)
    return page


def note(page, text):
    page.get_by_label("Note").fill(text)
    save(page)


def test_a_call_that_meets_the_end_is_made_once_more(person):
    page = logged_in(person)
    note(page, "first")
    expect(page.get_by_role("listitem")).to_have_text(["first"])
    person.demo.clock.advance(IDLE)
    note(page, "second")
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(page.get_by_role("listitem")).to_have_text(["first", "second"])
    expect(page.get_by_label("Note")).to_have_value("second")
    expect(page.get_by_role("status")).to_be_empty()
    assert person.asked.count(NOTES) == 3


def test_what_is_typed_when_the_time_runs_out_stays(person):
    page = logged_in(person)
    page.get_by_label("Note").fill("half a sentence")
    person.wait(IDLE)
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    save(page)
    expect(page.get_by_role("listitem")).to_have_text(["half a sentence"])
    assert person.asked.count(NOTES) == 1


def test_somebody_else_sees_nothing_of_the_page(person):
    page = logged_in(person)
    page.get_by_label("Note").fill("for nobody's eyes")
    person.demo.clock.advance(IDLE)
    save(page)
    expect(ended(page)).to_be_visible()
    with page.expect_navigation(url="**/"):
        log_in_again(page, "bob")
    expect(page.get_by_label("Note")).to_have_value("")
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert person.asked.count(NOTES) == 1, "hers, which was answered 440"


def test_a_visitor_logs_in_with_a_wrong_password_first(person):
    page = person.tab("/")
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert [each for each in person.complaints if "403" in each]
    person.complaints.clear()
    log_in(page)
    expect(page.get_by_label("Note")).to_be_visible()


def test_a_poll_keeps_nobody_logged_in(person):
    page = logged_in(person)
    person.demo.clock.advance(IDLE - 60)
    assert page.evaluate("fetch('/api/unread').then(({ status }) => status)") == 200
    person.demo.clock.advance(60)
    page.evaluate("void fetch('/api/unread')")
    expect(ended(page)).to_be_visible()


@pytest.fixture
def plain(person):
    """The app with its interceptor, and without the script."""
    page = logged_in(person)

    def change(route):
        answer = route.fetch()
        text = answer.text().replace("app.js", "plain.js")
        route.fulfill(response=answer, body=re.sub("<script .*client.js.*>", "", text))

    page.route("**/", change)
    with page.expect_response("**/api/notes"):
        page.reload()
    expect(page.get_by_label("Note")).to_be_visible()
    return page


def test_an_interceptor_asks_and_the_person_comes_back(person, plain):
    asked = []
    plain.on("dialog", lambda dialog: asked.append(dialog.message) or dialog.accept())
    person.demo.clock.advance(IDLE)
    with plain.expect_navigation(url="**/login?next=%2F"):
        note(plain, "first")
    assert asked == ["You were signed out after 20 minutes without activity. Log in again?"]
    log_in(plain)
    expect(plain.get_by_label("Note")).to_be_visible()


def test_an_interceptor_that_is_refused_passes_the_error_on(person, plain):
    plain.on("dialog", lambda dialog: dialog.dismiss())
    person.demo.clock.advance(IDLE)
    note(plain, "first")
    expect(plain.get_by_role("status")).to_have_text("Request failed with status code 440")
    expect(plain.get_by_label("Note")).to_have_value("first")
