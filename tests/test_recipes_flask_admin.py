"""docs/recipes/flask-admin.md, over a real socket and in a real browser."""

from __future__ import annotations

import pytest
from browsing import ended, log_in_again
from demos import Demo
from flask_babel import Babel
from flask_recipes import fill_in, link_of, load, log_in, token_of
from playwright.sync_api import expect
from serving import serve

# A font whose page goes away while it is sent is closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

IDLE = 20 * 60


@pytest.fixture
def module(clock, tmp_path):
    module = load("flask-admin", tmp_path)
    module.app.config["SESSION440_CLOCK"] = clock
    Babel(module.app)  # it is installed
    with module.app.app_context():
        yield module
        module.db.session.remove()
        module.db.engine.dispose()


def books(module):
    module.db.session.rollback()
    return [(each.title, each.shelf) for each in module.db.session.query(module.Book)]


@pytest.fixture
def served(module, clock):
    with serve(module.app) as url:
        yield Demo("flask-admin", url, clock)


@pytest.fixture
def browser(served):
    return served.browser()


def test_a_login_goes_on_ends_and_leads_back(browser, clock):
    log_in(browser)
    clock.advance(IDLE - 60)
    assert browser.navigate("/admin/book/").status == 200
    clock.advance(IDLE)
    over = browser.navigate("/admin/book/?search=time")
    assert (over.status_line, over["Session440-Cause"]) == ("440 Login Timeout", "idle")
    back = log_in(browser, link_of(over))["Location"]
    assert back == "/admin/book/?search=time"
    assert browser.navigate(back).status == 200


def test_a_visitor_is_sent_to_the_login_page(browser):
    for path in ("/admin/", "/admin/book/"):
        assert browser.navigate(path)["Location"].startswith("/login?next=")


def test_nothing_is_saved_by_a_form_that_meets_the_end(module, browser, clock):
    log_in(browser)
    page = browser.navigate("/admin/book/new/")
    assert page["Cache-Control"] == "no-store"
    clock.advance(IDLE)
    form = token_of(page) | {"title": "Time"}
    assert browser.post("/admin/book/new/", form).status == 440
    assert books(module) == []


def test_to_delete_asks_for_a_recent_login(module, browser, clock):
    module.db.session.add(module.Book(id=1, title="Time"))
    module.db.session.commit()
    log_in(browser)
    clock.advance(5 * 60)
    asked = fill_in(browser, "/admin/book/", {"id": "1"}, to="/admin/book/delete/")
    assert (asked.status, len(books(module))) == (401, 1)
    assert log_in(browser, link_of(asked))["Location"] == "/admin/book/"
    fill_in(browser, "/admin/book/", {"id": "1"}, to="/admin/book/delete/")
    assert books(module) == []


# --- in a browser


def new_book(person):
    page = person.logged_in("/admin/book/new/")
    page.get_by_label("Title").fill("A Brief History of Time")
    return page


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()


@pytest.mark.slow
def test_a_record_that_is_being_edited_is_kept_and_saved(module, person):
    page = new_book(person)
    person.wait(IDLE)
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    save(page)
    expect(page.get_by_text("Record was successfully created.")).to_be_visible()
    assert books(module) == [("A Brief History of Time", "A")]


@pytest.mark.slow
def test_a_cell_that_is_edited_in_the_list_waits_for_its_person(module, person):
    module.db.session.add(module.Book(title="Time", shelf="A"))
    module.db.session.commit()
    page = person.logged_in("/admin/book/")
    person.context.clock.run_for(1000)  # jQuery is ready by a timer
    page.locator("a[data-role=x-editable]").click()
    person.context.clock.run_for(1000)  # and so the field opens
    page.locator(".editable-input input").fill("B")
    person.demo.clock.advance(IDLE)
    page.locator(".editable-submit").click()
    expect(ended(page)).to_be_visible()
    with page.expect_response("**/ajax/update/") as answer:
        log_in_again(page)
    assert answer.value.status == 200
    person.context.clock.run_for(1000)
    expect(page.locator("a[data-role=x-editable]")).to_have_text("B")
    assert books(module) == [("Time", "B")]
