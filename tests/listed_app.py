"""A Flask app whose logins the command lists, and somebody at its site."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from calling import Call
from click.testing import CliRunner
from clock import START
from flask import Flask
from sites import flask_app

from session440 import Ticket
from session440.cli import commands
from session440.stores import Record

TESTS = Path(__file__).parent

#: What ``create_app`` builds its app of.
options: dict = {}


def create_app() -> Flask:
    return flask_app(events=[], **options)


APP = ["--app", "listed_app:create_app()"]


def run(*args: str, code: int = 0, env: dict | None = None, **more):
    """Run the command, in an environment that names neither a store nor a project."""
    environment = {"DJANGO_SETTINGS_MODULE": None, "SESSION440_STORE": None, **(env or {})}
    result = CliRunner().invoke(commands, ["logins", *args], env=environment, **more)
    assert result.exit_code == code, result.output
    return result


def listed(*args: str, **more) -> list[dict]:
    return json.loads(run(*args, "--json", **more).stdout)["logins"]


class Browser:
    """Somebody at the Flask site, whose server is another than the command's."""

    def __init__(self, name: str = "alice") -> None:
        self.app = create_app()
        body = f"username={name}".encode()
        form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
        self.cookies = Call(self.app, "/login", method="POST", body=body, **form).cookies()

    def visit(self, path: str = "/") -> Call:
        call = Call(self.app, path, self.cookies, HTTP_SEC_FETCH_MODE="navigate")
        call.body()
        self.cookies |= call.cookies()
        return call

    @property
    def ticket(self) -> Ticket:
        return self.app.extensions["session440"].engine.signer.loads(self.cookies["session440"])


def record(id: str, subject: str = "alice", **changes) -> Record:
    ticket = Ticket(id, subject, START, START, "default", None, "n0de")
    return Record.of(ticket, START + 1e6)._replace(**changes)


def process(*args: str, **environment: str):
    return subprocess.run(
        [sys.executable, "-m", "session440", "logins", *args],
        env={**os.environ, "PYTHONUTF8": "0", **environment},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
