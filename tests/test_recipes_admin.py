"""docs/recipes/django-admin.md, as a project of its own with Django's admin."""

from __future__ import annotations

import pytest
from browsing import Person, come_back, ended, is_free
from django_recipes import (
    IDLE,
    PASSWORD,
    console_of,
    fill_in,
    hidden,
    is_440,
    login_link,
    logs_in_again,
    served,
)
from playwright.sync_api import expect

ADD = "/admin/auth/group/add/"
GROUPS = "/admin/auth/group/"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with served("django-admin", tmp_path_factory.mktemp("admin"), "/admin/login/") as site:
        yield site


def test_a_login_lasts_with_activity_ends_without_and_begins_again(site):
    browser = site.logged_in()
    for _ in range(3):
        site.clock.advance(IDLE - 100)
        assert browser.navigate(GROUPS).status == 200
    site.clock.advance(IDLE)
    answer = browser.navigate(GROUPS + "?q=a")
    assert is_440(answer)
    assert logs_in_again(browser, answer) == GROUPS + "?q=a"
    assert browser.navigate(GROUPS + "?q=a").status == 200


def test_a_form_that_comes_too_late_is_not_saved_and_leads_back_to_it(site):
    browser = site.logged_in()
    form = hidden(browser.navigate(ADD)) | {"name": "too late"}
    site.clock.advance(IDLE)
    answer = browser.post(ADD, form, Accept="text/html", Referer=site.url + ADD)
    assert is_440(answer)
    assert login_link(answer) == "/admin/login/?next=%2Fadmin%2Fauth%2Fgroup%2Fadd%2F"
    assert "too late" not in site.logged_in().navigate(GROUPS).text


def test_its_calls_are_told_where_to_log_in(site):
    browser = site.logged_in()
    site.clock.advance(IDLE)
    call = {"X-Requested-With": "XMLHttpRequest", "Referer": site.url + ADD}
    answer = browser.get("/admin/autocomplete/?term=a", **call)
    assert is_440(answer)
    assert answer.json["login_url"] == "/admin/login/?next=%2Fadmin%2Fauth%2Fgroup%2Fadd%2F"


def test_login_url_is_the_admins(site):
    browser = site.logged_in()
    site.clock.advance(IDLE)
    assert login_link(browser.navigate("/no-page-of-the-admin")).startswith("/admin/login/?next=")


def test_every_page_of_the_admin_has_the_script_and_looks_as_before(site):
    page = site.logged_in().navigate(ADD + "?_popup=1").text
    assert page.count("/session440/client.js") == 1
    assert "Django site admin</title>" in page
    assert "/session440/client.js" in site.browser().navigate("/admin/login/").text


def test_its_page_of_logins_shows_them_and_ends_them(site):
    (command,) = console_of("django-admin")
    site.manage(*command.removeprefix("python manage.py ").split())
    boss, other = site.logged_in(), site.logged_in("bob")
    other.navigate("/admin/")
    logins = "/admin/session440/login/?state=live&q=bob"
    page = boss.navigate(logins).text
    key = page.split('name="_selected_action" value="')[1].split('"')[0]
    form = {"action": "revoke", "_selected_action": key}
    assert fill_in(boss, logins, **form).status == 302
    assert is_440(other.navigate("/admin/"), "revoked")


# --- in a browser


@pytest.fixture
def person(chromium, site):
    person = Person(site, chromium.new_context())
    yield person
    person.context.close()
    assert person.complaints == []


def log_in(page, name="alice"):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def log_in_again(page, name="alice"):
    page.bring_to_front()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Log in again").click()
    with opened.value.expect_event("close"):
        log_in(opened.value, name)


@pytest.fixture
def filled(person):
    page = person.tab(ADD)
    log_in(page)
    page.get_by_label("Name").fill("Clockmakers")
    person.sleep_through(IDLE)
    come_back(page)
    expect(ended(page)).to_be_visible()
    person.asked.clear()
    return page


@pytest.mark.slow
def test_a_form_of_the_admin_outlives_its_login(person, filled):
    log_in_again(filled)
    is_free(filled)
    expect(filled.get_by_label("Name")).to_have_value("Clockmakers")
    filled.get_by_role("button", name="Save", exact=True).click()
    expect(filled.get_by_text("was added successfully")).to_be_visible()
    assert person.asked.count("POST " + ADD) == 1


@pytest.mark.slow
def test_another_person_sees_nothing_of_it(person, filled):
    with filled.expect_navigation():
        log_in_again(filled, "bob")
    expect(filled.get_by_text("Clockmakers")).to_have_count(0)
    assert "POST " + ADD not in person.asked
