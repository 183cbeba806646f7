"""The doctor: each finding on the misconfiguration that it names, and silence without it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import flask_login
import pytest
from calling import Call
from examined_sites import HEALTHY_DJANGO, KEY, OURS, flask_app, ids, project
from flask import Flask
from sites import SECRET, TicketApp

from session440 import Policy
from session440.cli import loading
from session440.doctor import examination, keys
from session440.doctor.site import Workers
from session440.flask import Session440
from session440.flask.inspection import site_of as site_of_flask
from session440.stores import MemoryStore
from session440.wsgi import Session440Middleware

# --- Flask


FLASK_FAULTS = {
    "E010": {"PERMANENT_SESSION_LIFETIME": timedelta(minutes=10)},
    "W011": {"PERMANENT_SESSION_LIFETIME": timedelta(hours=1)},
    "W012": {"SESSION440_IDLE_TIMEOUT": "9h"},
    "W013": {"SESSION440_WARN_BEFORE": 10},
    "W014": {"SESSION440_WARN_BEFORE": "20m"},
    "W015": {"SESSION440_POLICY": "pci-dss", "SESSION440_IDLE_TIMEOUT": "30m"},
    "W017": {"SESSION440_ENFORCEMENT": "report"},
    "E020": {"SECRET_KEY": ""},
    "E021": {"SECRET_KEY": "wonderland"},
    "E030": {"SESSION_COOKIE_SECURE": False},
    "W032": {"SESSION_COOKIE_NAME": "session"},
    "W033": {"SESSION_COOKIE_HTTPONLY": False},
    "W045": {"SESSION440_STORE": None},
}


@pytest.mark.parametrize("id", FLASK_FAULTS)
def test_a_fault_of_a_flask_app_is_named(id):
    assert id in ids(site_of_flask(flask_app(**FLASK_FAULTS[id])))


def test_an_option_that_nobody_knows_is_named_with_the_nearest_that_is():
    app = flask_app()
    app.config["SESSION440_IDLE_TIMOUT"] = "20m"
    (finding,) = examination.examine(site_of_flask(app))
    assert finding.id == "session440.E001"
    assert "did you mean 'idle_timeout'" in finding.found


def test_a_flask_app_as_it_should_be_has_none():
    assert ids(site_of_flask(flask_app())) == []


def test_a_short_lifetime_is_told_with_both_values():
    app = flask_app(PERMANENT_SESSION_LIFETIME=timedelta(minutes=10))
    (finding,) = examination.examine(site_of_flask(app))
    assert "PERMANENT_SESSION_LIFETIME is 10 minutes" in finding.found
    assert "by SESSION440_IDLE_TIMEOUT a login may last 20 minutes" in finding.found
    assert "at least 20 minutes (1200 seconds)" in finding.remedy


HOUR_LONG = timedelta(hours=1)


def test_a_warning_that_is_too_short_is_told_with_what_would_do():
    (finding,) = examination.examine(site_of_flask(flask_app(SESSION440_WARN_BEFORE=10)))
    assert "people are warned 10 seconds before" in finding.found
    assert "asks for 20 seconds" in finding.why
    assert finding.remedy.endswith("at least 20 seconds, and timeouts at least 40 seconds")


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"SESSION440_WARN_BEFORE": 20}, []),
        ({"SESSION440_WARN_BEFORE": 19.9}, ["W013"]),
        ({"SESSION440_WARN_BEFORE": 1199}, []),
        ({"SESSION440_WARN_BEFORE": 1200}, ["W014"]),
        ({"SESSION440_IDLE_TIMEOUT": "8h"}, ["W012"]),
        ({"SESSION440_IDLE_TIMEOUT": 8 * 3600 - 1}, []),
        ({"SESSION440_IDLE_TIMEOUT": None}, []),
        ({"SESSION440_ABSOLUTE_TIMEOUT": None}, []),
        ({"SECRET_KEY": "abcde" * 7}, []),
        ({"SECRET_KEY": "abcd" * 8}, ["E021"]),
        ({"SECRET_KEY": KEY}, []),
        ({"SECRET_KEY": KEY[:31]}, ["E021"]),
        ({"SECRET_KEY": KEY.encode()}, []),
        ({"SECRET_KEY": bytes(range(16))}, []),
        ({"SECRET_KEY": bytes(range(15))}, ["E021"]),
        ({"SESSION440_IDLE_TIMEOUT": None, "PERMANENT_SESSION_LIFETIME": HOUR_LONG}, ["W011"]),
        ({"SECRET_KEY_FALLBACKS": ["old"]}, ["E021"]),
        ({"PERMANENT_SESSION_LIFETIME": timedelta(hours=8)}, []),
        ({"PERMANENT_SESSION_LIFETIME": timedelta(hours=8, seconds=-1)}, ["W011"]),
        ({"PERMANENT_SESSION_LIFETIME": timedelta(minutes=20)}, ["W011"]),
        ({"PERMANENT_SESSION_LIFETIME": timedelta(minutes=20, seconds=-1)}, ["E010"]),
    ],
)
def test_what_is_just_enough_is_enough(config, found):
    assert ids(site_of_flask(flask_app(**config))) == found


def test_what_to_do_is_told_in_the_words_of_the_framework():
    app = flask_app(SESSION_COOKIE_NAME="session", SESSION_COOKIE_SECURE=False)
    (finding,) = examination.examine(replace(site_of_flask(app), is_https=True))
    assert finding.remedy == "set SESSION_COOKIE_SECURE = True"
    (finding,) = examination.examine(site_of_flask(flask_app(SESSION_COOKIE_NAME="session")))
    assert "SESSION_COOKIE_NAME" in finding.remedy
    options = {"secret_key": KEY, "store": MemoryStore()}
    site = loading.site_of(Session440Middleware(TicketApp(), **options, cookie_secure=False))
    (finding,) = examination.examine(replace(site, is_https=True))
    assert finding.remedy == "set cookie_secure=True"
    app = Session440Middleware(TicketApp(), **options, cookie_secure=True)
    (finding,) = examination.examine(loading.site_of(app))
    assert "cookie_name=" in finding.remedy


def test_a_policy_of_several_is_named():
    app = flask_app(SESSION440_POLICIES={"kiosk": Policy("30s", "1h", warn_before=10)})
    (finding,) = examination.examine(site_of_flask(app))
    assert "a login of the policy 'kiosk'" in finding.found
    app = flask_app(SESSION440_WARN_BEFORE=10)
    (finding,) = examination.examine(site_of_flask(app))
    assert "policy" not in finding.found


@pytest.mark.parametrize(("hours", "found"), [(23, ["W011"]), (24, [])])
def test_without_an_absolute_timeout_a_session_is_to_last_a_day(hours, found):
    """Nobody uses a site for longer without a pause."""
    app = flask_app(SESSION440_ABSOLUTE_TIMEOUT=None)
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(hours=hours)
    assert ids(site_of_flask(app)) == found


def test_a_flask_app_without_the_extension_is_named():
    assert ids(site_of_flask(Flask("bare"))) == ["E060"]


def test_an_extension_that_is_installed_twice_is_named():
    app = flask_app()
    Session440(app)
    assert ids(site_of_flask(app)) == ["E062"]


def test_cookies_that_are_not_secure_are_named_on_https_only():
    app = flask_app(SESSION_COOKIE_NAME="session", SESSION_COOKIE_SECURE=False)
    site = site_of_flask(app)
    assert ids(site) == []
    assert ids(replace(site, is_https=True)) == ["W031"]
    app.config["PREFERRED_URL_SCHEME"] = "https"
    assert ids(site_of_flask(app)) == ["W031"]


def test_cookies_for_other_sites_that_are_not_secure_are_named():
    app = flask_app(
        SESSION_COOKIE_NAME="session", SESSION_COOKIE_SECURE=False, SESSION_COOKIE_SAMESITE="None"
    )
    assert ids(site_of_flask(app)) == ["E034"]


def test_a_remember_cookie_that_outlives_the_absolute_timeout_is_named():
    """Flask-Login's lasts a year, unless the app says otherwise."""
    app = flask_app()
    flask_login.LoginManager(app)
    assert ids(site_of_flask(app)) == ["W016"]
    app.config["REMEMBER_COOKIE_DURATION"] = timedelta(hours=8)
    assert ids(site_of_flask(app)) == []
    app = flask_app(SESSION440_POLICIES={"remember": Policy("30d", "366d")})
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=400)
    flask_login.LoginManager(app)
    assert ids(site_of_flask(app)) == []


