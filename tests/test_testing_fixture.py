"""The fixture ``session440_travel``, and what session440.testing costs those who do not use it."""

from __future__ import annotations

import re
import subprocess
import sys
import unittest
from pathlib import Path

PAGE = (Path(__file__).parent.parent / "docs" / "testing.md").read_text()
FLASK, DJANGO, DJANGO_FOR_PYTEST, STARLETTE, WSGI = re.findall(
    r"```python\n(.*?)```", PAGE, re.DOTALL
)

# --- what it costs others


def test_no_adapter_imports_it():
    code = (
        "import sys, session440.flask, session440.wsgi, session440.asgi, session440.django,"
        "session440.fastapi, session440.cli.doctor;"
        "print([each for each in sys.modules if each.startswith('session440.testing')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_it_imports_no_framework():
    code = (
        "import sys, session440.testing;"
        "print({'flask', 'django', 'starlette', 'httpx', 'requests', 'pytest'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "set()"


# --- the fixture


RUN = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]

DJANGO_CONFTEST = """
import django
from django.conf import settings

def pytest_configure():
    settings.configure(
        SECRET_KEY="a long random text",
        ROOT_URLCONF="conftest",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "session440.django"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "session440.django.Session440Middleware",
        ],
        USE_TZ=True,
    )
    django.setup()

urlpatterns = []
"""
DJANGO_TEST = """
def test_it_is_the_project(session440_travel):
    from session440.django import get_engine

    assert session440_travel.engine is get_engine()
"""
PLAIN_TEST = "def test_it(session440_travel):\n    pass\n"


def pytest_in(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(RUN, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_fixture_takes_the_fixture_app(tmp_path):
    """As docs/testing.md shows it."""
    done = pytest_in(tmp_path, test_flask=FLASK, test_starlette=STARLETTE, test_wsgi=WSGI)
    assert "4 passed" in done.stdout, done.stdout


def test_the_page_shows_a_test_of_django():
    names: dict = {}
    exec(DJANGO, names)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(names["LoginTimeoutTests"]).run(result)
    assert (result.testsRun, result.errors, result.failures) == (3, [], [])


def test_the_page_shows_a_test_of_django_for_pytest(session440_travel):
    """There is no fixture ``app`` here, so it is the project's."""
    names: dict = {}
    exec(DJANGO_FOR_PYTEST, names)
    names["test_a_login_that_another_one_displaced"](session440_travel)


def test_the_fixture_takes_the_django_project(tmp_path):
    done = pytest_in(tmp_path, conftest=DJANGO_CONFTEST, test_it=DJANGO_TEST)
    assert "1 passed" in done.stdout, done.stdout


def test_the_fixture_says_what_it_needs(tmp_path):
    done = pytest_in(tmp_path, test_it=PLAIN_TEST)
    assert "session440_travel finds no app: give the tests a fixture 'app'" in done.stdout


def test_an_app_that_cannot_be_made_is_not_taken_for_none(tmp_path):
    """The project would be taken in its place, or the reason would not be told."""
    broken = "import pytest\n\n@pytest.fixture\ndef app(database):\n    return None\n\n"
    done = pytest_in(tmp_path, conftest=DJANGO_CONFTEST, test_it=broken + DJANGO_TEST)
    assert "fixture 'database' not found" in done.stdout
