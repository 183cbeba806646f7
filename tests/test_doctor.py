"""The doctor: each finding on the misconfiguration that it names, and silence without it."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import flask_login
import pytest
from calling import Call
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from flask import Flask
from redis_servers import redis_cluster, redis_server
from sites import SECRET, TicketApp
from test_store_nodes import NORTH
from werkzeug.local import LocalProxy
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from session440 import Policy
from session440.cli import loading
from session440.doctor import examination, keys, nodes, workers
from session440.doctor.site import Site, Workers
from session440.flask import Session440, passive
from session440.flask.inspection import site_of as site_of_flask
from session440.stores import MemoryStore, SQLStore
from session440.wsgi import Session440Middleware

DOCS = Path(__file__).parent.parent / "docs/doctor.md"
HOUR_LONG = timedelta(hours=1)
KEY = "qG8vN2rT5yZ1xW4cB7mK0pL3sD6fH9jA"


def ids(site: Site, in_service: bool = True) -> list[str]:
    found = examination.examine(site, in_service)
    for each in found:
        assert KEY not in str(each)
        assert re.fullmatch(r"session440\.[EW]\d{3}", each.id)
        assert each.found
        assert each.why
        assert each.remedy
    return [each.id.partition(".")[2] for each in found]


# --- Flask


def flask_app(**config) -> Flask:
    """A Flask app as it should be: by https, with a store and no adopted logins."""
    app = Flask("clinic")
    app.secret_key = KEY
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION440_STORE=MemoryStore(),
        SESSION440_ADOPT=False,
    )
    app.config.update(config)
    Session440(app)

    @app.get("/api/poll")
    @passive
    def poll():
        return {}

    return app


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


def test_a_warning_that_is_too_short_is_told_with_what_would_do():
    (finding,) = examination.examine(site_of_flask(flask_app(SESSION440_WARN_BEFORE=10)))
    assert "people are warned 10 seconds before" in finding.found
    assert "wants 20 seconds" in finding.why
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


@pytest.mark.parametrize(("number", "more"), [(5, ""), (6, " and 1 more"), (9, " and 4 more")])
def test_of_many_polled_pages_five_are_named(number, more):
    app = flask_app()
    for each in range(number):
        app.add_url_rule(f"/poll/{each}", str(each), lambda: "")
    (finding,) = examination.examine(site_of_flask(app))
    assert finding.found.startswith(f"/poll/0, /poll/1, /poll/2, /poll/3, /poll/4{more}: ")


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


def test_pages_that_look_like_polling_are_named_unless_they_are_passive():
    app = flask_app()
    app.add_url_rule("/inbox/unread-count", "unread", lambda: "3")
    app.add_url_rule("/pingpong/rules", "rules", lambda: "the rules of the game")
    site = site_of_flask(app)
    (finding,) = examination.examine(site)
    assert finding.id == "session440.W063"
    assert finding.found.startswith("/inbox/unread-count: polling")
    assert "/api/poll" not in finding.found
    assert "/pingpong" not in finding.found
    app = flask_app(SESSION440_PASSIVE=["/inbox/*"])
    app.add_url_rule("/inbox/unread-count", "unread", lambda: "3")
    assert ids(site_of_flask(app)) == []


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


# --- Django

HEALTHY_DJANGO = {
    "SECRET_KEY": KEY,
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_NAME": "__Host-session",
    "SESSION440": {"ADOPT": False, "PASSIVE": ["/poll"]},
}
OURS = "session440.django.Session440Middleware"
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
    "W063": {"ROOT_URLCONF": "polled_urls", "SESSION440": {"ADOPT": False}},
    "W064": {"INSTALLED_APPS": [*APPS, "session440"]},
}


@contextmanager
def project(**changes):
    """A Django project as it should be, but for the changes."""
    from session440.django.inspection import site_of_project

    with override_settings(**{**HEALTHY_DJANGO, **changes}):
        yield site_of_project()


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


# --- WSGI


def test_a_wsgi_app_as_it_should_be_has_none():
    app = Session440Middleware(
        TicketApp(),
        secret_key=KEY,
        cookie_secure=True,
        cookie_name="__Host-login",
        store=MemoryStore(),
    )
    assert ids(loading.site_of(app)) == []


@pytest.mark.parametrize(
    ("id", "options"),
    [
        ("W031", {"cookie_secure": False}),
        ("W032", {"cookie_secure": True}),
        ("W045", {"store": None}),
        ("E021", {"secret_key": "a" * 40}),
    ],
)
def test_a_fault_of_a_wsgi_app_is_named(id, options):
    plantable = [] if options.get("cookie_secure") is False else ["W032"]
    given = {"secret_key": KEY, "store": MemoryStore(), **options}
    site = loading.site_of(Session440Middleware(TicketApp(), **given))
    assert ids(replace(site, is_https=True)) == sorted({id, *plantable})


def test_an_app_without_the_middleware_is_named():
    assert ids(loading.site_of(TicketApp())) == ["E060"]


class Wrapper:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def test_the_middleware_is_found_behind_others_and_named_where_it_is_there_twice():
    once = Session440Middleware(TicketApp(), secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(Wrapper(Wrapper(once)))) == []
    twice = Session440Middleware(Wrapper(once), secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(twice)) == ["E062"]


class Delegating:
    """A wrapper that gives what it lacks from what it wraps."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def __call__(self, environ, start_response):
        return self.inner(environ, start_response)


