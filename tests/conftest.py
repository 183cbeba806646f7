"""What every test may use."""

from __future__ import annotations

import os

import pytest
from clock import FakeClock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_settings")


def pytest_configure(config: pytest.Config) -> None:
    import django

    django.setup()


@pytest.fixture(scope="session", autouse=True)
def _django_database():
    """A migrated database with alice and bob in it."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for name in ("alice", "bob"):
        User.objects.create_user(name, password="wonderland", is_staff=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_site(clock):
    """Serve a site of an adapter for the length of a test: ``open_site(kind, **options)``."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda kind, **options: stack.enter_context(kind.open(clock, **options))