def test_sessions_in_the_memory_of_one_of_several_workers_are_named():
    from cachelib import SimpleCache
    from flask_session import Session

    app = flask_app(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
    Session(app)
    site = replace(site_of_flask(app), workers=Workers(4, "WEB_CONCURRENCY"))
    assert ids(site) == ["E040", "E041"]
    assert ids(replace(site, workers=Workers(1, "WEB_CONCURRENCY"))) == []


def test_sessions_of_flask_session_slide_and_may_be_shorter_than_the_absolute_timeout(tmp_path):
    from cachelib import FileSystemCache
    from flask_session import Session

    app = flask_app(
        SESSION_TYPE="cachelib",
        SESSION_CACHELIB=FileSystemCache(str(tmp_path)),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=1),
    )
    Session(app)
    assert ids(site_of_flask(app)) == []


def test_a_flask_app_in_the_wsgi_middleware_is_one_of_its_kind():
    """Installed one way or the other, and not both."""
    app = Flask("wrapped")
    app.wsgi_app = Session440Middleware(app.wsgi_app, secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(app)) == []
    app = flask_app()
    app.wsgi_app = Session440Middleware(app.wsgi_app, secret_key=KEY)
    assert ids(loading.site_of(app)) == ["E062"]


MISSPELT = {
    "SESSION_440_IDLE_TIMEOUT": "SESSION440_IDLE_TIMEOUT",
    "SESSON440_STORE": "SESSION440_STORE",
    "SESSION404_LOGIN_URL": "SESSION440_LOGIN_URL",
    "SESSIONS440_SUBJECT_KEY": "SESSION440_SUBJECT_KEY",
    "session440_idle_timeout": "SESSION440_IDLE_TIMEOUT",
    "SESSION_440": "SESSION440_IDLE_TIMEOUT, and so on",
}