class Odd:
    def __getattr__(self, name):
        raise KeyError(name)

    def __call__(self, environ, start_response):
        return []


@pytest.mark.parametrize(
    "wrap",
    [
        ProxyFix,
        lambda app: DispatcherMiddleware(app, {"/api": TicketApp()}),
        lambda app: LocalProxy(lambda: app),
        Delegating,
        Wrapper,
    ],
)
def test_what_is_wrapped_is_found(wrap):
    app = flask_app()
    assert ids(loading.site_of(wrap(app))) == []
    assert ids(loading.site_of(Wrapper(wrap(app)))) == []
    once = Session440Middleware(TicketApp(), secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(wrap(once))) == []


def test_a_whole_app_that_is_wrapped_in_the_middleware_too_is_named():
    for app in (flask_app(), flask_app().wsgi_app, Wrapper(flask_app())):
        twice = Session440Middleware(app, secret_key=KEY, store=MemoryStore())
        assert ids(loading.site_of(twice)) == ["E062"]
    bare = Session440Middleware(Flask("bare"), secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(bare)) == []
    with project():
        assert ids(loading.site_of(Wrapper(WSGIHandler()))) == []
        twice = Session440Middleware(WSGIHandler(), secret_key=KEY, store=MemoryStore())
        assert ids(loading.site_of(twice)) == ["E062"]


def test_an_app_of_odd_attributes_is_looked_at_all_the_same():
    assert ids(loading.site_of(Odd())) == ["E060"]


def test_an_app_with_a_session_that_is_followed_may_do_without_a_store():
    app = Session440Middleware(TicketApp(), secret_key=KEY, watch_cookie="sid")
    assert ids(loading.site_of(app)) == []


def test_a_path_with_parts_is_to_be_marked_by_a_pattern_that_matches():
    app = flask_app()
    app.add_url_rule("/items/<int:number>/poll", "poll_item", lambda number: "")
    (finding,) = examination.examine(site_of_flask(app))
    assert "SESSION440_PASSIVE = ['/items/*/poll']" in finding.remedy
    app = flask_app(SESSION440_PASSIVE=["/items/*/poll"])
    app.add_url_rule("/items/<int:number>/poll", "poll_item", lambda number: "")
    assert ids(site_of_flask(app)) == []


# --- a real Redis


def on_redis(url: str) -> Site:
    return site_of_flask(flask_app(SESSION440_STORE=url))


REDIS_FAULTS = {
    "E042": {"maxmemory_policy": "allkeys-lru", "maxmemory": "64mb", "appendonly": "yes"},
    "W042": {"maxmemory_policy": "volatile-ttl", "appendonly": "yes"},
    "W043": {},
}


@pytest.mark.parametrize("id", REDIS_FAULTS)
def test_a_redis_that_forgets_is_named(id, tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path, **REDIS_FAULTS[id]) as server:
        assert ids(on_redis(server.url)) == [id]


