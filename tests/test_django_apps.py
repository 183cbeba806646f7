"""A Django project that lists the package, "session440", where the app is "session440.django"."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client, override_settings

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
    assert '<html lang="en" dir="ltr">' in answer.text
    assert "$" not in answer.text
