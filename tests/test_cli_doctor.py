"""The command line of the doctor, and the same findings as Django's system checks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings
from examined_sites import HEALTHY_DJANGO, KEY, OURS
from processes import gunicorn
from test_doctor_nodes import doctor

from session440.cli import commands
from session440.doctor import starts

ROOT = Path(__file__).parent.parent
APP = f"""
import atexit, secrets, subprocess, sys
from flask import Flask
from session440.flask import Session440

def create_app(key={KEY!r}, **config):
    app = Flask("clinic")
    app.secret_key = key
    app.config.update(SESSION440_STORE="memory:", SESSION440_ADOPT=False, **config)
    Session440(app)
    app.add_url_rule("/login", "login", lambda: "log in")
    return app

app = create_app()
watchful = create_app(SESSION440_ENFORCEMENT="report")
weak = create_app("short")
def drawn(): return create_app(secrets.token_urlsafe(48))
def production(mode, *, strict=True):
    return create_app(SESSION440_ENFORCEMENT="report" if mode == "production" else "strict")
def talking():
    print("Loading the configuration of production")
    atexit.register(print, "bye")
    subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    return create_app()
def quitting(): sys.exit("no licence")
def leaking(): raise OSError("cannot reach redis://:geheim@db/0 as user:geheim@db")
def mistyped(): return create_app(SESSION440_IDLE_TIMOUT=5)
def broken(): raise RuntimeError("no\\nluck")
nothing = None
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with an app of people's own in it."""
    (tmp_path / "clinic.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield tmp_path
    sys.modules.pop("clinic", None)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(commands, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_an_app_as_it_should_be_gives_nothing(folder):
    assert run("doctor", "clinic:app") == (0, "Nothing was found.\n")
    assert run("doctor", "clinic") == (0, "Nothing was found.\n")
    assert run("doctor", "clinic:create_app()") == (0, "Nothing was found.\n")


def test_warnings_give_status_0_and_errors_1(folder):
    status, said = run("doctor", "clinic:watchful")
    assert (status, said.partition(":")[0]) == (0, "session440.W017")
    status, said = run("doctor", "clinic:weak")
    assert (status, said.partition(":")[0]) == (1, "session440.E021")
    assert "why: anybody who guesses it" in said
    assert "what to do: set app.secret_key" in said


def test_a_finding_can_be_silenced(folder):
    assert run("doctor", "clinic:weak", "--silence", "session440.E021")[0] == 0


def test_for_machines_it_is_json(folder):
    status, said = run("doctor", "clinic:weak", "--json")
    (finding,) = json.loads(said)
    assert set(finding) == {"id", "level", "found", "why", "remedy"}
    assert (status, finding["level"]) == (1, "error")
    assert json.loads(run("doctor", "clinic:app", "--json")[1]) == []


def test_a_key_that_is_drawn_at_each_start_is_named(folder):
    """By starting the app once more, in a process of its own."""
    status, said = run("doctor", "clinic:drawn()")
    assert (status, said.partition(":")[0]) == (1, "session440.E022")


def test_a_factory_is_given_its_arguments(folder):
    """As gunicorn gives them: literals."""
    assert "session440.W017" in run("doctor", "clinic:production('production')")[1]
    assert run("doctor", "clinic:production('test', strict=False)")[0] == 0


def test_a_factory_needs_no_brackets(folder):
    """As Flask's own command takes it; and its key is compared all the same."""
    status, said = run("doctor", "clinic:create_app")
    assert (status, said) == (0, "Nothing was found.\n")
    status, said = run("doctor", "clinic:drawn")
    assert (status, said.partition(":")[0]) == (1, "session440.E022")


def test_a_function_that_is_an_app_is_not_called(folder):
    """It takes two arguments, whatever their names (PEP 3333)."""
    (folder / "plain.py").write_text(
        "def application(environ, start_response): raise AssertionError\n"
        "def passing(*args): raise AssertionError\n"
    )
    for name in ("application", "passing"):
        status, said = run("doctor", f"plain:{name}")
        assert (status, said.partition(":")[0]) == (1, "session440.E060")


def test_a_factory_that_needs_arguments_is_an_app_for_all_we_know(folder):
    assert run("doctor", "clinic:production")[1].startswith("session440.E060")


def test_an_app_that_prints_and_leaves_processes_behind_is_compared_all_the_same(folder):
    done = subprocess.run(
        [sys.executable, "-m", "session440", "doctor", "clinic:talking()", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert json.loads(done.stdout.replace("bye", "")) == []
    assert "Note" not in done.stderr


def test_an_app_that_does_not_start_again_is_said_so(folder, monkeypatch):
    monkeypatch.setattr(starts, "PATIENCE", 0)
    done = CliRunner().invoke(commands, ["doctor", "clinic:app"])
    assert done.exit_code == 0
    assert "Note: the app could not be started once more: TimeoutExpired." in done.stderr


def test_the_project_of_django_is_found_where_people_stand(tmp_path):
    """By the command itself, which does not look there as python -m does."""
    misspelt = "from django_settings import *\nSESSION440_IDLE = {}\nSESSION_440 = {}\n"
    (tmp_path / "mysite.py").write_text(misspelt)
    command = [str(Path(sys.executable).with_name("session440")), "doctor", "--json"]
    there = {"DJANGO_SETTINGS_MODULE": "mysite", "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **there}, capture_output=True, text=True
    )
    assert "session440.E067" in done.stdout, done.stderr


def test_without_what_a_command_needs_there_is_help_all_the_same():
    code = (
        "import sys; sys.modules['defusedxml'] = None; from session440.__main__ import main; main()"
    )
    for arguments in (["--help"], ["webconfig", "x", "--for", "flask"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True
        )
        assert "webconfig needs defusedxml; install 'session440[cli]'." in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert done.returncode == 1


def test_workers_are_asked_for_or_counted(folder, monkeypatch):
    assert "4 workers (--workers)" in run("doctor", "clinic:app", "--workers", "4")[1]
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    assert "2 workers (WEB_CONCURRENCY)" in run("doctor", "clinic:app")[1]


def test_https_may_be_said(folder):
    assert run("doctor", "clinic:app", "--https")[1].startswith("session440.W031")


def test_an_option_that_keeps_the_app_from_starting_is_a_finding(folder):
    status, said = run("doctor", "clinic:mistyped()")
    assert (status, said.partition(":")[0]) == (1, "session440.E001")
    assert "did you mean 'idle_timeout'" in said


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("clinic:missing", "cannot load 'clinic:missing': AttributeError"),
        ("missing:app", "cannot import 'missing': ModuleNotFoundError"),
        ("clinic:broken()", "cannot load 'clinic:broken()': RuntimeError: no luck"),
        ("clinic:quitting()", "cannot load 'clinic:quitting()': SystemExit: no licence"),
        ("clinic:leaking()", "cannot load 'clinic:leaking()': OSError: cannot reach (…) as (…)"),
        ("clinic:production()", "cannot load 'clinic:production()': TypeError"),
        ("clinic:production(key)", "cannot load 'clinic:production(key)': ValueError"),
        ("clinic:1 +", "cannot load 'clinic:1 +': SyntaxError"),
        ("json", "cannot load 'json': LookupError: the module has none of app, application"),
        ("clinic:nothing", "'clinic:nothing' is not a WSGI app: it is a NoneType"),
        ("", "cannot import ''"),
        (":", "cannot import ''"),
    ],
)
def test_an_app_that_cannot_be_loaded_is_one_line(folder, target, said):
    status, output = run("doctor", target)
    assert status == 1
    assert output.startswith(f"Error: {said}")
    assert output.count("\n") == 1


def test_without_an_app_it_says_how_to_name_one(folder, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    status, said = run("doctor")
    assert status == 2
    assert "name one, such as mysite.wsgi:application" in said


def test_flask_has_the_command_too(folder):
    """``flask --app clinic session440 doctor``."""
    command = [sys.executable, "-m", "flask", "--app", "clinic:weak", "session440", "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.partition(":")[0]) == (1, "session440.E021")
    for drawn in ("clinic:drawn()", "clinic.py:drawn"):
        command[4] = drawn
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout.partition(":")[0]) == (1, "session440.E022")
    (folder / "app.py").write_text("from clinic import drawn\napp = drawn()\n")
    command[3:5] = []
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.partition(":")[0]) == (1, "session440.E022")


def test_the_flask_demo_is_as_it_should_be(tmp_path):
    store = f"sqlite:///{tmp_path / 'logins.db'}"
    assert doctor("demo_flask", PYTHONPATH=str(ROOT), SESSION440_STORE=store)[:2] == (0, [])
    workers = doctor("demo_flask", "--workers", "4", PYTHONPATH=str(ROOT), SESSION440_STORE=store)
    assert workers[:2] == (0, [])


def test_the_django_demo_is_as_it_should_be(tmp_path):
    """By the command, and by its checks; its database stands where the test wants it."""
    (tmp_path / "clock").write_text("1800000000")
    there = {
        "DJANGO_SETTINGS_MODULE": "demo_django_clock",
        "DEMO_FOLDER": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    assert doctor("demo_django.wsgi:application", **there)[:2] == (0, [])
    for options in ([], ["--deploy"]):
        command = [sys.executable, "-m", "django", "check", "--tag", "session440", *options]
        done = subprocess.run(
            command, cwd=ROOT / "tests", env={**os.environ, **there}, capture_output=True, text=True
        )
        assert "no issues" in done.stdout, done.stderr


def test_a_running_site_is_asked_too(folder):
    """``--url`` has the probe look at it."""
    with gunicorn("clinic:app", folder / "log", PYTHONPATH=str(folder)) as port:
        assert run("doctor", "clinic:app", "--url", f"http://127.0.0.1:{port}")[0] == 0
    status, said = run("doctor", "clinic:app", "--url", f"http://127.0.0.1:{port}")
    assert (status, said.partition(":")[0]) == (1, "session440.E079")


def test_a_url_that_is_none_is_one_line(folder):
    status, said = run("doctor", "clinic:app", "--url", "ftp://x")
    assert status == 2
    assert said.splitlines()[-1].startswith("Error: Invalid value for --url: ")


def test_without_click_it_says_what_to_install():
    """In a process in which click cannot be imported."""
    code = "import sys; sys.modules['click'] = None; from session440.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "The command line needs click; install 'session440[cli]'.\n"


def test_on_a_terminal_it_is_a_table():
    """With the ids in it, and no markup taken from what was found."""
    code = (
        "from session440.cli.printing import print_findings; "
        "from session440.doctor.finding import Finding; "
        "print_findings([Finding('session440.E001', '[red]x', 'y', 'z')])"
    )
    table = in_terminal([sys.executable, "-c", code])
    assert "E001" in table
    assert "[red]x" in table
    assert "┃" in table


def test_on_a_terminal_without_rich_it_is_text():
    """Flask brings click, and nothing that draws tables."""
    code = (
        "import importlib.util as util; util.find_spec = lambda name: None; "
        "from session440.cli.printing import print_findings, print_table; "
        "from session440.doctor.finding import Finding; "
        "print_findings([Finding('session440.E001', 'x', 'y', 'z')]); print_table('ab', ['cd'])"
    )
    shown = in_terminal([sys.executable, "-c", code])
    assert "session440.E001: x\r\n  why: y\r\n" in shown
    assert "┃" not in shown


def in_terminal(command: list[str]) -> str:
    """Run a command in a terminal of 200 columns; give what it shows."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the terminal is gone with its last user
            pass
        process.wait(timeout=60)
    os.close(ours)
    return shown.decode()


# --- Django's checks


def checked(*options: str) -> str:
    """Run ``manage.py check --tag session440``."""
    out = StringIO()
    try:
        call_command("check", "--tag", "session440", *options, stdout=out, stderr=out)
    except SystemCheckError as error:
        return str(error)
    return out.getvalue()


def test_a_project_as_it_should_be_passes_its_checks():
    with override_settings(**HEALTHY_DJANGO):
        assert "no issues" in checked()


def test_what_is_wrong_everywhere_is_checked_always():
    with override_settings(**{**HEALTHY_DJANGO, "MIDDLEWARE": [OURS]}):
        said = checked()
        assert "session440.E061" in said
        assert "HINT: It cannot tell who is logged in" in said


def test_what_is_wrong_in_service_is_checked_with_deploy():
    """And each finding once."""
    changes = {"SESSION_COOKIE_HTTPONLY": False, "MIDDLEWARE": [OURS]}
    with override_settings(**{**HEALTHY_DJANGO, **changes}):
        assert "session440.W033" not in checked()
        said = checked("--deploy")
        assert "session440.W033" in said
        assert said.count("session440.E061") == 1