def test_a_redis_as_it_should_be_is_not(tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path, maxmemory="64mb", appendonly="yes") as server:
        assert ids(on_redis(server.url)) == []


def test_a_redis_that_saves_now_and_then_is_not(tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path, save="60 1") as server:
        assert ids(on_redis(server.url)) == []


def test_a_managed_redis_that_refuses_config_is_believed(tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path, rename_command='CONFIG ""') as server:
        assert ids(on_redis(server.url)) == []


def test_each_node_of_a_cluster_is_asked(tmp_path, program):
    program("redis-server")
    with redis_cluster(tmp_path) as cluster:
        assert ids(on_redis(cluster.url)) == ["W043"] * 3


def test_a_store_that_is_out_is_named(tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path) as server:
        site = on_redis(server.url)
    assert ids(site) == ["E044"]


def test_a_database_that_is_out_is_named(tmp_path):
    app = flask_app(SESSION440_STORE=f"sqlite:///{tmp_path}/missing/logins.db")
    assert ids(site_of_flask(app)) == ["E044"]


def test_to_look_at_a_database_that_is_not_made_yet_makes_nothing(tmp_path):
    """Its file would be the doctor's own, and closed to the site."""
    app = flask_app(SESSION440_STORE=f"sqlite:///{tmp_path}/logins.db")
    assert ids(site_of_flask(app)) == []
    assert [*tmp_path.iterdir()] == []


def test_tables_that_nobody_makes_are_named(tmp_path):
    store = SQLStore(f"sqlite:///{tmp_path}/logins.db", create=False)
    (tmp_path / "logins.db").touch()
    (finding,) = examination.examine(site_of_flask(flask_app(SESSION440_STORE=store)))
    assert finding.id == "session440.E044"
    assert "SQLStore.create_tables() creates them" in finding.found


def test_a_table_that_is_missing_is_named():
    """Of a project that was upgraded and not migrated."""
    from django.db import connection

    from session440.django.models import Member

    with project(SESSION440={**HEALTHY_DJANGO["SESSION440"], "STORE": "django:"}) as site:
        with connection.schema_editor() as editor:
            editor.delete_model(Member)
        try:
            (finding,) = examination.examine(site)
        finally:
            with connection.schema_editor() as editor:
                editor.create_model(Member)
    assert finding.id == "session440.E044"
    assert "has manage.py migrate been run?" in finding.found


# --- the nodes, from what they say; tests/test_doctor_nodes.py has real ones

HOUR = nodes.HEARD


@pytest.mark.parametrize(
    ("id", "other"),
    [
        ("E050", {"keys": ("other",)}),
        ("W051", {"policies": "default: idle 900 s"}),
        ("E052", {"clock": 61.5}),
        ("E052", {"clock": -61.5}),
        ("W052", {"clock": 6}),
        ("W053", {"version": "2.0"}),
        ("W052", {"clock": 60}),
        (None, {"clock": 5}),
        (None, {"keys": ("def", "abc")}),  # in the middle of a rotation: each verifies the other's
    ],
)
def test_nodes_that_are_unlike_are_named(id, other):
    found = [*nodes.compare([NORTH, NORTH._replace(node="south", **other)])]
    assert [each.id for each in found] == ([f"session440.{id}"] if id else [])


def test_a_rotation_that_began_with_the_new_key_on_one_node_is_named():
    """Its tickets are refused by those who do not know the new key yet."""
    rotated = NORTH._replace(node="south", keys=("new", *NORTH.keys))
    (finding,) = nodes.compare([NORTH, rotated])
    assert "south signs with the key new, which is unknown to north" in finding.found


def test_how_far_clocks_are_apart_is_told_with_what_comes_of_it():
    for ahead, said, comes in (
        (61.04, "1 minute 1 second", "beyond 1 minute a ticket of one is not believed"),
        (6.55, "6.5 seconds", "end early on one of them"),
    ):
        (finding,) = nodes.compare([NORTH, NORTH._replace(node="south", clock=ahead)])
        assert f"clock of south is {said} ahead of that of north" in finding.found
        assert comes in finding.why


