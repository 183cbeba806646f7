"""What ``session440 migrate`` reads, refuses, never shows, and prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from migrations import DSS, DST, run
from test_flask_extensions import SessionMiddleware

from session440.migration import django_libraries, migration_of

SECRET = "correct-horse-battery-staple"
PASSWORD = "tr0ub4dor"
PROJECT = f"""
SECRET_KEY = {SECRET!r}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "PASSWORD": {PASSWORD!r}}}}}
ROOT_URLCONF = "clinic_settings"
urlpatterns = []
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    {DST!r},
]
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django_session_timeout",
]
SESSION_EXPIRE_SECONDS = 1800
SESSION_EXPIRE_AFTER_LAST_ACTIVITY = True
"""
APP = f"""
from beaker.middleware import SessionMiddleware
from flask import Flask, session
from flask.sessions import SessionInterface
from flask_login import LoginManager

SETTINGS = {{"session.timeout": 900, "session.secret": {SECRET!r}, "session.url": {PASSWORD!r}}}

class BeakerSessions(SessionInterface):
    def open_session(self, app, request):
        return request.environ["beaker.session"]
    def save_session(self, app, session, response):
        session.save()

def create_app(**config):
    app = Flask("clinic_app")
    app.secret_key = {SECRET!r}
    app.config.update({{"PERMANENT_SESSION_LIFETIME": 1800}} | config)
    LoginManager(app)
    return app

app = create_app()
with_beaker = create_app()
with_beaker.session_interface = BeakerSessions()
with_beaker.wsgi_app = SessionMiddleware(with_beaker.wsgi_app, SETTINGS)
plain = SessionMiddleware(lambda environ, start: [], SETTINGS)
unknown = lambda environ, start: []
def broken(): raise OSError("cannot reach redis://:{PASSWORD}@db/0")
def ours():
    from session440.flask import Session440
    return Session440(create_app(SESSION440_IDLE_TIMOUT=5))
def mistaken(): return create_app(PERMANENT_SESSION_LIFETIME="soon")

class Production:
    PERMANENT_SESSION_LIFETIME = 600
    SECRET_KEY = {SECRET!r}
