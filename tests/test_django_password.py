"""A new password ends the logins that were made with the former one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from spying import SpyStore

from session440.django import get_engine
from session440.stores import MemoryStore

urlpatterns = [
    path("", lambda request: HttpResponse(f"hello {request.user}")),
    path("password", PasswordChangeView.as_view(success_url="/")),
]
MD5, PBKDF2 = (f"django.contrib.auth.hashers.{each}PasswordHasher" for each in ("MD5", "PBKDF2"))
pytestmark = pytest.mark.usefixtures("urls")


@pytest.fixture
def urls():
    with override_settings(ROOT_URLCONF=__name__, AUTH_PASSWORD_VALIDATORS=[]):
        yield


@pytest.fixture
def carol():
    carol = User.objects.create_user("carol", password="wonderland")
    yield carol
    carol.delete()


@pytest.fixture
def logins_of():
    """Gives the live logins of a user."""
    with override_settings(SESSION440={"STORE": MemoryStore()}):
        yield lambda user: get_engine().logins(user.pk)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    assert client.get("/").status_code == 200
    return client


def test_a_new_password_ends_the_other_logins_and_keeps_this_one(carol, logins_of):
    browsers = [signed_in(carol) for _ in range(3)]
    assert len(logins_of(carol)) == 3
    new = {"old_password": "wonderland", "new_password1": "through", "new_password2": "through"}
    assert browsers[1].post("/password", new).status_code == 302
    assert len(logins_of(carol)) == 1
    assert [each.get("/").status_code for each in browsers] == [440, 200, 440]


def test_a_new_password_set_out_of_a_request_ends_all_logins(carol, logins_of):
    """A reset, the admin's form or a command has no login of its person's to keep."""
    signed_in(carol)
    carol.set_password("through")
    carol.save()
    assert logins_of(carol) == []


def test_others_keep_their_logins(carol, logins_of):
    alice = User.objects.get(username="alice")
    signed_in(alice)
    carol.set_password("through")
    carol.save()
    assert len(logins_of(alice)) == 1


def test_a_change_that_is_rolled_back_ends_nothing(carol, logins_of):
    signed_in(carol)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        carol.set_password("through")
        carol.save()
        raise ZeroDivisionError
    assert len(logins_of(carol)) == 1


def test_a_user_saved_for_other_reasons_keeps_the_logins(carol, logins_of):
    """That the same password is hashed anew, as Django does at a login, is no new one."""
    signed_in(carol)
    carol.first_name = "Carol"
    carol.save()
    carol.set_password("through")
    carol.save(update_fields=["first_name"])  # which stores no password
    carol = User.objects.get(pk=carol.pk)
    with override_settings(PASSWORD_HASHERS=[PBKDF2, MD5]):
        assert carol.check_password("wonderland")
        assert carol.password.startswith("pbkdf2")
    assert len(logins_of(carol)) == 1


def test_a_new_password_in_an_outage_is_stored_all_the_same(carol):
    spy = SpyStore()
    with override_settings(SESSION440={"STORE": spy}):
        browser = signed_in(carol)
        spy.is_out = True
        carol.set_password("through")
        carol.save()
        assert User.objects.get(pk=carol.pk).check_password("through")
        spy.is_out = False
        # Django's own check of sessions, whenever a view asks for the user.
        assert b"Anonymous" in browser.get("/").content