@pytest.mark.parametrize("name", MISSPELT)
def test_an_option_of_a_misspelt_beginning_is_named(name):
    """Nothing else would: the app starts, and the default is in force."""
    app = flask_app()
    app.config[name] = "5m"
    (finding,) = examination.examine(site_of_flask(app))
    assert (finding.id, finding.remedy) == ("session440.E067", f"write {MISSPELT[name]}")
    assert finding.found.startswith(f"nothing reads {name}: ")


def test_options_of_others_are_not_taken_for_ours():
    """Flask's own, Flask-Session's, and what sounds alike."""
    others = ("SESSION_TYPE", "SESSION_STORE", "SESSION_ENDPOINT", "LOGIN_URL", "CLOCK")
    app = flask_app(**dict.fromkeys((*others, "SESSION_MAX_LOGINS", "LOGIN440_POLICY"), 1))
    app.config[7] = "a key that is no text"
    assert ids(site_of_flask(app)) == []


# --- Django


SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
APPS = [f"django.contrib.{each}" for each in ("auth", "contenttypes", "sessions")]
DJANGO_FAULTS = {
    "E001": {"SESSION440": {"STORE": "redis:/typo"}},
    "E010": {"SESSION_COOKIE_AGE": 600},
    "W011": {"SESSION_COOKIE_AGE": 3600},
    "W012": {"SESSION440": {"IDLE_TIMEOUT": "9h"}},
    "W015": {"SESSION440": {"POLICY": "nist-aal3", "ABSOLUTE_TIMEOUT": "13h"}},
    "E020": {"SECRET_KEY": ""},
    "E021": {"SECRET_KEY": "django-insecure-" + KEY},
    "E030": {"SESSION_COOKIE_PATH": "/app"},
    "W031": {"SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_NAME": "s", "SECURE_SSL_REDIRECT": 1},
    "W032": {"SESSION_COOKIE_NAME": "sessionid"},
    "W033": {"SESSION_COOKIE_HTTPONLY": False},
    "W045": {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"},
    "E060": {"MIDDLEWARE": [SESSIONS, AUTHENTICATION]},
    "E061": {"MIDDLEWARE": [SESSIONS, OURS, AUTHENTICATION]},
    "E062": {"MIDDLEWARE": [SESSIONS, AUTHENTICATION, OURS, OURS]},
    "E067": {"SESSION_440": {"IDLE_TIMEOUT": "5m"}},
    "W064": {"INSTALLED_APPS": [*APPS, "session440"]},
}


@pytest.mark.parametrize("id", DJANGO_FAULTS)
def test_a_fault_of_a_django_project_is_named(id):
    with project(**DJANGO_FAULTS[id]) as site:
        assert id in ids(site)


def test_a_django_project_as_it_should_be_has_none():
    with project() as site:
        assert ids(site) == []


def test_a_session_that_slides_is_to_last_as_long_as_nobody_is_idle():
    """And without an idle timeout that is the absolute one."""
    options = {**HEALTHY_DJANGO["SESSION440"], "IDLE_TIMEOUT": None}
    changes = {"SESSION_SAVE_EVERY_REQUEST": True, "SESSION440": options}
    with project(**changes, SESSION_COOKIE_AGE=300) as site:
        assert ids(site) == ["W011"]
    with project(**changes, SESSION_COOKIE_AGE=8 * 3600) as site:
        assert ids(site) == []


def test_no_setting_in_the_wrong_place_shows_a_password():
    url = "redis://:geheim@127.0.0.1/0"
    for given in ([("STORE", url)], {"ENDPOINT": url}, {"COOKIE_NAME": url}, {"STORE": [url]}):
        with project(SESSION440=given) as site:
            (finding,) = examination.examine(site)
            assert finding.id == "session440.E001"
            assert "geheim" not in str(finding)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("SESSION_440", "write SESSION440"),
        ("SESSIONS440", "write SESSION440"),
        ("SESSION_440_IDLE_TIMEOUT", 'write SESSION440["IDLE_TIMEOUT"]'),
    ],
)
def test_a_misspelt_setting_of_a_project_is_named(name, remedy):
    with project(**{name: {}}) as site:
        (finding,) = examination.examine(site)
    assert finding.remedy == remedy


