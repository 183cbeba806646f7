"""What every test may use."""

from __future__ import annotations

import os
import shutil

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
    from django.db import connections

    call_command("migrate", verbosity=0)
    for name in ("alice", "bob"):
        User.objects.create_user(name, password="wonderland", is_staff=True)
    yield
    connections.close_all()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_site(clock):
    """Serve a site of an adapter for the length of a test: ``open_site(kind, **options)``."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda kind, **options: stack.enter_context(kind.open(clock, **options))


# --- programs that a machine may lack

#: Each program that tests want beside Python's packages, and the Debian package with it.
PACKAGES = {"nginx": "nginx"}
_left_out: dict[str, list[str]] = {}


@pytest.fixture
def program(request: pytest.FixtureRequest):
    """Find a program: ``program("nginx")``. Where it is missing the test is left out.

    With ``SESSION440_LEAVE_NOTHING_OUT`` set, as in CI, it fails instead.
    """

    def find(name: str) -> str:
        # Debian keeps servers where only root's PATH looks.
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if found:
            return found
        if os.environ.get("SESSION440_LEAVE_NOTHING_OUT"):
            pytest.fail(f"{name} is missing")
        _left_out.setdefault(name, []).append(request.node.nodeid)
        pytest.skip(f"{name} is missing")

    return find


def pytest_terminal_summary(terminalreporter) -> None:
    """End with what was left out, and the one command that would bring it."""
    if not _left_out:
        terminalreporter.write_line("Nothing was left out.")
        return
    for name, tests in sorted(_left_out.items()):
        terminalreporter.write_line(f"Left out for want of {name}:")
        for test in tests:
            terminalreporter.write_line(f"  {test}")
    packages = " ".join(sorted(PACKAGES[name] for name in _left_out))
    terminalreporter.write_line(f"To run them too: sudo apt-get install {packages}")
