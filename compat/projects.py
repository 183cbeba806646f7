"""The projects whose tests are run: what is fetched, what it needs, and where its tests are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Project:
    """A project with tests of its own.

    :param name: what it is called on the command line.
    :param sdist: the release on PyPI whose source has the tests; ``None``: there is none, and
        ``--source`` names a folder with its source.
    :param tests: the tests, in its folder.
    :param needs: what the tests need beside the project.
    :param installed: what is installed in place of the folder.
    :param settings: in Django, the settings of the tests; ``None``: it is for Flask.
    :param environment: variables of the tests' environment.
    :param options: of pytest.
    :param expected: tests that fail because of what session440 is for, each with its reason.
    """

    name: str
    sdist: str | None
    tests: tuple[str, ...]
    needs: tuple[str, ...] = ()
    installed: str | None = None
    settings: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    expected: Mapping[str, str] = field(default_factory=dict)


PROJECTS = (
    Project(
        "flask",
        "flask==3.1.3",
        ("tests", "examples/tutorial/tests"),
        ("asgiref", "pytest<9", "-e", "{source}/examples/tutorial"),
        # Both folders are called tests.
        options=("--import-mode=importlib",),
    ),
    Project(
        "flask-login",
        "flask-login==0.6.2",  # the last one with tests; they hold for 0.6.3, too
        ("tests",),
        ("blinker", "asgiref", "semantic_version"),
        installed="flask-login==0.6.3",
    ),
    Project(
        "flask-restx",
        None,  # the releases lack the fixtures with its apps
        ("tests",),
        ("blinker", "Faker", "mock", "pytest-flask", "pytest-mock", "tzlocal", "pytest-benchmark"),
        # None of its apps has one, and without it they would have no logins.
        environment={"COMPAT_SECRET_KEY": "for apps that have none of their own"},
    ),
    Project(
        "django-hijack",
        "django-hijack==3.4.5",  # the last one with tests
        ("hijack/tests",),
        ("pytest-django",),
        settings="hijack.tests.test_app.settings",
        options=("-o", "addopts=", "-o", "filterwarnings="),
    ),
    Project(
        "django-two-factor-auth",
        None,  # the releases lack the settings of their tests
        ("tests",),
        ("pytest-django", "django-formtools", "freezegun", "phonenumbers", "qrcode", "twilio"),
        settings="tests.settings",
    ),
    Project(
        "django-oscar",
        None,  # the releases lack the tests
        ("tests",),
        ("pytest-django", "pytest-xdist", "{source}[test]"),
        settings="tests.settings",
        environment={"DATABASE_ENGINE": "django.db.backends.sqlite3"},
        options=("--sqlite", "-n", "2"),
    ),
    Project(
        "healthchecks",
        None,  # it is not on PyPI
        ("hc",),
        ("pytest-django", "pytest-xdist", "-r", "{source}/requirements.txt"),
        installed="",
        settings="hc.settings",
        options=("-n", "2"),
    ),
)
