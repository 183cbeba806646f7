"""What session440 costs a Django site in queries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django_logins import IDLE, WITHOUT, is_440, logged_in

TESTS = Path(__file__).parent


pytestmark = pytest.mark.usefixtures("django_clock")


def queries(client, path, times=1):
    with CaptureQueriesContext(connection) as captured:
        for _ in range(times):
            assert client.get(path).status_code == 200
    return len(captured)


def test_sliding_costs_no_query(clock):
    """A thousand active requests to a view that uses request.user: not one query more."""
    with_ours, count = logged_in(), 0
    for _ in range(1000):
        clock.advance(20)
        count += queries(with_ours, "/show")
    with override_settings(MIDDLEWARE=WITHOUT):
        assert count == queries(logged_in(), "/show", 1000) == 2000


@pytest.mark.parametrize("path", ["/plain", "/public", "/marked-public", "/show", "/cart"])
def test_no_page_costs_a_query_that_it_did_not_ask_for(clock, path):
    """Whether it looks into the session or not, writes to it or not, is public or not."""
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/public"]}):
        client = logged_in()
        queries(client, path)
        clock.advance(100)
        ours = queries(client, path)
    with override_settings(MIDDLEWARE=WITHOUT):
        client = logged_in()
        queries(client, path)
        assert queries(client, path) == ours


def test_public_path_that_ignores_the_session_reads_nothing(clock):
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/plain"]}):
        client = logged_in()
        clock.advance(100)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get("/plain")
        assert len(captured) == 0
        assert "sessionid440" in answer.cookies  # and it still counts as activity


def test_ended_ticket_is_not_renewed_by_a_public_page(clock):
    """Such a page need not ask who is there, but it must not revive anybody either."""
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/plain"]}):
        client = logged_in()
        clock.advance(IDLE)
        assert client.get("/plain").status_code == 200
        is_440(client.get("/cart"))


def test_marked_view_that_ignores_the_session_reads_nothing(clock):
    with override_settings(ROOT_URLCONF="odd_urls"):
        client = logged_in()
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/quiet").content == b"quiet"
        assert len(captured) == 0


def test_endpoints_are_served_on_a_site_that_is_all_public(clock):
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/*"]}):
        assert logged_in().get("/session440/status").json()["state"] == "active"


def test_force_login_is_followed_by_the_usual_queries():
    """assertNumQueries in other people's suites needs no change."""
    client = Client()
    client.force_login(User.objects.get(username="alice"))
    assert queries(client, "/show") == 2
    assert "sessionid440" in client.cookies


FIRST_TEST = """
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase

class FirstTest(TestCase):
    @classmethod
    def setUpClass(cls):
        call_command("migrate", verbosity=0)
        super().setUpClass()

    def test_queries(self):
        self.client.force_login(User.objects.create_user("dora"))
        for _ in range(2):
            with self.assertNumQueries(2):
                assert self.client.get("/show").content == b"shown to dora"
"""


def test_first_force_login_of_a_process_is_followed_by_the_usual_queries(tmp_path):
    """Also where no request has loaded the middleware before, as in a suite's first test."""
    (tmp_path / "test_first.py").write_text(FIRST_TEST)
    (tmp_path / "conftest.py").write_text("import django; django.setup()")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        env=os.environ | {"PYTHONPATH": str(TESTS), "DJANGO_SETTINGS_MODULE": "django_settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_visitors_cost_nothing():
    with CaptureQueriesContext(connection) as captured:
        answer = Client().get("/plain")
    assert len(captured) == 0
    assert "Vary" not in answer.headers


def test_static_files_of_active_users_cost_no_query(clock):
    client = logged_in()
    clock.advance(100)
    with CaptureQueriesContext(connection) as captured:
        assert not client.get("/static/app.css").cookies
    assert len(captured) == 0
