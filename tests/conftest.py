"""What every test may use."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import patience  # noqa: F401  # for all that follows
import pytest
from backends import BACKENDS
from clock import FakeClock
from hypothesis import settings
from programs import PACKAGES, MissingProgram, find

ROOT = Path(__file__).parent.parent
# Where an assertion of theirs fails, both sides are shown, as in a test's own file.
pytest.register_assert_rewrite(
    *("demos", "django_logins", "examined_sites", "listed_app", "parity", "traps", "visitors"),
    *("login_lists", "web_configs"),
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_settings")
# An example may take long on a busy machine.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


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
def django_clock(clock):
    """Let the time of the Django project be that of the test."""
    from django.test import override_settings

    with override_settings(SESSION440={"CLOCK": clock}):
        yield


@pytest.fixture
def open_site(clock):
    """Serve a site of an adapter for the length of a test: ``open_site(kind, **options)``."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda kind, **options: stack.enter_context(kind.open(clock, **options))


# --- stores, and the servers that they need


@pytest.fixture(scope="session")
def launch(tmp_path_factory):
    """Start a server for all tests: ``launch(redis_server)``.

    Where its program is missing the test is left out.
    """
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(server, *args, **kwargs):
            folder = tmp_path_factory.mktemp(server.__name__)
            try:
                return stack.enter_context(server(folder, *args, **kwargs))
            except MissingProgram as missing:
                leave_out(missing.name)

        yield start


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request, launch):
    """Each store in turn, on a real server."""
    return launch(BACKENDS[request.param])


@pytest.fixture
def store(backend):
    """A client of an empty store."""
    backend.empty()
    return backend.open()


# --- a real browser


@pytest.fixture(scope="module")
def chromium(program):
    """One browser to a module: while it runs, other tests cannot use Django's database."""
    from browsing import launched

    with launched(headless_chromium(program)) as browser:
        yield browser


def headless_chromium(program) -> str:
    """Find Chromium: without its windows it takes a third less of a machine."""
    try:
        return find("chromium-headless-shell")
    except MissingProgram:
        return program("chromium")


@pytest.fixture(scope="session")
def served_django(tmp_path_factory):
    from browsing import django_demo

    with django_demo(tmp_path_factory.mktemp("demo_django")) as demo:
        yield demo


@pytest.fixture
def served_flask(clock):
    from browsing import flask_demo

    with flask_demo(clock) as demo:
        yield demo


@pytest.fixture(params=["flask", "django"])
def served(request):
    """Each demo, over a real socket, with a clock of the test's."""
    return request.getfixturevalue(f"served_{request.param}")


@pytest.fixture
def people(program, request, served):
    """Seat people at browsers of their own: ``people(locale="de")``. None may complain."""
    from browsing import Person

    headless_chromium(program)  # for each test that is left out to be named
    chromium = request.getfixturevalue("chromium")
    present = []

    def seat(clock_error=0, **options):
        present.append(Person(served, chromium.new_context(**options), clock_error))
        return present[-1]

    yield seat
    for each in present:
        each.context.close()
        assert each.complaints == []


@pytest.fixture
def person(people):
    return people()


@pytest.fixture
def claim(request):
    """An expense claim that no other test has saved: the Django demo remembers."""
    from demos import CLAIM

    return CLAIM | {"remarks": request.node.name}


@pytest.fixture
def filled(person, claim):
    """A page with a form that is filled in and not sent."""
    from browsing import fill_in

    page = person.logged_in()
    fill_in(page, claim)
    return page


@pytest.fixture(scope="session")
def npm_packages(program):
    """The folder with what `make test` installs from npm."""
    program("npm")
    folder = ROOT / ".venv/node/node_modules"
    return folder if folder.is_dir() else leave_out("npm")


# --- programs that a machine may lack

_left_out: dict[str, set[str]] = {}


def leave_out(name: str):
    """Leave out the test that is running for want of a program.

    With ``SESSION440_LEAVE_NOTHING_OUT`` set, as in CI, it fails instead.
    """
    if os.environ.get("SESSION440_LEAVE_NOTHING_OUT"):
        pytest.fail(f"{name} is missing")
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    _left_out.setdefault(name, set()).add(test)
    pytest.skip(f"{name} is missing")


def pytest_sessionfinish(session) -> None:
    """Tell the process that shows the results what was left out in this one."""
    if hasattr(session.config, "workeroutput"):
        told = {name: sorted(tests) for name, tests in _left_out.items()}
        session.config.workeroutput["left_out"] = told


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_testnodedown(node) -> None:
    for name, tests in getattr(node, "workeroutput", {}).get("left_out", {}).items():
        _left_out.setdefault(name, set()).update(tests)


@pytest.fixture(scope="session")
def program():
    """Find a program: ``program("nginx")``. Where it is missing the test is left out."""

    def find_or_leave(name: str) -> str:
        try:
            return find(name)
        except MissingProgram:
            return leave_out(name)

    return find_or_leave


def pytest_terminal_summary(terminalreporter) -> None:
    """End with what was left out, and the one command that would bring it."""
    if not _left_out:
        terminalreporter.write_line("Nothing was left out.")
        return
    for name, tests in sorted(_left_out.items()):
        terminalreporter.write_line(f"Left out for want of {name}:")
        for test in sorted(tests):
            terminalreporter.write_line(f"  {test}")
    packages = " ".join(sorted(PACKAGES[name] for name in _left_out))
    terminalreporter.write_line(f"To run them too: sudo apt-get install {packages}")


# --- databases, and Redis, for tests that are about them


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'logins.db'}"


@pytest.fixture(scope="session")
def postgresql(launch):
    from sql_servers import postgresql_server

    return launch(postgresql_server)


@pytest.fixture(scope="session")
def mariadb(launch):
    from sql_servers import mariadb_server

    return launch(mariadb_server)


@pytest.fixture(params=["postgresql", "mariadb"])
def sql_server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def sql_url(request) -> str:
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue(request.param).url


@pytest.fixture
def table() -> str:
    """Tables that no other test has."""
    return f"login_{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def running_redis(launch):
    from redis_servers import redis_server

    return launch(redis_server)


@pytest.fixture
def emptied_redis(running_redis):
    """A server of Redis without a key."""
    running_redis.command("FLUSHALL")
    return running_redis
