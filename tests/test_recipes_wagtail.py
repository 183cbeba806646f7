"""docs/recipes/wagtail.md, as a project of its own with Wagtail."""

from __future__ import annotations

import re

import pytest
from browsing import Person, come_back, ended, is_free
from django_recipes import (
    IDLE,
    PASSWORD,
    hidden,
    is_440,
    login_link,
    logs_in_again,
    sent_from,
    served,
)
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

EDIT = "/cms/pages/2/edit/"
AJAX = {"X-Requested-With": "XMLHttpRequest", "Sec-Fetch-Mode": "cors", "Accept": "*/*"}
#: Wagtail's 150 migrations take half a minute: its tables are made at once, and its pages by hand.
QUICK = """
LABELS = ["wagtail" + each for each in ("core", "admin", "images", "docs", "users", "embeds")]
LABELS += ["wagtailforms", "wagtailredirects", "wagtailsnippets", "wagtailsearch", "taggit"]
MIGRATION_MODULES = dict.fromkeys(LABELS)
WAGTAILSEARCH_BACKENDS = {
    "default": {"BACKEND": "wagtail.search.backends.database", "AUTO_UPDATE": False}
}
"""
PAGES = """
from wagtail.models import Collection, Locale, Page, Site
Locale.objects.create(language_code="en")
root = Page.add_root(title="Root", slug="root")
page = root.add_child(instance=Page(title="Welcome", slug="home"))
Site.objects.create(hostname="localhost", root_page=page, is_default_site=True)
Collection.add_root(name="Root")
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with served("wagtail", tmp_path_factory.mktemp("wagtail"), "/cms/login/", QUICK) as site:
        site.manage("shell", "-v0", "-c", PAGES)
        yield site


def test_a_login_lasts_with_activity_ends_without_and_begins_again(site):
    editor = site.logged_in()
    for _ in range(3):
        site.clock.advance(IDLE - 100)
        assert editor.navigate(EDIT).status == 200
    site.clock.advance(IDLE)
    answer = editor.navigate(EDIT)
    assert is_440(answer)
    assert login_link(answer) == "/cms/login/?next=%2Fcms%2Fpages%2F2%2Fedit%2F"
    assert logs_in_again(editor, answer) == EDIT
    assert editor.navigate(EDIT).text.count("/session440/client.js") == 1


def test_the_site_is_for_anybody_after_the_end_too(site):
    editor = site.logged_in()
    site.clock.advance(IDLE)
    assert editor.navigate("/").status == 200
    assert is_440(editor.navigate("/cms/"))


def ping_of(page):
    return re.search(r'"(/cms/editing-sessions/ping/[^"]+)"', page.text)[1]


def test_the_editors_question_who_else_is_there_keeps_nobody_logged_in(site):
    editor = site.logged_in()
    page = editor.navigate(EDIT)
    token = {"csrfmiddlewaretoken": hidden(page)["csrfmiddlewaretoken"]}
    header = {**AJAX, **sent_from(editor, EDIT), "Sec-Fetch-Mode": "cors"}
    for _ in range(3):
        site.clock.advance(IDLE / 3)
        editor.post(ping_of(page), token, **header)
    assert is_440(editor.navigate(EDIT))


def test_calls_of_the_editor_are_told(site):
    editor = site.logged_in()
    site.clock.advance(IDLE)
    answer = editor.get("/cms/choose-page/", **AJAX, Referer=site.url + EDIT)
    assert is_440(answer)
    assert answer.json["login_url"] == "/cms/login/?next=%2Fcms%2Fpages%2F2%2Fedit%2F"


def test_a_form_that_comes_too_late_is_not_saved(site):
    editor = site.logged_in()
    form = hidden(editor.navigate(EDIT)) | {"title": "too late", "slug": "late"}
    site.clock.advance(IDLE)
    assert is_440(editor.post(EDIT, form, **sent_from(editor, EDIT)))
    assert "too late" not in site.logged_in().navigate(EDIT).text


# --- in a browser


@pytest.fixture
def person(chromium, site):
    person = Person(site, chromium.new_context())
    yield person
    person.context.close()


def log_in(page):
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_the_editor_outlives_its_login(person, site):
    """What was typed is there after it, and saved."""
    page = person.tab("/cms/login/?next=" + EDIT)
    log_in(page)
    title = page.locator("[name=title]")
    title.wait_for()
    person.sleep_through(IDLE)
    come_back(page)
    expect(ended(page)).to_be_visible()
    title.evaluate("(field) => { field.value = 'Typed before the end'; }")
    page.bring_to_front()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Log in again").click()
    with opened.value.expect_event("close"):
        log_in(opened.value)
    is_free(page)
    expect(title).to_have_value("Typed before the end")
    with page.expect_navigation():
        page.locator("#page-edit-form").evaluate("(form) => form.requestSubmit()")
    assert "Typed before the end" in site.logged_in().navigate(EDIT).text
