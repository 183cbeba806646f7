"""docs/recipes/drf.md, as a project of its own with Django REST framework."""

from __future__ import annotations

import json
import shlex

import pytest
from django_recipes import IDLE, console_of, hidden, is_440, login_link, logs_in_again, served

GROUPS = "/api/groups/"
AJAX = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with served("drf", tmp_path_factory.mktemp("drf"), "/api-auth/login/") as site:
        yield site


def token_of(site, name="alice"):
    code = (
        "from django.contrib.auth.models import User as U\n"
        "from rest_framework.authtoken.models import Token as T\n"
        f"print(T.objects.get_or_create(user=U.objects.get(username={name!r}))[0].key)"
    )
    return site.manage("shell", "-v0", "-c", code).strip()


def test_an_api_lasts_with_activity_ends_without_and_begins_again(site):
    browser = site.logged_in()
    for _ in range(3):
        site.clock.advance(IDLE - 100)
        assert browser.get(GROUPS, **AJAX).json == []
    site.clock.advance(IDLE)
    page = {"Referer": site.url + "/admin/?page=2"}
    answer = browser.get(GROUPS, **AJAX, **page)
    assert is_440(answer)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json["login_url"] == "/api-auth/login/?next=%2Fadmin%2F%3Fpage%3D2"
    answer = browser.navigate(GROUPS)
    assert is_440(answer)
    assert logs_in_again(browser, answer) == GROUPS
    assert browser.get(GROUPS, **AJAX).json == []


def test_the_browsable_api_is_answered_with_a_page_that_leads_back(site):
    browser = site.logged_in()
    assert "Django REST framework" in browser.navigate(GROUPS).text
    site.clock.advance(IDLE)
    answer = browser.navigate(GROUPS)
    assert is_440(answer)
    assert login_link(answer) == "/api-auth/login/?next=%2Fapi%2Fgroups%2F"


def test_a_post_after_the_end_is_not_carried_out(site):
    browser = site.logged_in()
    token = hidden(browser.navigate(GROUPS))["csrfmiddlewaretoken"]
    post = {**AJAX, "X-CSRFToken": token, "Content-Type": "application/json"}
    assert browser.request("POST", GROUPS, post, b'{"name": "in time"}').status == 201
    site.clock.advance(IDLE)
    assert is_440(browser.request("POST", GROUPS, post, b'{"name": "too late"}'))
    names = [each["name"] for each in site.logged_in().get(GROUPS, **AJAX).json]
    assert names == ["in time"]


def test_a_visitor_has_no_login_that_could_have_ended(site):
    assert site.browser().get(GROUPS, **AJAX).status == 403


def test_programs_with_tokens_are_left_alone(site):
    program, header = site.browser(), {"Authorization": f"Token {token_of(site)}"}
    for _ in range(2):
        assert program.get(GROUPS, **header).status == 200
        assert program.get("/api/export/", **header).json == {"for": "alice"}
        site.clock.advance(30 * 24 * 3600)
    assert program.cookies == {}
    assert not any(each["Set-Cookie"] for each in program.answers)


def test_a_token_beside_the_cookie_of_an_ended_login_counts(site):
    browser, header = site.logged_in(), {"Authorization": f"Token {token_of(site)}"}
    site.clock.advance(IDLE)
    assert browser.get(GROUPS, **header, **AJAX).status == 200
    assert browser.get("/api/export/", **AJAX).status == 401
    assert is_440(browser.navigate(GROUPS))


def test_a_polled_action_of_a_viewset_keeps_nobody_logged_in(site):
    browser = site.logged_in()
    for _ in range(4):
        assert browser.get(GROUPS + "count/", **AJAX).status == 200
        site.clock.advance(IDLE / 4)
    assert is_440(browser.get(GROUPS + "count/", **AJAX))


def test_a_view_ends_the_login_by_an_exception(site):
    browser = site.logged_in()
    token = hidden(browser.navigate(GROUPS))["csrfmiddlewaretoken"]
    answer = browser.post(GROUPS + "reload/", **AJAX, **{"X-CSRFToken": token})
    assert is_440(answer, "credential")
    assert browser.get("/session440/status").json["state"] != "active"
    assert browser.navigate("/api-auth/login/").status == 200
    assert browser.get(GROUPS, **AJAX).status == 403


def test_the_openapi_document_tells_of_the_440(site):
    (command,) = console_of("drf")
    program, manage, *arguments = shlex.split(command)
    assert (program, manage) == ("python", "manage.py")
    site.manage(*arguments, "--format", "openapi-json")
    document = json.loads((site.folder / "schema.yml").read_text())
    told = document["paths"][GROUPS]["get"]["responses"]["440"]
    schema = told["content"]["application/problem+json"]["schema"]
    browser = site.logged_in()
    site.clock.advance(IDLE)
    answer = browser.get(GROUPS, **AJAX)
    assert set(answer.json) <= set(schema["properties"])
    assert set(schema["required"]) <= set(answer.json)
    assert answer["Session440-Cause"] in told["headers"]["Session440-Cause"]["schema"]["enum"]
    assert answer.json.keys() == told["content"]["application/problem+json"]["example"].keys()
    assert "440" not in document["paths"]["/api/export/"]["get"]["responses"]
