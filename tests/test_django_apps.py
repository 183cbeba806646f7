"""A Django project that lists the package, "session440", where the app is "session440.django"."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, override_settings

from session440.django.inspection import site_of_project

APPS = [each.removesuffix(".django") for each in settings.INSTALLED_APPS]


@pytest.fixture
def client(clock):
    """One who is logged in, and whose login has ended by now."""
    with override_settings(INSTALLED_APPS=APPS, SESSION440={"CLOCK": clock}):
        client = Client()
        assert client.login(username="alice", password="wonderland")
        client.get("/plain")  # brings the ticket
        clock.advance(1200)
        yield client


def test_the_page_is_the_packaged_one_and_filled_in(client):
    """Django would find a template in the package's folder, which is filled in otherwise."""
    answer = client.get("/plain", headers={"accept": "text/html"})
    assert answer.status_code == 440
    assert '<html lang="en" dir="ltr">' in answer.content.decode()
    assert "$" not in answer.content.decode()


def warnings(caplog) -> list[str]:
    return [each.message for each in caplog.records if each.levelno == logging.WARNING]


def test_the_log_says_so_when_the_project_starts(caplog):
    """Nothing else would: the checks are registered by the app that is missing."""
    with override_settings(INSTALLED_APPS=APPS):
        WSGIHandler()
    (said,) = warnings(caplog)
    assert 'lists "session440", the package; put "session440.django" in its place' in said


@pytest.mark.parametrize("apps", [settings.INSTALLED_APPS, settings.INSTALLED_APPS[:-1]])
def test_a_project_that_lists_the_app_or_neither_is_not_warned(caplog, apps):
    with override_settings(INSTALLED_APPS=apps):
        WSGIHandler()
        assert not site_of_project().faults
    assert not warnings(caplog)


def test_the_doctor_names_it_with_what_is_missing():
    with override_settings(INSTALLED_APPS=APPS):
        (fault,) = site_of_project().faults
    assert fault.id == "session440.W064"
    assert fault.found.startswith('INSTALLED_APPS lists "session440"')
    assert fault.remedy == 'put "session440.django" in its place'


def test_the_doctor_names_it_beside_a_store_that_needs_the_app():
    """Whose own message says to put the one in the other's place: Django refuses both."""
    with override_settings(INSTALLED_APPS=APPS, SESSION440={"STORE": "django:"}):
        said = {each.id: each.found for each in site_of_project().faults}
    assert [*said] == ["session440.W064", "session440.E001"]
    assert (
        "add 'session440.django' to INSTALLED_APPS in place of 'session440'"
        in said["session440.E001"]
    )
    both = [*settings.INSTALLED_APPS, "session440"]
    with (
        pytest.raises(ImproperlyConfigured, match="labels aren't unique"),
        override_settings(INSTALLED_APPS=both),
    ):
        pass
