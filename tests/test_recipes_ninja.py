"""docs/recipes/ninja.md, as a project of its own with django-ninja, under WSGI and ASGI."""

from __future__ import annotations

import pytest
from django_recipes import IDLE, hidden, is_440, logs_in_again, served

AJAX = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


@pytest.fixture(scope="module", params=["gunicorn", "uvicorn"])
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ninja")
    with served("ninja", folder, "/admin/login/", server=request.param) as site:
        yield site


def posting(site, browser):
    token = hidden(browser.navigate("/admin/password_change/"))["csrfmiddlewaretoken"]
    return {**AJAX, "X-CSRFToken": token, "Origin": site.url}


@pytest.mark.parametrize("page", ["/api/me", "/api/slow"])
def test_an_api_lasts_with_activity_ends_without_and_begins_again(site, page):
    browser = site.logged_in()
    for _ in range(3):
        site.clock.advance(IDLE - 100)
        assert browser.get(page, **AJAX).json == {"name": "alice"}
    site.clock.advance(IDLE)
    answer = browser.get(page, **AJAX, Referer=site.url + "/admin/")
    assert is_440(answer)
    assert answer.json["login_url"] == "/admin/login/?next=%2Fadmin%2F"
    answer = browser.navigate("/admin/")
    assert is_440(answer)
    assert logs_in_again(browser, answer) == "/admin/"
    assert browser.get(page, **AJAX).json == {"name": "alice"}


def test_a_visitor_has_no_login_that_could_have_ended(site):
    assert site.browser().get("/api/me", **AJAX).status == 401


def test_programs_with_tokens_are_left_alone(site):
    """Also beside the cookie of a login that has ended."""
    browser, program = site.logged_in(), site.browser()
    header = {**AJAX, "Authorization": "Bearer a long random text"}
    for each in (program, browser):
        assert each.get("/api/me", **header).status == 200
        site.clock.advance(IDLE)
    assert browser.get("/api/me", **header).json == {"name": "a program"}
    assert browser.get("/api/me", **AJAX | {"Authorization": "Bearer no"}).status == 401
    assert not any(each["Set-Cookie"] for each in program.answers)
    assert is_440(browser.navigate("/api/me"))


def test_what_polls_keeps_nobody_logged_in(site):
    browser = site.logged_in()
    for _ in range(4):
        assert browser.get("/api/unread", **AJAX).json == {"count": 3}
        site.clock.advance(IDLE / 4)
    assert is_440(browser.get("/api/unread", **AJAX))


def test_an_operation_ends_the_login_by_an_exception(site):
    browser = site.logged_in()
    assert is_440(browser.post("/api/reload", **posting(site, browser)), "credential")
    assert browser.get("/session440/status").json["state"] != "active"


def test_an_operation_wants_a_recent_login(site):
    browser = site.logged_in()
    header = posting(site, browser)
    assert browser.post("/api/payout", **header).json == {"paid": True}
    site.clock.advance(600)
    answer = browser.post("/api/payout", **header)
    assert answer.status == 401
    assert answer.json["type"] == "urn:problem:session440:step-up"


def test_the_openapi_document_tells_of_the_440(site):
    document = site.browser().get("/api/openapi.json").json
    told = document["paths"]["/api/me"]["get"]["responses"]["440"]
    schema = told["content"]["application/problem+json"]["schema"]
    browser = site.logged_in()
    site.clock.advance(IDLE)
    answer = browser.get("/api/me", **AJAX)
    assert set(schema["required"]) <= set(answer.json) <= set(schema["properties"])