"""
INI = f"""
[DEFAULT]
debug = false
[app:main]
use = egg:clinic
beaker.session.timeout = 900
beaker.session.secret = {SECRET}
beaker.session.url = mysql://u:{PASSWORD}@db/%(x
beaker.session.secure = true
beaker.session.cookie_domain = clinic.example
beaker.session.key = clinic
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with sites of people's own in it."""
    (tmp_path / "clinic_settings.py").write_text(PROJECT)
    (tmp_path / "clinic_app.py").write_text(APP)
    (tmp_path / "clinic.ini").write_text(INI)
    (tmp_path / "empty.ini").write_text("[app:main]\nuse = egg:clinic\n")
    (tmp_path / "clinic_classes.py").write_text("class Production:\n    DEBUG = False\n")
    (tmp_path / "clinic_config.py").write_text("PERMANENT_SESSION_LIFETIME = 600\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    monkeypatch.setenv("TZ", "UTC")
    for name in ("clinic_settings", "clinic_app", "clinic_config"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


# --- what is read

SOURCES = {
    "clinic_settings": ("django", 1800),
    "clinic_settings.py": ("django", 1800),
    "clinic_app:app": ("flask", 1800),
    "clinic_app:create_app()": ("flask", 1800),
    "clinic_app:Production": ("flask", 600),
    "clinic_config": ("flask", 600),
    "clinic_config.py": ("flask", 600),
    "clinic_app:with_beaker": ("flask", 900),
    "clinic_app:plain": ("wsgi", 900),
    "clinic.ini": ("wsgi", 900),
}


@pytest.mark.parametrize("source", SOURCES)
def test_settings_are_read_where_they_are(folder, source):
    found = json.loads(run(source, "--json"))
    assert (found["framework"], found["login"]["idle_timeout"]) == SOURCES[source]


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("source", SOURCES)
def test_no_secret_is_printed(folder, source, options):
    printed = run(source, *options)
    assert SECRET not in printed
    assert PASSWORD not in printed


def test_without_a_source_it_is_the_project_of_the_environment(folder, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "clinic_settings")
    assert run().startswith("Read from clinic_settings\n")


def test_flask_login_is_seen_in_an_app(folder):
    assert "Flask-Login" in json.loads(run("clinic_app:app", "--json"))["libraries"]
    assert "Flask-Login" not in json.loads(run("clinic_config", "--json"))["libraries"]


def test_beakers_cookie_is_followed(folder):
    settings = json.loads(run("clinic.ini", "--json"))["settings"]
    assert settings == {
        "idle_timeout": "15m",
        "absolute_timeout": None,
        "watch_cookie": "clinic",
        "cookie_secure": True,
        "cookie_domain": "clinic.example",
    }


def test_a_cookie_that_visitors_have_is_not_followed(tmp_path):
    path = tmp_path / "auto.ini"
    path.write_text("[app:main]\nbeaker.session.auto = true\nsession.timeout = 60\n")
    printed = run(str(path))
    assert "watch_cookie" not in printed
    assert "With session.auto visitors have a cookie too" in printed


def test_an_app_that_has_beakers_sessions_is_told_no_lifetime_of_flask(folder):
    settings = json.loads(run("clinic_app:with_beaker", "--json"))["settings"]
    assert settings == {"SESSION440_IDLE_TIMEOUT": "15m", "SESSION440_ABSOLUTE_TIMEOUT": None}


# --- what is refused


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("no_such_module", "Error: cannot import 'no_such_module': ModuleNotFoundError"),
        ("no_such_file.py", "Error: there is no file 'no_such_file.py'"),
        ("no_such_file.ini", "Error: there is no file 'no_such_file.ini'"),
        ("clinic_app:nothing", "Error: cannot load 'clinic_app:nothing': AttributeError"),
        ("clinic_app:broken", "Error: cannot load 'clinic_app:broken': OSError"),
        ("clinic_app:ours", "did you mean 'idle_timeout'?"),
        ("clinic_app:unknown", "has no timeouts that this command knows"),
        ("clinic_app:mistaken", "PERMANENT_SESSION_LIFETIME is no length of time"),
        ("clinic_classes.py", "has no names in capitals"),
        ("empty.ini", "empty.ini has no option that begins with beaker.session."),
    ],
)
def test_what_cannot_be_read_is_one_line(folder, source, said):
    printed = run(source, code=1)
    assert said in printed
    assert printed.count("\n") == 1
    assert PASSWORD not in printed


def test_without_any_source_it_says_what_to_give(folder):
    assert "no settings are given; name a Django settings module" in run(code=2)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SESSION_COOKIE_AGE": -1}, "SESSION_COOKIE_AGE is no length of time"),
        ({"SESSION_COOKIE_AGE": True}, "a number of seconds above 0 (bool)"),
        ({"SESSION_EXPIRE_SECONDS": "1800", "MIDDLEWARE": [DST]}, "SESSION_EXPIRE_SECONDS"),
        ({"SESSION_SECURITY_PASSIVE_URLS": "/poll", "MIDDLEWARE": [DSS]}, "is no list (str)"),
        (
            {"AUTO_LOGOUT": 600, "MIDDLEWARE": ["django_auto_logout.middleware.auto_logout"]},
            "AUTO_LOGOUT is no dictionary (int)",
        ),
    ],
)
def test_a_value_that_the_library_would_not_take_is_said(tmp_path, settings, said):
    given = {"INSTALLED_APPS": [], **settings}
    path = tmp_path / "settings.py"
    path.write_text("\n".join(f"{name} = {value!r}" for name, value in given.items()))
    assert said in run(str(path), code=1)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("timeout = soon", "session.timeout is no length of time"),
        ("timeout = -5", "session.timeout is no length of time"),
        ("cookie_expires = 2030-01-01", "session.cookie_expires is no length of time"),
    ],
)
def test_an_option_that_beaker_would_not_take_is_said(tmp_path, option, said):
    path = tmp_path / "site.ini"
    path.write_text(f"[app:main]\nbeaker.session.{option}\n")
    assert said in run(str(path), code=1)


