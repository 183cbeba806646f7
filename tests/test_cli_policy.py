"""``session440 policy``: limits, the clauses they satisfy or break, and the auditor's report."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from clock import FakeClock
from django.test import override_settings
from flask import Flask
from flask_login import LoginManager

from session440.cli import commands
from session440.doctor.clauses import CLAUSES
from session440.doctor.requirements import ASVS_5, NIST_SECTION_5
from session440.flask import Session440
from session440.policy import PRESETS
from session440.version import __version__
from session440.wsgi import Session440Middleware

TESTS = Path(__file__).parent
SECRET = "a long random text that nobody shall read"
PASSWORD = "pa55word"
HOST = "store.example"

#: What ``create_app`` builds its app of.
options: dict = {}


@pytest.fixture(autouse=True)
def _fresh_options():
    options.clear()
    yield
    options.clear()


def create_app() -> Flask:
    app = Flask("audited")
    app.secret_key = SECRET
    app.config["SESSION440_CLOCK"] = FakeClock()
    for name, value in options.items():
        app.config[name if name.isupper() else f"SESSION440_{name.upper()}"] = value
    Session440(app)
    return app


def remembering_app() -> Flask:
    app = create_app()
    LoginManager(app)
    return app


def bare_app() -> Flask:
    return Flask("bare")


def wsgi_app():
    return Session440Middleware(lambda environ, start: [], secret_key=SECRET, **options)


APP = ["--app", "test_cli_policy:create_app()"]


def run(*args: str, code: int = 0, django: str | None = None):
    """Run the command, in an environment that names no Django project."""
    env = {"DJANGO_SETTINGS_MODULE": django}
    result = CliRunner().invoke(commands, ["policy", *args], env=env)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if "\t" in line]


def table(markdown: str, heading: str) -> list[list[str]]:
    """The rows of the table beneath a heading, without its own."""
    part = markdown.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [line.strip("| ").split(" | ") for line in lines[2:]]


# --- presets


def test_list_names_every_preset_with_its_limits_and_clauses():
    told = rows(run("--list").stdout)
    limits = {row[0]: row[1:3] for row in told if len(row) == 5}
    assert limits["nist-aal2"] == ["1 hour", "24 hours"]
    assert limits["pci-dss"] == ["15 minutes", "none"]
    assert limits.keys() - {"preset"} == PRESETS.keys()
    assert len([row for row in told if len(row) == 4]) == 1 + sum(map(len, CLAUSES.values()))


def test_list_for_machines():
    told = json.loads(run("--list", "--json").stdout)
    assert [each["preset"] for each in told] == [*PRESETS]
    assert told[3]["idle_timeout"] == 900
    assert told[3]["absolute_timeout"] is None
    assert told[3]["clauses"][0]["number"] == "8.2.8"


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_told_with_each_clause_and_its_source(preset):
    output = run("--preset", preset).stdout
    for clause in CLAUSES[preset]:
        row = [preset, f"{clause.standard}, {clause.number}", clause.force, clause.text]
        assert row in rows(output)
        assert f"  {clause.source}\n" in output


def test_a_preset_that_is_none_is_a_wrong_use():
    assert "'pci'" in run("--preset", "pci", code=2).output


# --- an app


def test_an_apps_effective_limits_are_told_for_every_policy():
    options.update(policy="pci-dss", warn_before="1m", policies={"remember": "nist-aal1"})
    assert rows(run(*APP).stdout)[1:] == [
        ["default", "15 minutes", "none", "1 minute", "45 seconds"],
        ["remember", "none", "30 days", "2 minutes", "1 minute"],
    ]


def test_an_app_that_keeps_a_standard_satisfies_each_clause():
    options.update(policy="nist-aal2", idle_timeout="20m")
    result = run(*APP, "--preset", "nist-aal2")
    verdicts = [row for row in rows(result.stdout) if len(row) == 6][1:]
    assert [row[1] for row in verdicts] == ["NIST SP 800-63B-4, 2.2.3"] * 3
    assert [row[4] for row in verdicts] == ["24 hours", "24 hours", "20 minutes"]
    assert {row[5] for row in verdicts} == {"satisfied"}
    assert result.stdout.endswith("\nnist-aal2: nothing is broken\n")


def test_a_policy_that_exceeds_what_is_required_fails():
    options.update(policy="pci-dss", idle_timeout="16m")
    result = run(*APP, "--preset", "pci-dss", code=1)
    (row,) = [row for row in rows(result.stdout) if "8.2.8" in row[1]]
    assert (row[0], row[2], row[4:]) == ("default", "SHALL", ["16 minutes", "broken"])
    assert result.stdout.endswith("\npci-dss: requirements broken: 1\n")


def test_one_named_policy_of_several_is_enough_to_fail():
    options.update(policy="pci-dss", policies={"remember": "nist-aal1", "kiosk": "owasp-high"})
    result = run(*APP, "--preset", "pci-dss", code=1)
    verdicts = {row[0]: row[5] for row in rows(result.stdout) if len(row) == 6}
    del verdicts["policy"]
    assert verdicts == {"default": "satisfied", "remember": "broken", "kiosk": "satisfied"}


def test_what_is_only_recommended_is_a_warning():
    options.update(idle_timeout="2h", absolute_timeout="12h")
    result = run(*APP, "--preset", "nist-aal3")
    assert result.stdout.endswith("\nnist-aal3: recommendations not followed: 1\n")
    assert [row[5] for row in rows(result.stdout) if len(row) == 6][1:] == ["satisfied", "broken"]


def test_an_administrators_clause_is_told_and_breaks_nothing():
    options.update(policy="disa-stig")
    result = run(*APP, "--preset", "disa-stig")
    verdicts = [row[5] for row in rows(result.stdout) if len(row) == 6][1:]
    assert verdicts == ["satisfied", "not for administrators"]


def test_where_nothing_ends_every_requirement_is_broken():
    options.update(policy="pci-dss", enforcement="report")
    result = run(*APP, "--preset", "pci-dss", code=1)
    assert "enforcement is 'report': nothing ends" in result.stdout
    assert [row[4:] for row in rows(result.stdout) if len(row) == 6][1:] == [
        ["nothing ends", "broken"]
    ]


def test_an_app_for_machines():
    options.update(policy="pci-dss", absolute_timeout="8h", idle_timeout="16m")
    told = json.loads(run(*APP, "--preset", "pci-dss", "--json", code=1).stdout)
    assert told["policies"]["default"] == {
        "idle_timeout": 960,
        "absolute_timeout": 28800,
        "warn_before": 120,
        "renew_interval": 48,
    }
    (held,) = told["clauses"]
    assert (held["limit"], held["here"], held["verdict"]) == (900, 960, "broken")
    assert (told["preset"], told["enforcement"]) == ("pci-dss", "strict")
    assert json.loads(run(*APP, "--json").stdout)["clauses"] == []


def test_a_django_project_is_found_by_its_settings():
    with override_settings(SESSION440={"POLICY": "owasp-low", "IDLE_TIMEOUT": "31m"}):
        result = run("--preset", "owasp-low", django="django_settings")
    assert result.stdout.endswith("\nowasp-low: recommendations not followed: 1\n")


def test_a_django_project_in_a_process_of_its_own(tmp_path):
    """As people run it: DJANGO_SETTINGS_MODULE, and nothing else."""
    (tmp_path / "audited_settings.py").write_text(
        "from django_settings import *\nSESSION440 = {'POLICY': 'pci-dss', 'IDLE_TIMEOUT': '1h'}\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "audited_settings",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(TESTS), str(TESTS.parent)]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "session440", "policy", "--preset", "pci-dss"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "pci-dss: requirements broken: 1" in done.stdout


def test_a_wsgi_app():
    options.update(idle_timeout="5m", absolute_timeout="1h")
    told = rows(run("--app", "test_cli_policy:wsgi_app()").stdout)
    assert told[1][1:3] == ["5 minutes", "1 hour"]


@pytest.mark.parametrize(
    "args", [[], ["--report"], ["--report", "--preset", "pci-dss"], ["--json"]]
)
def test_without_an_app_it_says_how_to_name_one(args):
    assert re.search(r"no app is given; .*--app .*--preset", run(*args, code=2).output)


def test_an_app_without_session440_is_one_line():
    result = run("--app", "test_cli_policy:bare_app()", "--preset", "pci-dss", code=1)
    assert result.output == "Error: the app has no Session440\n"


def test_an_app_that_is_not_there_is_one_line():
    result = run("--app", "nosuchmodule:app", "--preset", "pci-dss", code=1)
    assert result.output.startswith("Error: cannot import 'nosuchmodule'")
    assert result.output.count("\n") == 1


def test_report_and_json_exclude_each_other():
    assert "leave out --report or --json" in run(*APP, "--report", "--json", code=2).output


# --- the report


def report(*args: str, code: int = 0) -> str:
    return run(*APP, "--report", *args, code=code).stdout


def test_the_report_has_what_an_auditor_asks_for():
    options.update(policy="pci-dss", absolute_timeout="8h", max_logins=3, adopt=False)
    options.update(store="memory:", revalidate_interval=30, store_failure="refuse")
    text = report()
    assert text.startswith(
        "# How logins end\n\nWritten at 2027-01-15T08:00:00+00:00, "
        f"by session440 {__version__}, from the settings of the app (Flask). "
        "This page is for OWASP ASVS 5.0, 7.1.1 (<https://github.com/OWASP/ASVS/"
    )
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "Limits",
        "How they are kept",
        "Clauses",
        "Deviations from NIST SP 800-63B-4",
        "Requirements of OWASP ASVS 5.0.0, chapter 7 and 14.3",
        "Requirements of NIST SP 800-63B-4, section 5",
    ]
    assert table(text, "Limits") == [
        ["default", "15 minutes", "8 hours", "2 minutes", "45 seconds"],
    ]
    assert dict(table(text, "How they are kept")) == {
        "enforcement": "strict: a request with a login that has ended is answered 440",
        "policy of a login": "'default', if its code names none",
        "an ended login is told from a visitor for": "24 hours",
        "logins from before deployment": "are ended",
        "store": "the memory of one process",
        "a revocation holds": "within 30 seconds",
        "while the store is out": "a request with a login is answered 503",
        "logins that a person may have": "3",
        "ticket cookie": "session440: HttpOnly; not Secure; no SameSite; Path=/; no Domain",
    }


def test_the_report_holds_each_policy_against_the_standard_and_asvs():
    options.update(policy="pci-dss", idle_timeout="16m", policies={"remember": "nist-aal1"})
    text = report(code=1)
    held = [[row[i] for i in (0, 1, 4, 5)] for row in table(text, "Clauses")]
    assert held == [
        ["default", "PCI DSS v4.0.1, 8.2.8", "16 minutes", "broken"],
        ["default", "OWASP ASVS 5.0, 7.3.1", "16 minutes", "satisfied"],
        ["default", "OWASP ASVS 5.0, 7.3.2", "none", "broken"],
        ["remember", "PCI DSS v4.0.1, 8.2.8", "none", "broken"],
        ["remember", "OWASP ASVS 5.0, 7.3.1", "none", "broken"],
        ["remember", "OWASP ASVS 5.0, 7.3.2", "30 days", "satisfied"],
    ]
    assert all(row[6].startswith("<https://") for row in table(text, "Clauses"))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_clause_of_a_preset_is_in_its_report(preset):
    options.update(policy=preset)
    places = [row[1] for row in table(report(), "Clauses")]
    for clause in CLAUSES[preset]:
        assert f"{clause.standard}, {clause.number}".replace("<", "&lt;") in places


def test_deviations_from_nist_are_listed_with_room_for_a_reason():
    options.update(idle_timeout="2h", absolute_timeout="20h")
    deviations = table(report(), "Deviations from NIST SP 800-63B-4")
    assert [(row[0], row[3], row[5]) for row in deviations] == [
        ("AAL2", "SHOULD", "2 hours"),
        ("AAL3", "SHALL", "20 hours"),
        ("AAL3", "SHOULD", "2 hours"),
    ]
    at_level = table(report("--preset", "nist-aal2"), "Deviations from NIST SP 800-63B-4")
    assert [row[0] for row in at_level] == ["AAL2"]


def test_without_deviations_the_report_says_so():
    options.update(policy="nist-aal3")
    assert "\n## Deviations from NIST SP 800-63B-4\n\nThere are none.\n\n## " in report()


def test_the_report_answers_each_requirement_of_asvs_and_nist():
    options.update(policy="nist-aal3", store="memory:", page_cache=None)
    text = report()
    asvs = table(text, "Requirements of OWASP ASVS 5.0.0, chapter 7 and 14.3")
    nist = table(text, "Requirements of NIST SP 800-63B-4, section 5")
    assert [row[0] for row in asvs] == [each.number for each in ASVS_5]
    assert [row[0] for row in nist] == [each.number for each in NIST_SECTION_5]
    by = {row[0]: row[3] for row in (*asvs, *nist)}
    assert [by[each] for each in ("7.1.1", "7.4.1", "14.3.2")] == [
        *("by session440", "by the site: check this", "not")
    ]
    assert all(row[5].startswith("<https://") for row in (*asvs, *nist))


def test_the_report_is_the_same_each_time_but_for_its_date():
    clock = FakeClock()
    options.update(policy="owasp-high", clock=clock)
    first = report()
    assert report() == first
    clock.advance(86400)
    assert report() == first.replace("2027-01-15T08", "2027-01-16T08")


def test_the_report_tells_no_secret_and_no_place():
    options.update(
        store=f"redis://user:{PASSWORD}@{HOST}:6379/0",
        node="node-7.internal",
        secret_key_fallbacks=["a former secret key"],
    )
    told = report() + run(*APP, "--json").stdout + run(*APP).stdout
    for secret in (SECRET, PASSWORD, HOST, "redis://", "node-7", "a former secret key"):
        assert secret not in told
    assert dict(table(report(), "How they are kept"))["store"] == "Redis or Valkey"


def test_the_report_tells_what_lets_people_in_for_longer():
    """A remember cookie logs people in again, whatever the absolute timeout."""
    assert "remember cookie" not in dict(table(report(), "How they are kept"))
    options["REMEMBER_COOKIE_DURATION"] = timedelta(days=14)
    text = run("--app", "test_cli_policy:remembering_app()", "--report").stdout
    ways = dict(table(text, "How they are kept"))
    assert ways["remember cookie"] == "logs in again without a password for 14 days"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"adopt": True}, "begin when they are first seen"),
        ({"adopt": "2027-01-31"}, "begin when they are first seen, until 2027-01-31"),
    ],
)
def test_the_report_tells_how_long_logins_are_adopted(given, told):
    options.update(given)
    assert dict(table(report(), "How they are kept"))["logins from before deployment"] == told


def test_the_report_tells_of_the_cookie():
    options.update(
        SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Strict", SESSION_COOKIE_PATH="/"
    )
    options.update(cookie_name="__Host-login")
    assert dict(table(report(), "How they are kept"))["ticket cookie"] == (
        "__Host-login: HttpOnly; Secure; SameSite=Strict; Path=/; no Domain"
    )


def test_a_wsgi_cookie_is_secure_where_the_request_is():
    options.update(clock=FakeClock())
    text = run("--app", "test_cli_policy:wsgi_app()", "--report").stdout
    assert "login440: HttpOnly; Secure if the request is https; SameSite=Lax" in text
    assert "store | none: only cookies count" in text


def test_names_are_no_markup():
    options.update(policies={"a|b <i>\nc": "iis"})
    assert r"| a\|b &lt;i> c | 20 minutes |" in report()