def test_a_middleware_that_cannot_be_imported_is_djangos_to_name():
    with project(MIDDLEWARE=[SESSIONS, AUTHENTICATION, "missing.Middleware", OURS]) as site:
        assert ids(site) == []


def test_a_session_that_each_request_saves_may_be_shorter_than_the_absolute_timeout():
    with project(SESSION_COOKIE_AGE=3600, SESSION_SAVE_EVERY_REQUEST=True) as site:
        assert ids(site) == []


@pytest.mark.parametrize(
    ("engine", "backend", "named"),
    [
        ("cache", "locmem.LocMemCache", ["E041"]),
        ("cache", "dummy.DummyCache", ["E041"]),
        ("cached_db", "locmem.LocMemCache", []),
        ("cache", "redis.RedisCache", []),
        ("db", "locmem.LocMemCache", []),
    ],
)
def test_django_sessions_in_a_cache_of_one_of_several_workers_are_named(engine, backend, named):
    caches = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": "x"}}
    changes = {"SESSION_ENGINE": f"django.contrib.sessions.backends.{engine}", "CACHES": caches}
    with project(**changes) as site:
        assert ids(site) == []
        assert ids(replace(site, workers=Workers(2, "--workers"))) == named


def test_its_own_database_is_a_store_for_all_workers():
    with project(SESSION440={**HEALTHY_DJANGO["SESSION440"], "STORE": "django:"}) as site:
        assert ids(replace(site, workers=Workers(2, "--workers"))) == []


# --- what stands elsewhere


def test_a_key_that_changes_at_each_start_is_named():
    site = site_of_flask(flask_app())
    (finding,) = keys.compare_starts(site, ("another",))
    assert finding.id == "session440.E022"
    assert [*keys.compare_starts(site, site.engine.signer.fingerprints)] == []


def test_outside_of_service_nothing_is_asked_of_the_store(tmp_path):
    """Developers' machines have no store, and no https."""
    app = flask_app(
        SESSION440_STORE=f"sqlite:///{tmp_path}/missing/logins.db", SECRET_KEY="dev", DEBUG=True
    )
    assert ids(site_of_flask(app), in_service=False) == []


DOCS = Path(__file__).parent.parent / "docs/doctor.md"


def test_every_finding_is_documented_and_none_besides():
    """Ids are what people look up."""
    package = Path(examination.__file__).parent.parent
    said = set()
    for path in package.rglob("*.py"):
        said |= set(re.findall(r'"session440\.([EW]\d{3})"', path.read_text()))
    documented = set(re.findall(r"^\| `([EW]\d{3})`", DOCS.read_text(), re.MULTILINE))
    assert said == documented


def test_a_login_does_not_depend_on_what_was_examined(clock):
    """To examine an app changes nothing in it."""
    store = MemoryStore()
    app = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, store=store)
    cookies = Call(app, "/callback").cookies()
    before = store.nodes()
    examination.examine(loading.site_of(app))
    assert store.nodes() == before
    assert Call(app, "/plain", cookies).status == "200 OK"