# --- what is printed


def test_what_to_remove_to_do_and_what_changes_is_told(folder):
    printed = run("clinic_settings")
    assert f"- from MIDDLEWARE: {DST}\n" in printed
    assert "- from INSTALLED_APPS: django_session_timeout\n" in printed
    assert "- from the settings: SESSION_EXPIRE_SECONDS, SESSION_EXPIRE_AFTER_LAST" in printed
    assert "\nWhat changes\n- " in printed
    assert "- Run session440 doctor.\n" in printed


def test_no_line_is_longer_than_a_terminal_and_no_tag_is_broken(folder):
    settings = {
        "MIDDLEWARE": [DSS],
        "SESSION_SECURITY_PASSIVE_URL_NAMES": ["news", "inbox"],
        "SESSION_SECURITY_REDIRECT_TO_LOGOUT": True,
    }
    migration = migration_of("django", django_libraries(settings), settings)
    from session440.migration import as_text

    lines = as_text(migration, "settings").splitlines()
    assert max(map(len, lines)) <= 100
    assert any("{% include 'session_security/all.html' %}" in each for each in lines)
    assert any("inbox, news" in each for each in lines)
    assert any("SESSION_SECURITY_REDIRECT_TO_LOGOUT: the script" in each for each in lines)
    assert any("Add django.contrib.auth.middleware.Auth" in each for each in lines)


def test_a_site_that_has_session440_already_gets_it_once(folder):
    printed = run("clinic_settings").partition("\nRemove")[0]
    new = folder / "new_settings.py"
    new.write_text(PROJECT + printed.partition("# Django: the project's settings\n")[2])
    again = run(str(new)).partition("\nRemove")[0]
    assert again.count("session440.django.Session440Middleware") == 1
    assert "django_session_timeout" not in again.partition("# Django")[2]


# --- a whole move, as people make it


def process(*arguments, **environ):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environ},
    )


@pytest.mark.slow
def test_a_project_that_has_pasted_what_is_printed_passes_the_doctor(folder):
    """In processes of its own: migrate, then the doctor with the new settings."""
    done = process("session440", "migrate", "clinic_settings")
    assert (done.returncode, done.stderr) == (0, "")
    snippet = done.stdout.partition("# Django: the project's settings\n")[2].partition("\nRemove")[
        0
    ]
    key = f"SECRET_KEY = {'qG8vN2rT5yZ1xW4cB7mK0pL3sD6fH9jA'!r}\n"
    own = "LOGIN_URL = '/'\nfrom django.urls import path\nurlpatterns = [path('', print)]\n"
    (folder / "moved_settings.py").write_text(
        PROJECT.replace("clinic_settings", "moved_settings") + snippet + key + own
    )
    done = process("session440", "doctor", "--json", DJANGO_SETTINGS_MODULE="moved_settings")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [each for each in json.loads(done.stdout) if each["level"] == "error"]


@pytest.mark.slow
def test_it_is_a_command_of_flask_too(folder):
    done = process("flask", "--app", "clinic_app", "session440", "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert 'SESSION440_IDLE_TIMEOUT = "30m"' in done.stdout


def test_what_it_finds_in_a_wrapped_app_is_beakers_and_not_its_cache():
    from beaker.middleware import CacheMiddleware

    from session440.cli.reading import _beaker_options

    inner = SessionMiddleware(print, {"session.timeout": 5})
    assert _beaker_options([CacheMiddleware(inner), inner])["timeout"] == 5
