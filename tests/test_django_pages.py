"""Login pages, the admin's among them, public pages and static files of a Django site."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import clear_script_prefix, set_script_prefix
from django_logins import IDLE, is_440, logged_in

pytestmark = pytest.mark.usefixtures("django_clock")


# --- login pages, and the admin


def test_a_site_with_only_the_admin_works_as_it_is(clock):
    """Pages under the admin send people to the admin's own login page."""
    client = logged_in()
    User.objects.filter(username="alice").update(is_superuser=True)
    assert client.get("/admin/").status_code == 200
    clock.advance(IDLE)
    answer = client.get("/admin/auth/user/?q=x", headers={"Accept": "application/json"})
    is_440(answer)
    assert answer.json()["login_url"] == "/admin/login/?next=%2Fadmin%2Fauth%2Fuser%2F%3Fq%3Dx"
    is_440(client.get("/admin/", headers={"Accept": "text/html"}))
    assert client.get("/admin/").status_code == 302


def test_admin_login_page_is_never_blocked(clock):
    client = logged_in()
    for method in (client.get, client.post):
        clock.advance(IDLE)
        answer = method("/admin/login/")
        assert answer.status_code == 200
        client = logged_in()
    unknown = client.get("/admin/no/such/page", headers={"Accept": "application/json"})
    assert unknown.status_code == 404


def test_login_url_that_leads_nowhere_is_no_500(clock):
    """LOGIN_URL may name a URL that this project never had."""
    with override_settings(LOGIN_URL="nowhere"):
        client = logged_in()
        clock.advance(IDLE)
        is_440(client.get("/plain"))


def test_admin_login_page_is_one_beside_the_sites_own(clock):
    """With a login page of the site's own, the admin's is still one."""
    with override_settings(SESSION440={"CLOCK": clock, "LOGIN_URL": "/sign-in"}):
        client = logged_in()
        clock.advance(IDLE)
        answer = client.get("/admin/login/")
        assert answer.status_code == 200
        assert answer.cookies["sessionid440"].value == ""  # nothing is left to be told


def test_app_called_admin_without_a_login_page_is_no_500(clock):
    """Its pages send people where LOGIN_URL says."""
    with override_settings(ROOT_URLCONF="odd_urls"):
        client = logged_in()
        clock.advance(IDLE)
        answer = client.get("/own-admin/page", headers={"Accept": "application/json"})
        is_440(answer)
        assert answer.json()["login_url"] == "/login?next=%2Fown-admin%2Fpage"


def test_login_views_are_known_beneath_a_script_name(clock):
    with override_settings(ROOT_URLCONF="odd_urls"):
        client = logged_in()
        clock.advance(IDLE)
        set_script_prefix("/app/")  # as the handler of a real server does
        try:
            answer = client.get("/deep/sign-in", SCRIPT_NAME="/app")
        finally:
            clear_script_prefix()
        assert answer.status_code == 200
        assert answer.cookies["sessionid440"].value == ""


def test_login_views_are_login_pages_wherever_they_are(clock):
    with override_settings(ROOT_URLCONF="odd_urls"):
        client = logged_in()
        clock.advance(IDLE)
        data = {"username": "bob", "password": "wonderland", "next": "/show"}
        assert client.post("/deep/sign-in", data).status_code == 302
        assert client.get("/show").content == b"shown to bob"


# --- public pages


def test_public_page_judges_the_login_once_it_asks(clock):
    """A live ticket beside another session shows nobody's name (fail closed)."""
    options = {"CLOCK": clock, "PUBLIC": ["/public", "/direct"]}
    with override_settings(SESSION440=options, ROOT_URLCONF="odd_urls"):
        stale = logged_in()
        stale.get("/plain")
        clock.advance(IDLE)
        fresh = logged_in("bob")
        fresh.get("/plain")
        stale.cookies["sessionid440"] = fresh.cookies["sessionid440"].value
        for path in ("/public", "/direct"):
            again = Client()
            for name, morsel in stale.cookies.items():
                again.cookies[name] = morsel.value
            assert again.get(path).content in (b"shown to nobody", b"None")


def test_visit_of_a_public_page_judges_too(clock):
    """request.session440 names nobody once the session is gone, as request.user does."""
    options = {"CLOCK": clock, "PUBLIC": ["/visit"]}
    with override_settings(ROOT_URLCONF="odd_urls", SESSION440=options):
        client = logged_in()
        assert client.get("/visit").content.startswith(b"visit of ")
        assert client.get("/visit").content != b"visit of None"
        del client.cookies["sessionid"]
        assert client.get("/visit").content == b"visit of None"


def test_public_page_that_streams_judges_the_login_once_it_asks(clock):
    """The headers have gone by then; the name is still nobody's."""
    options = {"CLOCK": clock, "PUBLIC": ["/stream"]}
    with override_settings(ROOT_URLCONF="odd_urls", SESSION440=options):
        stale = logged_in()
        clock.advance(IDLE)
        stale.cookies["sessionid440"] = logged_in("bob").cookies["sessionid440"].value
        clock.advance(100)  # so that it is renewed on the way out
        assert b"".join(stale.get("/stream")) == b"shown to nobody"


def test_public_page_that_writes_to_the_session_revives_nothing(clock):
    """A live ticket beside another, ended session."""
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/cart"]}):
        stale = logged_in()
        clock.advance(IDLE)
        stale.cookies["sessionid440"] = logged_in("bob").cookies["sessionid440"].value
        stale.get("/cart")
        is_440(stale.get("/show"), "lost")


def test_logout_on_a_public_page_that_never_asked_is_a_logout(clock):
    """request.session.flush() alone; and a login there is one too."""
    options = {"CLOCK": clock, "PUBLIC": ["/flush", "/login"]}
    with override_settings(ROOT_URLCONF="odd_urls", SESSION440=options):
        client = logged_in()
        clock.advance(100)
        assert client.get("/flush").cookies["sessionid440"].value == ""
        assert client.get("/show").content == b"shown to nobody"


def test_options_of_a_public_page_renew_nothing(clock):
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/public"]}):
        client = logged_in()
        clock.advance(100)
        assert not client.options("/public").cookies


# --- beneath the URL of static files


def test_view_beneath_static_url_is_shown_no_ended_login(clock):
    """Nothing changes on the wire, and nobody is shown; unsafe methods are guarded."""
    with override_settings(STATIC_URL="/s"):
        client = logged_in()
        assert client.get("/show").content == b"shown to alice"
        clock.advance(IDLE)
        answer = client.get("/show")
        assert answer.content == b"shown to nobody"
        assert not answer.cookies
        is_440(client.post("/show"))


# --- the ticket's cookie


def test_ticket_has_the_scope_of_the_session_cookie():
    with override_settings(
        SESSION_COOKIE_DOMAIN="a.example",
        SESSION_COOKIE_PATH="/app",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
    ):
        answer = Client().post("/login", {"username": "alice"})
        session, ticket = answer.cookies["sessionid"], answer.cookies["sessionid440"]
        for attribute in ("domain", "path", "secure", "samesite", "httponly"):
            assert ticket[attribute] == session[attribute]
        assert int(ticket["max-age"]) >= session["max-age"]


def test_session_that_ends_with_the_browser_has_such_a_ticket():
    with override_settings(SESSION_EXPIRE_AT_BROWSER_CLOSE=True):
        answer = Client().post("/login", {"username": "alice"})
        assert answer.cookies["sessionid440"]["max-age"] == ""
