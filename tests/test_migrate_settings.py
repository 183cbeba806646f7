"""The settings that ``session440 migrate`` prints load, and end a login when the old ones did."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings
from flask_login import LoginManager, UserMixin, login_user
from migrations import BEAKER, DAY, DJANGO, FLASK, drive, middleware_with, run, settings_in
from test_flask_extensions import SessionMiddleware
from test_migrate_former import beaker_app, flask_app
from werkzeug.test import Client as WerkzeugClient

from session440 import Policy
from session440.cli.loading import site_of
from session440.django import get_engine
from session440.django.inspection import site_of_project
from session440.doctor.examination import examine
from session440.flask import Session440
from session440.testing import Travel, assert_login_timeout


def written(folder, former, **more):
    """A former site's settings as a file; returns its path."""
    lines = ["import datetime"]
    lines += [f"{name} = {value!r}" for name, value in {**former.settings, **more}.items()]
    path = folder / "settings.py"
    path.write_text("\n".join(lines))
    return str(path)


def django_settings(folder, name):
    former = DJANGO[name]
    apps = [each for each in settings.INSTALLED_APPS if each != "session440.django"]
    given = {"MIDDLEWARE": middleware_with(former), "INSTALLED_APPS": apps}
    return settings_in(run(written(folder, former, **given)))


TIMEOUTS = ("W011", "W012", "W013", "W014", "W016")


def timeouts(site):
    """What the doctor says of timeouts and of what does not work."""
    return [each.id for each in examine(site) if each.id[11] == "E" or each.id[11:] in TIMEOUTS]


@pytest.mark.parametrize("name", DJANGO)
def test_a_django_project_ends_a_login_at_the_same_time(name, tmp_path):
    former, client = DJANGO[name], Client()
    new = django_settings(tmp_path, name)
    assert new.pop("INSTALLED_APPS") == [*settings.INSTALLED_APPS[:-1], "session440.django"]
    assert new["MIDDLEWARE"] == settings.MIDDLEWARE
    browser = {key: former.settings[key] for key in former.settings if "BROWSER" in key}
    with override_settings(**browser, **new), Travel() as travel:
        policy = get_engine().settings.policy
        assert (policy.idle_timeout, policy.absolute_timeout) == (former.idle, former.absolute)

        def log_in():
            client.logout()
            client.force_login(User.objects.get(username="alice"))
            assert client.get("/show").content == b"shown to alice"

        def visit():
            answer = client.get("/show")
            if answer.content != b"shown to alice":
                assert_login_timeout(answer)
            return answer.status_code == 200

        drive(former, log_in, visit, travel)
        assert timeouts(site_of_project()) == []


def test_what_session_security_had_besides_is_taken_over(tmp_path):
    new = django_settings(tmp_path, "session-security")
    with override_settings(SESSION440=new["SESSION440"]):
        taken = get_engine().settings
        assert taken.warn_before == 180
        assert taken.passive_paths.fullmatch("/odd[1]/")
        assert not taken.passive_paths.fullmatch("/odd1/")


def test_a_grace_period_is_the_renewal_interval(tmp_path):
    new = django_settings(tmp_path, "session-timeout, sliding")
    assert new["SESSION440"]["RENEW_INTERVAL"] == "1m"
    new = django_settings(tmp_path, "session-timeout, a grace too long")
    assert "RENEW_INTERVAL" not in new["SESSION440"]


def test_a_session_lasts_longer_than_its_login(tmp_path):
    """So that the browser still has the cookie that says what has ended."""
    assert django_settings(tmp_path, "django")["SESSION_COOKIE_AGE"] == 14 * DAY
    assert django_settings(tmp_path, "django, a month")["SESSION_COOKIE_AGE"] == 31 * DAY
    assert django_settings(tmp_path, "django, sliding")["SESSION_SAVE_EVERY_REQUEST"] is False
    assert "SESSION_COOKIE_AGE" not in django_settings(tmp_path, "auto-logout, idle")


@pytest.mark.parametrize("name", FLASK)
def test_a_flask_app_ends_a_login_at_the_same_time(name, tmp_path):
    former = FLASK[name]
    app = flask_app(former)
    app.config.update(settings_in(run(written(tmp_path, former))))
    Session440(app)
    with Travel(app) as travel:
        client = app.test_client()

        def visit():
            answer = client.get("/")
            if answer.status_code != 200:
                assert_login_timeout(answer)
            return answer.text == "alice"

        drive(former, lambda: client.get("/login"), visit, travel)
    assert timeouts(site_of(app)) == []
    assert app.config["SESSION_REFRESH_EACH_REQUEST"] is False


@pytest.mark.parametrize("is_refreshed", [False, True])
def test_a_remembered_login_lasts_as_long_as_its_cookie_did(is_refreshed, tmp_path):
    former = FLASK["flask"]
    duration = timedelta(days=30)
    given = {
        "REMEMBER_COOKIE_DURATION": duration,
        "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": is_refreshed,
    }
    new = settings_in(run(written(tmp_path, former, **given)))
    limit = duration.total_seconds()
    remembered = Policy(
        idle_timeout=limit if is_refreshed else None,
        absolute_timeout=None if is_refreshed else limit,
    )
    assert new["SESSION440_POLICIES"] == {"remember": remembered}
    assert new["PERMANENT_SESSION_LIFETIME"] == 31 * DAY
    app = flask_app(former, **given)
    app.config.update(new)
    manager = LoginManager(app)
    manager.user_loader(Person)
    app.add_url_rule("/in", "in", lambda: str(login_user(Person("alice"), remember=True)))
    Session440(app)
    with Travel(app) as travel:
        client = app.test_client()
        client.get("/in")
        travel(limit - 1)
        assert client.get("/").status_code == 200
        travel(limit if is_refreshed else 1)
        assert_login_timeout(client.get("/"), "idle" if is_refreshed else "absolute")
    assert timeouts(site_of(app)) == []


class Person(UserMixin):
    def __init__(self, name):
        self.id = name


@pytest.mark.parametrize("name", BEAKER)
def test_a_site_with_beaker_ends_a_login_at_the_same_time(name, tmp_path, monkeypatch):
    former = BEAKER[name]
    lines = [f"{key} = {ini(value)}" for key, value in former.settings.items()]
    path = tmp_path / "production.ini"
    path.write_text("\n".join(["[app:main]", *[f"beaker.{each}" for each in lines]]))
    printed = run(str(path))
    snippet = printed[printed.index("import os") : printed.index("\n\nDo by hand")]
    names = {"app": SessionMiddleware(beaker_app, {**former.settings})}
    monkeypatch.setenv("SECRET_KEY", "a long random text for these tests, 8Yw3ZqLs0VtB")
    exec(snippet, names)
    app = names["app"]
    with Travel(app) as travel:
        client = WerkzeugClient(app)

        def visit():
            answer = client.get("/")
            if answer.status_code != 200:
                assert_login_timeout(answer)
            return answer.text == "alice"

        drive(former, lambda: client.post("/login"), visit, travel)
    assert timeouts(site_of(app)) == []


def ini(value):
    return int(value.total_seconds()) if isinstance(value, timedelta) else value
