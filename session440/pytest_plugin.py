"""For test suites: time that a test moves, and queries that do not depend on the tests' order.

A test client of Django's logs in before its first request has loaded any middleware. If the
adapter is imported by then, it receives the login's signal and binds the login in the session's
first write. Otherwise the first request of a process would adopt the login, with one more write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .testing import Travel


def pytest_collection_finish() -> None:
    """Import the Django adapter, if the project under test uses it."""
    if _is_django_project():
        import session440.django  # noqa: F401


@pytest.fixture
def session440_travel(request: pytest.FixtureRequest) -> Iterator[Travel]:
    """Travel in time, for the fixture ``app`` or else the Django project.

    See :class:`session440.testing.Travel`.
    """
    from .testing import Travel

    with Travel(_app(request)) as travel:
        yield travel


def _app(request: pytest.FixtureRequest) -> Any:
    try:
        return request.getfixturevalue("app")
    except pytest.FixtureLookupError as error:
        if error.argname != "app":  # there is one, and it asks for what is not there
            raise
        if _is_django_project():
            return None
        raise LookupError(
            "session440_travel finds no app: give the tests a fixture 'app' that returns it, "
            "or use session440.testing.Travel(app)"
        ) from None


def _is_django_project() -> bool:
    if "django.conf" not in sys.modules:
        return False
    from django.conf import settings

    return bool(settings.configured and any("session440" in each for each in settings.MIDDLEWARE))
