"""Each command of docs/440-login-timeout.md prints, for a site with that fault, what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ended_logins import SCENES
from following import Command, commands, is_as_printed
from serving import serve
from sites import SECRET, TicketApp

from session440.cause import Cause
from session440.wsgi import Session440Middleware

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/440-login-timeout.md").read_text()
SHOP = "https://shop.example/"


def shown() -> dict[str, list[Command]]:
    """The commands of the page, by the headings under which they stand."""
    found = {}
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^```console\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
        if typed := [each for block in blocks for each in commands(block)]:
            found[part.partition("\n")[0]] = typed
    return found


SHOWN = shown()


def test_each_section_with_commands_has_its_scene():
    assert list(SHOWN) == list(SCENES)


@pytest.fixture
def shop():
    """A site whose load balancer keeps people on one server for ten minutes only."""
    site = Session440Middleware(TicketApp(), secret_key=SECRET)

    def balanced(environ, start_response):
        def start(status, headers, *rest):
            return start_response(status, [*headers, STICKY], *rest)

        return site(environ, start)

    with serve(balanced) as url:
        yield url


STICKY = ("Set-Cookie", "AWSALB=one; Max-Age=600; Path=/")


@pytest.mark.slow
@pytest.mark.parametrize("heading", SHOWN)
def test_the_commands_print_what_the_page_shows(heading, tmp_path, shop):
    SCENES[heading](tmp_path)
    for command in SHOWN[heading]:
        output = run(command.typed.replace(SHOP, shop), tmp_path)
        assert is_as_printed(output, command.printed), (command.typed, output)


def run(typed: str, folder: Path) -> str:
    """Type a command of session440's, of this checkout."""
    ours = f'session440() {{ "{sys.executable}" -m session440 "$@"; }}\n{typed}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", ours], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr  # 1: an error was found
    return done.stdout


def test_every_cause_and_every_finding_on_the_page_is_there_in_the_doctor():
    findings = (ROOT / "docs/doctor.md").read_text()
    assert all(f"`{each}`" in PAGE for each in Cause)
    for each in set(re.findall(r"`([EW]\d{3})`", PAGE)):
        assert f"`{each}`" in findings, each
