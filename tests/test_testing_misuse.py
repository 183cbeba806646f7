"""session440.testing where a test asks for what cannot be, and where it asks twice."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from wsgi_apps import SECRET, hello

from session440 import ConfigurationError
from session440.django import get_engine
from session440.testing import Travel, assert_login_timeout
from session440.wsgi import Session440Middleware


@pytest.fixture
def app():
    return Session440Middleware(hello, secret_key=SECRET)


def test_nobody_travels_before_the_journey(app):
    """Nothing would give the clock back to the tests that come after it."""
    with pytest.raises(RuntimeError, match="with Travel"):
        Travel(app)("1m")
    assert app.engine.clock is time.time


@pytest.mark.parametrize(
    "use", [lambda travel: travel("1m"), lambda travel: travel.engine], ids=["call", "engine"]
)
def test_nobody_travels_after_the_journey(app, use):
    with Travel(app) as travel:
        travel("1m")
    with pytest.raises(RuntimeError, match="with Travel"):
        use(travel)
    assert app.engine.clock is time.time


def test_a_travel_that_could_not_begin_follows_no_settings():
    def begin():
        with Travel():
            pass

    with override_settings(SESSION440={"IDLE_TIMOUT": 1}):
        with pytest.raises(ConfigurationError) as kept:  # and with the error the Travel, too
            begin()
    assert get_engine().clock is time.time, kept


def test_a_client_may_log_in_again_after_its_login_has_ended():
    alice, client = User.objects.get(username="alice"), Client()
    with Travel() as travel:
        for cause in ("idle", "absolute"):
            client.force_login(alice)
            travel.end_login(client, cause)
            assert_login_timeout(client.get("/show"), cause)


def test_no_cause_at_all_is_not_any_cause():
    class Answer:
        status_code = 440
        headers = {"Session440-Cause": "idle"}

    with pytest.raises(ValueError, match="is not a valid Cause"):
        assert_login_timeout(Answer(), cause="")
