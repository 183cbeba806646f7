"""docs/recipes/service-worker.md, in a real browser with a real service worker."""

from __future__ import annotations

import pytest
from browsing import ask, ended, log_in, log_in_again, save
from flask_recipes import recipe
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

IDLE = 20 * 60
#: Of the worker, what it keeps.
KEPT = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const { url } of await cache.keys()) found.push(new URL(url).pathname);
    }
    return found;
}"""


@pytest.fixture
def served(clock, tmp_path):
    with recipe("service-worker", tmp_path, clock) as demo:
        yield demo


@pytest.fixture
def page(person):
    return page_with_worker(person)


def page_with_worker(person):
    """Open a page whose calls go through its worker."""
    page = person.logged_in("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    page.reload()
    ask(page)
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    return page


def get(page, path):
    return page.evaluate("(path) => fetch(path).then(({ status }) => status)", path)


def test_a_call_that_meets_the_end_waits_behind_the_worker_too(person, page):
    person.demo.clock.advance(IDLE)
    page.get_by_role("button", name="News").click()
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(page.get_by_role("status")).to_have_text("for alice")
    assert page.evaluate(KEPT) == []


def test_a_form_is_kept_and_sent_with_the_new_login(person, page):
    page.get_by_label("Text").fill("not lost")
    person.wait(IDLE)
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    save(page)
    expect(page.get_by_role("status")).to_have_text("not lost")


def test_a_navigation_shows_the_page_of_the_440(person, page):
    person.demo.clock.advance(IDLE)
    with page.expect_navigation() as answer:
        page.evaluate("location.assign('/?page=2')")
    assert (answer.value.status, answer.value.from_service_worker) == (440, True)
    expect(page.get_by_text("20 minutes without activity")).to_be_visible()
    page.get_by_role("link", name="Log in again").click()
    log_in(page)
    expect(page.get_by_label("Text")).to_be_visible()
    assert page.evaluate(KEPT) == []


def test_only_what_is_for_everybody_is_kept_and_served_offline(person, page):
    for path in ("/api/news", "/api/terms"):
        assert get(page, path) == 200
    assert page.evaluate(KEPT) == ["/api/terms"]
    person.context.set_offline(True)
    assert get(page, "/api/terms") == 200
    assert page.evaluate("fetch('/api/news').then(() => 'answered', () => 'failed')") == "failed"
    person.context.set_offline(False)
    person.complaints.clear()


def test_a_worker_that_keeps_every_answer_keeps_440s(person, tmp_path):
    """What the rule is for: cache.put() takes any status, no-store or not."""
    worker = tmp_path / "static/worker.js"
    worker.write_text(worker.read_text().replace("status === 200 &&", "true ||"))
    page = page_with_worker(person)
    person.demo.clock.advance(IDLE)
    page.get_by_role("button", name="News").click()
    expect(ended(page)).to_be_visible()
    kept = "caches.match('/api/news', { ignoreVary: true }).then(({ status }) => status)"
    assert page.evaluate(kept) == 440
