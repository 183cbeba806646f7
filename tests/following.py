"""Follows a page of docs/start as its reader does: in an empty folder, in two terminals.

What the page has typed before and under "Run it" is the first terminal's, the rest the second's.
Of the page only the path of the checkout and the port are replaced.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
#: All that a checkout is installed from. pip builds in it, and two must not do so at once.
SOURCES = ("session440", "pyproject.toml", "setup.cfg", "README.md", "LICENSE")
#: What the tests' own environment says, and a reader's does not.
OURS = ("PYTHONPATH", "PYTHONWARNINGS", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE")
#: Seconds, on a busy machine, until everything is installed and the server listens.
PATIENCE = 280
PAUSE = 0.1
MARK = "=== the next command"

STEP = re.compile(
    r"^(?:(?P<verb>Save|Add) this (?:as|to the end of) `(?P<file>[^`]+)`[^\n]*:\n\n)?"
    r"```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


class Command(NamedTuple):
    """What is typed, and what the page says is printed: nothing where it does not matter."""

    typed: str
    printed: str


class Page(NamedTuple):
    """What two terminals are given; the first is left with a server that runs."""

    first: str
    second: list[Command]


def parse(text: str) -> Page:
    """Take a page apart at the heading of the second terminal."""
    first, _, second = text.partition("## See a login end")
    steps = [_shell(match) for match in STEP.finditer(first)]
    blocks = re.findall(r"^```console\n(.*?)^```$", second, re.DOTALL | re.MULTILINE)
    return Page("\n".join(steps), [each for block in blocks for each in commands(block)])


def _shell(step: re.Match) -> str:
    if step["language"] == "console":
        return "\n".join(each.typed for each in commands(step["text"]))
    arrow = {"Save": ">", "Add": ">>"}[step["verb"]]
    folder = Path(step["file"]).parent
    return (
        f"mkdir -p {folder}\ncat {arrow} {step['file']} <<'end of file'\n{step['text']}end of file"
    )


def commands(block: str) -> list[Command]:
    """Return what a console block has typed, and what it prints.

    A command goes on after a backslash at the end of its line.
    """
    found = re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    return [Command(*each) for each in found]


def environment() -> dict[str, str]:
    """Return a reader's environment; pip compiles nothing in advance, which takes half its time."""
    theirs = {name: value for name, value in os.environ.items() if name not in OURS}
    return theirs | {"PIP_NO_COMPILE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def checkout(folder: Path) -> Path:
    """Copy the sources, for one ``pip install`` of its own."""
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


@contextmanager
def first_terminal(script: str, folder: Path, port: int) -> Iterator[None]:
    """Type the first terminal's commands, until a server listens on *port*; stop it at the end."""
    log = folder / "terminal.log"
    with log.open("wb") as output:
        shell = subprocess.Popen(
            ["bash", "-e", "-c", script],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _await(port, shell, log)
        yield
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()


def _await(port: int, shell: subprocess.Popen, log: Path) -> None:
    for _ in range(int(PATIENCE / PAUSE)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if shell.poll() is not None:
            break
        Event().wait(PAUSE)
    raise AssertionError(f"no server on port {port}: {log.read_text()}")


def second_terminal(typed: list[Command], folder: Path) -> list[str]:
    """Type commands; return what each printed. One that fails is an error."""
    script = "\n".join(f"printf '\\n{MARK}\\n'\n{each.typed}" for each in typed)
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(f"\n{MARK}\n")[1:]


def is_as_printed(output: str, printed: str) -> bool:
    """Return whether an output is the page's, in which ``...`` stands for anything.

    Columns are set by tabs, or by spaces; a page breaks long lines.
    """
    pattern = re.escape(_spaced(printed)).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, _spaced(output)) is not None


def _spaced(text: str) -> str:
    return " ".join(text.split())
