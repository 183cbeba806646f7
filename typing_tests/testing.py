"""What session440.testing offers to tests, as strict type checkers see it. Never run."""

# pyright: strict

from datetime import timedelta

from django.test import Client, TestCase
from flask import Flask
from starlette.applications import Starlette
from starlette.testclient import TestClient
from typing_extensions import assert_type

from session440 import Cause, Engine
from session440.testing import LoginTimeoutMixin, Travel, assert_login_timeout

flask_app = Flask("site")

with Travel(flask_app) as travel:
    assert_type(travel, Travel)
    assert_type(travel.engine, Engine)
    travel("21m")
    travel(1260)
    travel(timedelta(minutes=21))
    travel(None)  # error: None
    client = flask_app.test_client()
    travel.end_login(client, Cause.IDLE)
    travel.end_login(client, "idle")
    assert_login_timeout(client.get("/"), cause="idle")
    assert_login_timeout(client.get("/"), cause=5)  # error: cause

assert_login_timeout(TestClient(Starlette()).get("/"))
assert_login_timeout(Client().get("/"), Cause.LOST)
assert_login_timeout("440")  # error: Response


class SiteTests(LoginTimeoutMixin, TestCase):
    """Tests of a Django project."""

    def test_idle(self) -> None:
        """Travel, and see the login end."""
        self.travel("21m")
        self.assertLoginTimeout(self.client.get("/"), cause="idle")
