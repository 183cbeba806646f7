"""Logins that Django itself ends: a new password, a user that is gone or no longer active."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django_logins import is_440, logged_in, ticket_of

pytestmark = pytest.mark.usefixtures("django_clock")


@pytest.fixture
def user():
    user = User.objects.create_user(f"carol{User.objects.count()}", password="wonderland")
    yield user
    user.delete()


def test_password_changed_elsewhere_is_revoked(user):
    """Django flushes the session by itself; the redirect to the login gives way to the 440."""
    client = logged_in(user.username)
    assert client.get("/").status_code == 200
    user.set_password("other")
    user.save()
    answer = client.get("/")
    is_440(answer, "revoked")
    assert client.get("/").status_code == 302


def test_changing_ones_own_password_keeps_the_login(user):
    """update_session_auth_hash() rotates the session's key and keeps what it holds."""
    client = logged_in(user.username)
    client.get("/plain")
    with override_settings(ROOT_URLCONF="odd_urls"):
        before = ticket_of(client)
        assert client.get("/change-password").content == b"changed"
        assert client.get("/show").content == f"shown to {user.username}".encode()
        assert ticket_of(client).binding == before.binding


def test_deactivated_user_is_revoked(user):
    client = logged_in(user.username)
    client.get("/plain")
    user.is_active = False
    user.save()
    assert client.get("/show").content == b"shown to nobody"  # no refusal: it stands
    is_440(client.get("/"), "revoked")
    assert client.get("/").status_code == 302


def test_suites_that_deactivate_a_user_see_what_they_expect(user):
    """force_login(), deactivate, and the redirect to the login page, as without us."""
    client = Client()
    client.force_login(user)
    user.is_active = False
    user.save()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("option", [{"PUBLIC": ["/api/*"]}, {"LOGIN_URL": "/api/me"}])
def test_refusal_by_a_public_or_login_page_stands_after_a_revocation(user, clock, option):
    """A login API that answers 401 means the password, not the login that was withdrawn."""
    with override_settings(SESSION440={"CLOCK": clock, **option}):
        client = logged_in(user.username)
        user.is_active = False
        user.save()
        assert client.get("/api/me").status_code == 401


def test_revoked_login_met_by_a_poll_is_told_to_the_person(user, clock):
    with override_settings(SESSION440={"CLOCK": clock, "PASSIVE": ["/api/*"]}):
        client = logged_in(user.username)
        client.get("/plain")
        user.set_password("other")
        user.save()
        is_440(client.get("/api/me"), "revoked")
        is_440(client.get("/plain"), "revoked")
        assert client.get("/plain").status_code == 200


def test_report_mode_leaves_revocation_to_django(clock, user):
    """What Django itself ends has ended; its redirect stands."""
    with override_settings(SESSION440={"CLOCK": clock, "ENFORCEMENT": "report"}):
        client = logged_in(user.username)
        user.set_password("other")
        user.save()
        assert client.get("/").status_code == 302


# --- no revocation


def test_login_page_that_looked_at_the_user_first_is_no_revocation(clock):
    """request.user was found anonymous before the login, in the same request."""
    with override_settings(ROOT_URLCONF="odd_urls"):
        client = logged_in()
        client.get("/plain")
        assert client.get("/look-and-login").content == b"in"
        assert client.get("/show").content == b"shown to alice"
        fresh = Client()
        assert fresh.get("/look-and-login").content == b"in"
        assert fresh.get("/show").content == b"shown to alice"


def test_views_that_replace_request_user_are_no_revocation(clock):
    """REST frameworks put an anonymous user there where a view has no authentication."""
    with override_settings(ROOT_URLCONF="odd_urls"):
        client = logged_in()
        assert client.get("/replaces-user").content == b"replaced"
        assert client.get("/show").content == b"shown to alice"