def test_a_node_that_was_restarted_speaks_for_its_former_self():
    before = NORTH._replace(version="0.9", since=0, heard_at=900)
    after = NORTH._replace(since=1000, heard_at=1000)
    assert nodes.present([before, after], 1100) == [after]
    other_worker = before._replace(heard_at=1050)
    assert nodes.present([other_worker, after], 1100) == [other_worker, after]
    assert nodes.present([after], 1000 + HOUR) == []
    # Rolled back: the other has not been heard of for two times ten minutes.
    first = NORTH._replace(since=0, heard_at=3000)
    tried = NORTH._replace(version="2.0", since=1000, heard_at=1500)
    assert nodes.present([first, tried], 3100) == [first]
    assert nodes.present([first, tried._replace(heard_at=1900)], 3100) != [first]


def test_adopting_is_named_once_no_session_from_before_can_be_left(clock, monkeypatch):
    store = MemoryStore()
    monkeypatch.setattr(store, "time", clock)
    app = flask_app(SESSION440_STORE=store, SESSION440_ADOPT=True, SESSION440_CLOCK=clock)
    site = site_of_flask(app)
    assert ids(site) == []  # nobody knows for how long it has been there
    store.announce(site.engine.as_node, clock())
    clock.advance(31 * 86400)
    assert ids(site) == []
    clock.advance(1)
    assert ids(site) == ["W046"]
    (finding,) = examination.examine(site)
    assert "since 2027-01-15, longer than any session lasts (31 days)" in finding.found
    app = flask_app(SESSION440_STORE=store, SESSION440_ADOPT="2026-01-01", SESSION440_CLOCK=clock)
    assert ids(site_of_flask(app)) == []


# --- workers


@pytest.mark.parametrize(
    ("environment", "files", "count"),
    [
        ({}, {}, None),
        ({"WEB_CONCURRENCY": "3"}, {}, 3),
        ({"WEB_CONCURRENCY": "many"}, {}, None),
        ({"GUNICORN_CMD_ARGS": "--workers=4 --timeout 9"}, {}, 4),
        ({"GUNICORN_CMD_ARGS": "-w 5"}, {}, 5),
        ({"GUNICORN_CMD_ARGS": "--bind 'x"}, {}, None),
        ({}, {"gunicorn.conf.py": "bind = 'x'\nworkers = 6\n"}, 6),
        ({}, {"gunicorn.conf.py": "workers = multiprocessing.cpu_count() * 2 + 1\n"}, 2),
        ({}, {"gunicorn.conf.py": "workers: int = 5"}, 5),
        ({}, {"gunicorn.conf.py": "if True:\n    workers = 5"}, 5),
        ({}, {"gunicorn.conf.py": "workers = int(os.environ.get('W', '1'))"}, None),
        ({"GUNICORN_CMD_ARGS": "-w 1"}, {"gunicorn.conf.py": "workers = 4"}, 1),
        ({"WEB_CONCURRENCY": "\u00b2"}, {}, None),
        ({}, {"gunicorn.conf.py": "raise SystemExit('not to be run')\n"}, None),
        ({}, {"gunicorn.conf.py": "workers ="}, None),
        ({}, {"uwsgi.ini": "[uwsgi]\nprocesses = 7\nhttp = :8000\nset-ph = x=%(y)\n"}, 7),
        ({}, {"uwsgi.ini": "no ini"}, None),
        ({"WEB_CONCURRENCY": "2"}, {"my-uwsgi.ini": "[uwsgi]\nworkers = 8\n"}, 8),
    ],
)
def test_workers_are_counted_by_what_says_how_many(tmp_path, environment, files, count):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = workers.find_workers(environment, tmp_path)
    assert (found and found.number) == count


def test_workers_of_uwsgi_are_told_by_uwsgi(tmp_path, monkeypatch):
    """Which brings a module of its own along."""
    monkeypatch.setitem(sys.modules, "uwsgi", SimpleNamespace(numproc=9))
    assert workers.find_workers({}, tmp_path) == Workers(9, "uWSGI")


def test_files_are_looked_for_where_the_command_runs(tmp_path, monkeypatch):
    (tmp_path / "gunicorn.conf.py").write_text("workers = 3")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    assert workers.counted(Site("WSGI", str)).workers == Workers(3, "gunicorn.conf.py")


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
