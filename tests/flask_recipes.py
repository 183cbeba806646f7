"""The Flask recipes of ``docs/recipes``, laid out in a folder as their readers do it, and served.

The first line of a block is a comment with the name of its file: ``# app.py``.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from browser import NAVIGATION, Answer, Browser
from demos import Demo
from flask import Flask
from serving import serve

PAGES = Path(__file__).parent.parent / "docs/recipes"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(?:#|//|<!--|\{#) (\S+\.\w+)(?: -->| #\})?\n")
#: Blocks that are no files.
SHOWN = {"console", "json", "text", "http"}


def blocks(page: str, language: str) -> list[str]:
    """Return what the page shows in one language."""
    found = BLOCK.findall((PAGES / f"{page}.md").read_text())
    return [content for each, content in found if each == language]


def files(page: str) -> dict[str, str]:
    """Return the files that a page shows, by their names."""
    found: dict[str, str] = {}
    for language, content in BLOCK.findall((PAGES / f"{page}.md").read_text()):
        if language not in SHOWN:
            name = NAME.match(content)
            assert name, f"{page}.md has a block of {language} that no test runs"
            # A reader who is shown more of a file adds it at the end.
            found[name[1]] = found.get(name[1], "") + content[name.end() :]
    return found


def lay_out(page: str, folder: Path) -> None:
    """Write the files of a page into *folder*."""
    for name, content in files(page).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def add_static(folder: Path, *sources: Path) -> None:
    """Put files of packages from npm where the page tells its reader to put them."""
    (folder / "static").mkdir(exist_ok=True)
    for each in sources:
        shutil.copy(each, folder / "static")


def load(page: str, folder: Path, file: str = "app.py"):
    """Run a file of the page from *folder*; gives its module."""
    lay_out(page, folder)
    name = "recipe_" + page.replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, folder / file)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


@contextmanager
def recipe(page: str, folder: Path, clock, **config) -> Iterator[Demo]:
    """Serve a page's app, whose time is the test's."""
    app: Flask = load(page, folder).app
    app.config |= {"SESSION440_CLOCK": clock, **config}
    with serve(app) as url:
        yield Demo(page, url, clock)


def token_of(answer: Answer) -> dict[str, str]:
    """Return the CSRF token of a page's form, if it has one."""
    field = re.search(r'<input[^>]*name="csrf_token"[^>]*value="([^"]+)"', answer.text)
    return {"csrf_token": field[1]} if field else {}


def fill_in(browser: Browser, at: str, content: dict[str, str], to: str | None = None) -> Answer:
    """Send the form of the page *at* as a browser does; *to* another address if that is given."""
    data = token_of(browser.navigate(at)) | content
    form = {"Content-Type": "application/x-www-form-urlencoded", "Referer": browser.url + at}
    return browser.request("POST", to or at, NAVIGATION | form, urlencode(data).encode())


def log_in(browser: Browser, url: str = "/login", name: str = "alice", **more: str) -> Answer:
    """Send a login form as its page has it, which ends in a redirect."""
    content = {"username": name, "password": "wonderland"} | more
    answer = fill_in(browser, url, content)
    assert answer.status in (302, 303), answer
    return answer


def link_of(answer: Answer) -> str:
    """Return where the page of a 440 leads to log in again."""
    link = re.search(r'href="([^"]+)"', answer.text)
    assert link, answer.text
    return link[1].replace("&amp;", "&")
