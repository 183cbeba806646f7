"""The doctor: a login that outlives the token behind it."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
from authlib.integrations.flask_client import OAuth
from authlib.integrations.flask_oauth2 import AuthorizationServer
from examined_sites import flask_app, ids, project
from flask import Blueprint

from session440.doctor.credentials import LIBRARIES, examine, libraries_in
from session440.doctor.site import Site
from session440.flask.inspection import site_of

ALLAUTH = "allauth.socialaccount.providers.openid_connect"


def test_a_flask_app_with_authlib_and_no_credential_is_named():
    app = flask_app()
    OAuth(app)
    assert ids(site_of(app)) == ["W065"]


def test_a_flask_app_that_is_a_provider_itself_is_none():
    app = flask_app()
    AuthorizationServer(app)
    app.extensions["authlib.integrations.flask_oauth2"] = AuthorizationServer()
    assert ids(site_of(app)) == []


@pytest.mark.parametrize("library", ["flask_dance.consumer.oauth2", "flask_oidc.views"])
def test_a_blueprint_of_such_a_library_is_named(library):
    kind = type("OAuth2ConsumerBlueprint", (Blueprint,), {"__module__": library})
    app = flask_app()
    app.register_blueprint(kind("google", library))
    assert ids(site_of(app)) == ["W065"]


def test_a_view_of_such_a_library_is_named():
    def view():
        return "in"

    view.__module__ = "flask_pyoidc.flask_pyoidc"
    app = flask_app()
    app.add_url_rule("/redirect_uri", "redirect_uri", view)
    assert ids(site_of(app)) == ["W065"]


@pytest.mark.parametrize(
    "found",
    [
        ["allauth", "allauth.account", "allauth.socialaccount"],
        ["authlib", "authlib.integrations", "authlib.integrations.flask_oauth2"],
        ["mozilla_django_oidc_not"],
        ["requests_oauthlib", "django.contrib.auth"],
    ],
)
def test_modules_with_which_nobody_logs_in_are_none(found):
    assert libraries_in(found) == ()


@pytest.mark.parametrize("module", LIBRARIES)
def test_each_library_is_known_by_its_modules_and_what_is_in_them(module):
    assert libraries_in([module]) == libraries_in([f"{module}.x"]) == (LIBRARIES[module],)


def test_several_libraries_are_named_in_order():
    assert libraries_in(["mozilla_django_oidc", ALLAUTH, "authlib.integrations.django_client"]) == (
        "Authlib",
        "django-allauth",
        "mozilla-django-oidc",
    )


def test_a_django_project_without_one_has_none():
    with project() as site:
        assert site.libraries == ()
        assert "W065" not in ids(site)


def test_a_site_that_says_when_its_tokens_end_has_none():
    said = SimpleNamespace(settings=SimpleNamespace(credential=lambda request, subject: None))
    unsaid = SimpleNamespace(settings=SimpleNamespace(credential=None))
    assert [*examine(Site("WSGI", str, said, libraries=("Authlib",)))] == []
    assert len([*examine(Site("WSGI", str, unsaid, libraries=("Authlib",)))]) == 1


DJANGO = """
import django
from django.conf import settings
from examined_sites import HEALTHY_DJANGO, OURS
settings.configure(
    **HEALTHY_DJANGO,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", {app!r}],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware", OURS],
    ROOT_URLCONF=(),
)
django.setup()
from session440.django.inspection import site_of_project
print(*site_of_project().libraries)
"""


@pytest.mark.parametrize("app", ["mozilla_django_oidc", ALLAUTH])
def test_an_installed_app_of_django_is_named(app):
    """In a process of its own: the apps of a project cannot be changed."""
    done = subprocess.run(
        [sys.executable, "-c", DJANGO.format(app=app)],
        check=True,
        capture_output=True,
        text=True,
        cwd=__file__.rpartition("/")[0],
        timeout=60,
    )
    assert done.stdout.split() == [*libraries_in([app])]


WSGI = """
import authlib.integrations.starlette_client
from session440.wsgi import Session440Middleware
app = Session440Middleware(lambda environ, start: [], secret_key={key!r})
"""


def test_what_a_plain_wsgi_app_imports_is_named(tmp_path):
    (tmp_path / "clinic.py").write_text(WSGI.format(key="x" * 20 + "abcdefghijklmnop"))
    command = [sys.executable, "-m", "session440", "doctor", "clinic:app", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert "session440.W065" in done.stdout
    assert "Authlib" in done.stdout
