"""The Django recipes of docs/recipes/ as projects: what a page puts into a file is put there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from browser import Answer, Browser
from clock import FileClock
from django.core.management import call_command
from ports import free_port
from processes import TESTS, running

PAGES = TESTS.parent / "docs" / "recipes"
#: "In `mysite/settings.py`:", and the block after it.
IN_A_FILE = re.compile(r"^In `([^`]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", re.M | re.S)
PASSWORD = "wonderland"
IDLE = 1200
SERVERS = {
    "gunicorn": [
        *(sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--threads", "8"),
        *("--timeout", "200", "django_recipe_site"),
    ],
    "uvicorn": [
        *(sys.executable, "-m", "uvicorn", "--port", "{port}"),
        "django_recipe_site:asgi_application",
    ],
}
PEOPLE = f"""
from django.contrib.auth.models import User
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
User.objects.create_superuser("alice", "alice@example.org", "{PASSWORD}")
User.objects.create_superuser("bob", "bob@example.org", "{PASSWORD}")
User.objects.create_user("carol", "carol@example.org", "{PASSWORD}")
"""
#: What every project needs for its tests: their clock, and speed.
SETTINGS = """
import os, sys
sys.path.insert(0, os.environ["RECIPE_TESTS"])
from clock import read_clock
SESSION440 = {**globals().get("SESSION440", {}), "CLOCK": lambda: read_clock(BASE_DIR / "clock")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["OPTIONS"] = {"timeout": 20, "init_command": "PRAGMA synchronous=OFF"}
"""


def blocks_of(page: str) -> list[tuple[str, str]]:
    """Return which file each block of a page belongs into, and the block."""
    return IN_A_FILE.findall((PAGES / f"{page}.md").read_text())


def console_of(page: str) -> list[str]:
    """Return the commands of a page."""
    return re.findall(r"^\$ (.*)$", (PAGES / f"{page}.md").read_text(), re.M)


class BrowserOfASGI(Browser):
    has_phrases = False


@dataclass
class Site:
    """A recipe that is served.

    :param login: the path of its login page.
    """

    url: str
    clock: FileClock
    folder: Path
    login: str
    is_asgi: bool = False

    def browser(self) -> Browser:
        return (BrowserOfASGI if self.is_asgi else Browser)(self.url)

    def manage(self, *arguments: str) -> str:
        """Run a command of the project, and return what it says."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **_environment(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def logged_in(self, name: str = "alice") -> Browser:
        browser = self.browser()
        answer = fill_in(browser, self.login, username=name, password=PASSWORD)
        assert answer.status == 302, answer.text
        return browser


@contextmanager
def served(
    page: str, folder: Path, login: str, more: str = "", server: str = "gunicorn"
) -> Iterator[Site]:
    """Serve the project of a page, with alice and bob, who may do everything, and carol.

    :param more: settings for the test alone.
    """
    call_command("startproject", "mysite", folder)
    for name, block in blocks_of(page):
        _append(folder / name, block)
    _append(folder / "mysite" / "settings.py", SETTINGS + more)
    clock = FileClock(folder / "clock")
    port = free_port()
    site = Site(f"http://127.0.0.1:{port}", clock, folder, login, server == "uvicorn")
    site.manage("shell", "-v0", "-c", PEOPLE)
    command = [each.format(port=port) for each in SERVERS[server]]
    with running(command, port, folder / "site.log", **_environment(folder)):
        yield site


def _environment(folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "mysite.settings",
        "RECIPE_TESTS": str(TESTS),
        "PYTHONPATH": ":".join([str(folder), str(TESTS), *sys.path]),
    }


def _append(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as opened:
        opened.write("\n" + text if file.stat().st_size else text)


# --- what a person does


def fill_in(browser: Browser, at: str, **content: str) -> Answer:
    """Send the form of a page as a browser does, with what is hidden in it."""
    page = browser.navigate(at)
    assert page.status == 200, page.text
    return browser.post(at, hidden(page) | content, **sent_from(browser, at))


def sent_from(browser: Browser, at: str) -> dict[str, str]:
    return {
        "Accept": "text/html",
        "Origin": browser.url,
        "Referer": browser.url + at,
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }


def hidden(page: Answer) -> dict[str, str]:
    """Return the hidden fields of a page's forms."""
    fields = [dict(ATTRIBUTE.findall(each)) for each in re.findall(r"<input[^>]*>", page.text)]
    found = [each for each in fields if each.get("type") == "hidden" and "name" in each]
    return {each["name"]: unescape(each.get("value", "")) for each in found}


ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


def login_link(answer: Answer) -> str:
    """Return where the page of a 440 sends people to log in."""
    found = [each for each in re.findall(r'href="([^"]+)"', answer.text) if "login" in each]
    return unescape(found[0])


def is_440(answer: Answer, cause: str = "idle") -> bool:
    return answer.says("440 Login Timeout") and answer["Session440-Cause"] == cause


def logs_in_again(browser: Browser, ended: Answer, **content: str) -> str:
    """Follow the link of a 440, log in, and return where that leads."""
    content = content or {"username": "alice", "password": PASSWORD}
    answer = fill_in(browser, login_link(ended), **content)
    assert answer.status == 302, answer.text
    return answer["Location"]
