"""``session440 migrate`` and values that are odd, endless, or known only to a running site."""

from __future__ import annotations

import json

import pytest
from migrations import DSS, DST, run, settings_in

GRACE = "SESSION_EXPIRE_AFTER_LAST_ACTIVITY_GRACE_PERIOD"
SLIDING = f"MIDDLEWARE = [{DST!r}]\nSESSION_EXPIRE_AFTER_LAST_ACTIVITY = True\n"
SECURITY = f"MIDDLEWARE = [{DSS!r}]\n"
SECRET = "correct-horse-battery-staple"


@pytest.fixture
def written(tmp_path):
    def write(text, name="settings.py"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SESSION_COOKIE_AGE = float('inf')\nMIDDLEWARE = []", "longer than 5000 years"),
        ("SESSION_COOKIE_AGE = 10**400\nMIDDLEWARE = []", "longer than 5000 years"),
        ("PERMANENT_SESSION_LIFETIME = 1e300", "longer than 5000 years"),
        ("import datetime\nREMEMBER_COOKIE_DURATION = datetime.timedelta.max", "5000 years"),
        (f"{SLIDING}{GRACE} = None", "GRACE_PERIOD is no number of seconds (NoneType)"),
        (f"{SLIDING}{GRACE} = '60'", "GRACE_PERIOD is no number of seconds (str)"),
        (f"{SECURITY}SESSION_SECURITY_PASSIVE_URL_NAMES = 5", "is no list (int)"),
        (f"{SECURITY}SESSION_SECURITY_PASSIVE_URL_NAMES = 'poll'", "is no list (str)"),
        ("INSTALLED_APPS = None", "cannot translate"),
    ],
)
def test_a_value_that_nothing_can_be_made_of_is_one_line(written, text, said):
    printed = run(written(text), code=1)
    assert said in printed
    assert printed.startswith("Error: ")
    assert printed.count("\n") == 1


def test_a_path_that_no_request_has_becomes_no_pattern(written):
    """session440 would not take it."""
    text = f"{SECURITY}SESSION_SECURITY_PASSIVE_URLS = ['poll', '', '/news']\n"
    assert settings_in(run(written(text)))["SESSION440"]["PASSIVE"] == ["/news"]
    text = f"{SECURITY}SESSION_SECURITY_PASSIVE_URLS = ['poll']\n"
    assert "PASSIVE" not in settings_in(run(written(text)))["SESSION440"]


def test_a_url_that_only_the_running_project_knows_is_named_by_its_kind(written):
    text = "from django.urls import reverse_lazy\nROOT_URLCONF = 'no_such_module'\n"
    path = written(f"{text}{SLIDING}SESSION_TIMEOUT_REDIRECT = reverse_lazy('login')\n")
    assert "SESSION_TIMEOUT_REDIRECT (__proxy__)" in " ".join(run(path).split())
    told = json.loads(run(path, "--json"))["libraries"]["django-session-timeout"]
    assert told["SESSION_TIMEOUT_REDIRECT"] == "(__proxy__)"


@pytest.mark.parametrize("text", ["[app]\nb = 1\nsecret {}\n", "secret = {}\n"])
def test_a_line_of_an_ini_file_that_cannot_be_read_is_not_shown(written, text):
    printed = run(written(text.format(SECRET), "site.ini"), code=1)
    assert "site.ini is no INI file: see line " in printed
    assert SECRET not in printed
