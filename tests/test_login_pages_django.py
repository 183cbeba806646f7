"""Where a Django project lets people log in, if LOGIN_URL says so or not."""

from __future__ import annotations

import types

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from django_logins import IDLE, is_440, logged_in
from examined_sites import ids

from session440.django import get_engine
from session440.django.inspection import site_of_project
from session440.http.login_paths import warn_of_login_url

pytestmark = pytest.mark.usefixtures("django_clock")
JSON = {"Accept": "application/json"}


@pytest.fixture
def project():
    """Set the project's URLs: ``project(path(...), LOGIN_URL=...)``."""
    overridden = []

    def set_up(*patterns, **settings):
        urls = [
            path("orders", lambda request: HttpResponse("orders")),
            path("plain", lambda request: HttpResponse("plain")),
            *patterns,
        ]
        module = types.ModuleType("project_urls")
        module.urlpatterns = urls
        overridden.append(override_settings(ROOT_URLCONF=module, **settings))
        overridden[-1].enable()

    warn_of_login_url.cache_clear()
    yield set_up
    for each in reversed(overridden):
        each.disable()


class Plain(LoginView):
    """Without a template."""

    def render_to_response(self, context, **response_kwargs):
        return HttpResponse("who are you?")


def view():
    return Plain.as_view()


def office(name):
    return admin.AdminSite(name=name).urls


def login_url(clock, page="/orders"):
    client = logged_in()
    clock.advance(IDLE)
    answer = client.get(page, headers=JSON)
    is_440(answer)
    return answer.json()["login_url"].partition("?")[0]


DEFAULT = "/accounts/login/"


def test_the_only_login_view_is_the_login_page(project, clock):
    project(path("cms/enter", view(), name="enter"), LOGIN_URL=DEFAULT)
    assert login_url(clock) == "/cms/enter"


def test_login_url_goes_before_what_is_found(project, clock):
    pages = path("enter", view(), name="enter"), path("accounts/login/", view(), name="usual")
    project(*pages, LOGIN_URL=DEFAULT)
    assert login_url(clock) == DEFAULT
    project(*pages, LOGIN_URL="enter")
    assert login_url(clock) == "/enter"


def test_a_project_of_one_admin_logs_in_there(project, clock):
    project(path("desk/", office("desk")), LOGIN_URL=DEFAULT)
    assert login_url(clock) == "/desk/login/"
    assert site_of_project().notes == (
        "No setting says where people log in, so /desk/login/ is assumed. Set LOGIN_URL to say it.",
    )


def test_of_two_none_is_guessed_and_both_are_open(project, clock, caplog):
    project(
        path("a/", include(([path("in", view(), name="in")], "a"))),
        path("b/", include(([path("in", view(), name="in")], "b"))),
        LOGIN_URL=DEFAULT,
    )
    assert [login_url(clock), login_url(clock)] == [DEFAULT] * 2
    for page in ("/a/in", "/b/in"):
        client = logged_in()
        clock.advance(IDLE)
        assert client.post(page, {"username": "alice"}).status_code == 200
    assert ids(site_of_project()).count("E064") == 1
    (finding,) = [each for each in site_of_project().faults if each.id.endswith("E064")]
    assert "one of /a/in, /b/in" in finding.remedy
    said = [each for each in caplog.records if f"no page at {DEFAULT}" in each.getMessage()]
    assert len(said) == 1


@pytest.mark.parametrize("base", ["/desk/", "/office/", "/de/intl/", "/en/intl/"])
def test_scripts_are_given_the_login_page_of_the_admin_they_are_in(project, clock, base):
    """By the page that asks: status and logout, as the 440 itself, in every language."""
    admins = path("desk/", office("desk")), path("office/", office("office"))
    project(*admins, *i18n_patterns(path("intl/", office("intl"))), LOGIN_URL="/orders")
    script = {**JSON, "Referer": f"http://testserver{base}", "Session440-Client": "?1"}
    client = logged_in()
    told = client.get("/session440/status", headers=script).json()
    assert told["relogin_url"] == f"{base}login/?next=%2Fsession440%2Fback"
    clock.advance(IDLE)
    told = client.get("/session440/status", headers=script).json()
    assert told["login_url"].startswith(f"{base}login/?next=%2F")
    own = {**script, "Origin": "http://testserver"}
    out = logged_in().post("/session440/logout", headers=own).json()
    assert out["login_url"] == f"{base}login/"


@pytest.mark.parametrize("name", ["login", "signin", "sign_in", "log_in"])
def test_a_login_by_json_is_open_at_once(project, clock, name):
    """By its name in the URL configuration, or by its path."""
    answer = lambda request: HttpResponse("in")  # noqa: E731  # one for each path
    pages = path("api/token", answer, name=name), path(f"api/{name}", answer)
    project(*pages, LOGIN_URL="/orders")
    for page in ("/api/token", f"/api/{name}"):
        client = logged_in()
        clock.advance(IDLE)
        assert client.post(page, headers=JSON).content == b"in"


@pytest.mark.parametrize("page", ["/leave", "/logout", "/de/leave-here"])
def test_a_logout_is_never_where_people_come_back_to(project, clock, page):
    """By its view or its name: after the login it would end it at once."""
    out = LogoutView.as_view()
    project(
        path("leave", out),
        path("logout", lambda request: HttpResponse("out")),
        *i18n_patterns(path("leave-here", out)),
        LOGIN_URL="/enter",
    )
    client = logged_in()
    clock.advance(IDLE)
    answer = client.post("/orders", headers={**JSON, "Referer": f"http://testserver{page}"})
    assert answer.json()["login_url"] == "/enter"


def test_origins_that_django_trusts_may_extend(clock):
    """Behind a proxy that drops the port, the owner has mended Django's own check already."""
    client = logged_in()
    origin = {"Origin": "http://testserver:8080"}
    assert client.post("/session440/extend", headers=origin).status_code == 403
    for trusted in ("http://testserver:8080", "http://*.example.org"):
        with override_settings(CSRF_TRUSTED_ORIGINS=[trusted]):
            at = {"Origin": trusted.replace("*", "www")}
            assert client.post("/session440/extend", headers=at).status_code == 200
            other = {"Origin": "http://www.example.net"}
            assert client.post("/session440/extend", headers=other).status_code == 403
    assert get_engine().settings.trusted_origins == ()


def test_an_own_function_that_needs_more_than_the_doctor_has_is_let_be(project):
    """It may look at the person, or the tenant, of a real request."""
    for function, is_named in (
        (lambda request: request.user.login_url, False),
        (lambda request: "/nowhere", True),
        (lambda request: f"{request.path}orders", False),
    ):
        project(SESSION440={"LOGIN_URL": function})
        assert ("E064" in ids(site_of_project())) is is_named
