"""Both demos as a browser meets them, and how each is started."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser import Answer, Browser
from clock import FakeClock
from ports import free_port

TESTS = Path(__file__).parent
PASSWORDS = {"alice": "wonderland", "bob": "builder"}


IDLE, ABSOLUTE, RENEWAL = 60, 600, 3


CLAIM = {
    "title": "Fair",
    "place": "Leiden",
    "day": "2027-01-15",
    "amount": "44.00",
    "reason": "Met the makers of <b>clocks</b>.",
    "remarks": "By train.",
}

START = {
    "flask": [sys.executable, "-W", "error", "-m", "demo_flask"],
    "django": [sys.executable, "-W", "error", "-m", "demo_django"],
    "fastapi": [sys.executable, "-W", "error", "-m", "demo_fastapi"],
}

#: The files that they keep logins in, but for their place. The Django demo has its database.
STORES = {
    "flask": "sqlite:///{folder}/demo.sqlite3",
    "django": "django:",
    "fastapi": "sqlite:///{folder}/demo.sqlite3",
}


@dataclass
class Demo:
    name: str
    url: str
    clock: FakeClock

    def browser(self) -> Browser:
        return Browser(self.url)

    def logged_in(self, name: str = "alice") -> Browser:
        browser = self.browser()
        answer = log_in(browser, name, PASSWORDS[name])
        assert answer.status == 302, answer
        return browser


def log_in(browser: Browser, name: str, password: str, at: str = "/login") -> Answer:
    return fill_in(browser, at, {"username": name, "password": password})


def fill_in(browser: Browser, at: str, content: dict[str, str]) -> Answer:
    """Send a page's form as a browser does, its CSRF token included."""
    return browser.post(at, csrf_token(browser.navigate(at)) | content)


def csrf_token(page: Answer) -> dict[str, str]:
    """Return the token of a page's form; FastAPI has none, its demo looks where a form is from."""
    if "csrf" not in page.text and "<form" in page.text:
        return {}
    token = re.search(r'name="(csrf\w+)" value="([^"]+)"', page.text)
    assert token, page.text
    return {token[1]: token[2]}


@contextmanager
def started(
    name: str, folder: Path, command: list[str] | None = None, **environ: str
) -> Iterator[tuple[str, str]]:
    """Start a server; gives its address and all that it said until it named it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    known = {k: v for k, v in os.environ.items() if not k.startswith(("SESSION440_", "SECRET_"))}
    process = subprocess.Popen(  # a command of this file
        [each.replace("{port}", str(port)) for each in command or START[name]],
        cwd=TESTS.parent,
        env=known
        | {
            "PORT": str(port),
            "PYTHONPATH": str(TESTS),
            "DJANGO_SETTINGS_MODULE": "demo_django_clock",
            "DEMO_FOLDER": str(folder),
            "SESSION440_STORE": STORES[name].format(folder=folder),
        }
        | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # A server that neither speaks nor ends must not hold up the tests for ever.
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        said = read_until(process, url)
        guard.cancel()  # it speaks; how long its tests take is their own matter
        yield url, said
    finally:
        guard.cancel()
        process.send_signal(signal.SIGTERM)
        process.communicate()


def read_until(process: subprocess.Popen[str], wanted: str) -> str:
    said = ""
    for line in process.stdout or ():
        said += line
        if wanted in line:
            return said
    pytest.fail(f"the demo ended without naming {wanted}: {said}")
