"""A moment and a length of time are each written in one way."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from calling import Call
from hypothesis import given
from hypothesis import strategies as st

from session440.moments import aware, iso, option_text, spoken, utc
from session440.policy import LONGEST, seconds
from session440.registry.nodes import agreement
from session440.settings import Settings
from session440.wsgi import Session440Middleware

AT = 1_800_000_000.1234


def test_a_moment_is_told_to_a_program_in_iso_8601():
    assert iso(AT) == "2027-01-15T08:00:00.123+00:00"
    assert iso(AT, "seconds") == "2027-01-15T08:00:00+00:00"
    assert iso(AT, "auto") == "2027-01-15T08:00:00.123400+00:00"
    assert iso(1_800_000_000, "auto") == "2027-01-15T08:00:00+00:00"
    assert iso(1_800_000_000, "seconds", "Z") == "2027-01-15T08:00:00Z"


def test_a_moment_is_told_to_a_person_with_its_zone():
    assert utc(AT) == "2027-01-15 08:00:00 UTC"


def test_a_moment_is_an_aware_datetime():
    assert aware(1_800_000_000) == datetime(2027, 1, 15, 8, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (None, "none"),
        (0, "0 seconds"),
        (-5, "0 seconds"),
        (0.5, "0.5 seconds"),
        (1, "1 second"),
        (45.0, "45 seconds"),
        (60, "1 minute"),
        (90, "1 minute 30 seconds"),
        (900, "15 minutes"),
        (3600, "1 hour"),
        (3600.1, "1 hour 0.1 seconds"),
        (3900, "1 hour 5 minutes"),
        (5400, "1 hour 30 minutes"),
        (59.9999999, "1 minute"),
        (86400, "24 hours"),
        (86400 * 2 - 1, "47 hours 59 minutes 59 seconds"),
        (86400 * 2, "2 days"),
        (30 * 86400, "30 days"),
        (12345678, "142 days 21 hours 21 minutes 18 seconds"),
    ],
)
def test_a_length_is_said_in_days_hours_minutes_and_seconds(length, words):
    assert spoken(length) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0, "0 seconds"),
        (-5.5, "0 seconds"),
        (59.6, "1 minute"),
        (1300, "21 minutes 40 seconds"),
        (5400, "1 hour 30 minutes"),
        (5429, "1 hour 30 minutes"),
        (90061, "25 hours 1 minute"),
        (12345678, "142 days 21 hours"),
    ],
)
def test_a_length_that_was_measured_is_said_in_two_units(length, words):
    assert spoken(length, most=2) == words


UNITS = {"day": "days", "hour": "hours", "minute": "minutes", "second": "seconds"}


@given(st.integers(0, int(LONGEST)))
def test_the_text_of_a_length_is_exact(length):
    """Two different lengths are never said alike."""
    words = spoken(length).split()
    said = zip(words[::2], words[1::2], strict=True)
    parts = {UNITS.get(unit, unit): int(count) for count, unit in said}
    assert timedelta(**parts) == timedelta(seconds=length)


@given(st.integers(1, int(LONGEST)))
def test_a_length_is_written_as_an_option_is_read(length):
    assert seconds("idle_timeout", option_text(length)) == length


def test_an_option_is_written_in_the_largest_whole_unit():
    written = [option_text(each) for each in (45, 5400, 7200, 86400, 90061)]
    assert written == ["45s", "90m", "2h", "1d", "90061s"]


# --- where they are told


def app(environ, start_response):
    if environ["PATH_INFO"] == "/login":
        environ["session440"].login("alice")
    start_response("200 OK", [])
    return [b""]


def test_each_answer_to_a_program_keeps_its_form(clock):
    """The problem document cuts to a second, in ``Z``; the status has all digits there are."""
    clock.advance(0.75)
    site = Session440Middleware(app, secret_key="long and random", clock=clock)
    cookies = Call(site, "/login").cookies()
    status = json.loads(Call(site, "/session440/status", cookies).body())
    assert status["expires_at"] == "2027-01-15T08:20:00.750000+00:00"
    clock.advance(1200)
    problem = json.loads(Call(site, "/", cookies).body())
    assert problem["ended_at"] == "2027-01-15T08:20:00Z"


def test_nodes_compare_their_policies_in_words():
    options = {"idle_timeout": "90m", "absolute_timeout": None}
    settings = Settings.load(options, secret_key="long and random")
    assert agreement(settings) == (
        "default: idle 1 hour 30 minutes, absolute none; enforcement strict"
    )
