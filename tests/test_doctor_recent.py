"""The doctor on recent logins: paths that never ask, and pages at which nobody can prove it."""

from __future__ import annotations

import types

import pytest
from django.contrib.admin import AdminSite
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.urls import include, path
from examined_sites import HEALTHY_DJANGO, flask_app, ids, project
from flask.views import View

from session440.django import recent as django_recent
from session440.flask import recent
from session440.flask.inspection import site_of

HEALTHY = HEALTHY_DJANGO["SESSION440"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"recent": {"/account/*": "10m"}}, []),
        ({"recent": {"/account/*": 8 * 3600 - 1}}, []),
        ({"recent": {"/account/*": "8h"}}, ["W083"]),
        ({"recent": {"/account/*": "10m", "/pay/*": "1d"}}, ["W083"]),
        # A login that another policy lets live longer is asked, and so is one without an end.
        ({"recent": {"/account/*": "8h"}, "policies": {"long": "nist-aal2"}}, []),
        ({"recent": {"/account/*": "8h"}, "absolute_timeout": None}, []),
    ],
)
def test_a_path_that_no_login_is_old_enough_to_be_asked_at_is_named(options, found):
    given = {f"SESSION440_{name.upper()}": value for name, value in options.items()}
    lasting = {"PERMANENT_SESSION_LIFETIME": 40 * 86400}
    assert ids(site_of(flask_app(**given, **lasting))) == found
    ours = {name.upper(): value for name, value in options.items()}
    with project(SESSION440={**HEALTHY, **ours}, SESSION_COOKIE_AGE=40 * 86400) as site:
        assert ids(site) == found


class Prove(View):
    def dispatch_request(self):
        return "who are you?"


@recent("10m")
class Looping(Prove):
    pass


def app_with(view, **config):
    app = flask_app(**config)
    app.add_url_rule("/prove", "prove", view)
    return site_of(app)


@pytest.mark.parametrize("url", ["/prove", "/prove?first=1", "prove", lambda request: "/prove"])
@pytest.mark.parametrize(
    ("view", "found"),
    [
        (lambda: "who are you?", []),
        (recent("10m")(lambda: "who are you?"), ["E084"]),
        (Prove.as_view("prove"), []),
        (Looping.as_view("prove"), ["E084"]),
    ],
)
def test_a_page_for_the_proof_that_wants_it_is_named_in_flask(url, view, found):
    assert ids(app_with(view, SESSION440_STEP_UP_URL=url)) == found
    assert ids(app_with(view)) == []


def test_the_login_page_is_that_page_where_no_other_is_named():
    app = flask_app()
    app.view_functions["login"] = recent("10m")(app.view_functions["login"])
    assert ids(site_of(app)) == ["E084"]


@pytest.mark.parametrize("url", ["/nowhere", "nowhere", "/nowhere?a=1", lambda request: "/nowhere"])
def test_a_page_for_the_proof_that_is_not_there_is_named(url):
    assert ids(site_of(flask_app(SESSION440_STEP_UP_URL=url))) == ["E064"]
    with project(SESSION440={**HEALTHY, "STEP_UP_URL": url}) as site:
        assert ids(site) == ["E064"]
        (finding,) = site.faults
    assert 'SESSION440["STEP_UP_URL"]' in finding.remedy


def test_a_login_page_that_is_not_there_is_named_once():
    with project(SESSION440={**HEALTHY, "LOGIN_URL": "/nowhere"}) as site:
        assert ids(site) == ["E064"]
    assert ids(site_of(flask_app(SESSION440_LOGIN_URL="/nowhere"))) == ["E064"]


@pytest.mark.parametrize("url", ["https://id.example/prove", "//id.example"])
def test_a_page_of_another_site_is_not_looked_at(url):
    assert ids(site_of(flask_app(SESSION440_STEP_UP_URL=url))) == []
    with project(SESSION440={**HEALTHY, "STEP_UP_URL": url}) as site:
        assert ids(site) == []


def test_a_function_that_needs_more_than_a_request_says_nothing():
    def of_user(request):
        return request.user.page

    assert ids(site_of(flask_app(SESSION440_STEP_UP_URL=of_user))) == []
    with project(SESSION440={**HEALTHY, "STEP_UP_URL": of_user}) as site:
        assert ids(site) == []


@pytest.mark.parametrize(("path", "found"), [("/vault", ["E084"]), ("/login", [])])
def test_a_page_for_the_proof_that_wants_it_is_named_in_django(path, found):
    with project(SESSION440={**HEALTHY, "STEP_UP_URL": path}) as site:
        assert ids(site) == found


def test_a_path_of_the_option_is_no_loop_since_that_page_is_never_asked():
    given = {"SESSION440_RECENT": {"/*": "10m"}, "SESSION440_STEP_UP_URL": "/login"}
    assert ids(site_of(flask_app(**given))) == []


class SendingAway(LoginView):
    redirect_authenticated_user = True


SENDING = LoginView.as_view(redirect_authenticated_user=True)
ASKED = {"RECENT": {"/orders": "10m"}}
MARKED = path("orders", django_recent("10m")(lambda request: HttpResponse("orders")))


def found_by(*patterns, **options):
    """What is found in a project whose URLs are these."""
    urls = types.ModuleType("project_urls")
    urls.urlpatterns = list(patterns)
    ours = {**HEALTHY, "LOGIN_URL": "/in", **options}
    with project(ROOT_URLCONF=urls, SESSION440=ours) as site:
        return ids(site)


@pytest.mark.parametrize("marked", [[], [MARKED], [path("a/", include([MARKED]))]])
@pytest.mark.parametrize("options", [{}, ASKED])
@pytest.mark.parametrize(
    ("view", "is_sending"),
    [
        (SENDING, True),
        (SendingAway.as_view(), True),
        (SendingAway.as_view(redirect_authenticated_user=False), False),
        (LoginView.as_view(), False),
        (lambda request: HttpResponse("who are you?"), False),
    ],
)
def test_a_login_page_that_sends_away_those_who_are_logged_in_is_named_where_it_is_asked_for(
    view, is_sending, options, marked
):
    is_wanted = bool(options or marked)
    found = found_by(path("in", view), *marked, **options)
    assert found == ["W085"] * (is_sending and is_wanted)


def test_an_admin_sites_login_page_sends_people_away_too():
    office = path("desk/", AdminSite().urls)
    assert found_by(office, LOGIN_URL="/desk/login/", **ASKED) == ["W085"]
    assert found_by(office, LOGIN_URL="/desk/login/") == []


def test_another_page_for_the_proof_mends_that():
    pages = path("in", SENDING), path("prove", LoginView.as_view())
    assert found_by(*pages, **ASKED, STEP_UP_URL="/prove") == []
    assert found_by(*pages, **ASKED, STEP_UP_URL="/in") == ["W085"]
