"""The pages of docs/coming-from and docs/migrate.md show what the commands print."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from migrations import DAL, DSS, DST
from werkzeug.test import Client

from session440.cli import commands
from session440.migration import (
    FlaskConfig,
    beaker_library,
    django_libraries,
    flask_libraries,
)
from session440.testing import Travel, assert_login_timeout

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(path.stem for path in (DOCS / "coming-from").glob("*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: The languages of a page's first block, the former settings.
FORMER = ("python", "ini", "xml")


def text_of(page: str) -> str:
    return (DOCS / "coming-from" / f"{page}.md").read_text()


def blocks(page: str, *languages: str) -> list[str]:
    return [text for language, text in FENCE.findall(text_of(page)) if language in languages]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_the_commands_real_output(page, tmp_path, monkeypatch):
    """Of the command that it names, for the settings that it shows."""
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"^\$ session440 (.+)$", text_of(page), re.MULTILINE)
    file = command.split()[1]
    (tmp_path / file).write_text(blocks(page, *FORMER)[0])
    done = CliRunner().invoke(commands, command.split())
    assert done.exit_code == 0, done.output
    (shown,) = blocks(page, "text")
    assert shown == done.output


def test_there_is_a_page_for_each_library_and_each_page_is_linked():
    assert sorted(["aspnet", *LIBRARIES]) == PAGES
    index = (DOCS / "migrate.md").read_text()
    assert [page for page in PAGES if f"(coming-from/{page}.md)" not in index] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_changes_and_what_is_gone(page):
    text = text_of(page)
    for title in ("## What each setting becomes", "## What changes", "## What it had, and"):
        assert title in text
    links = re.findall(r"\]\(((?!https)[^)#]+)", text)
    assert links
    assert [each for each in links if not (DOCS / "coming-from" / each).is_file()] == []


MIDDLEWARE = {"MIDDLEWARE": [DST, DSS, DAL]}
LIBRARIES = {
    each.name.lower(): each
    for each in (
        *django_libraries(MIDDLEWARE)[1:],
        *flask_libraries(FlaskConfig({}, has_login=True, is_on_server=True)),
        beaker_library({}),
    )
}


@pytest.mark.parametrize("page", LIBRARIES)
def test_a_page_names_every_setting_that_is_read(page):
    names = [re.sub(r"AUTO_LOGOUT\['(\w+)'\]", r"\1", each) for each in LIBRARIES[page].settings]
    assert [each for each in names if each not in text_of(page)] == []


def test_the_app_with_beaker_ends_a_login():
    names: dict = {}
    (source,) = blocks("beaker", "python")
    exec(source, names)
    with Travel(names["app"]) as travel:
        client = Client(names["app"])
        assert client.get("/").text == "nobody"
        client.post("/login")
        travel("29m")
        assert client.get("/").text == "alice"
        travel("30m")
        assert_login_timeout(client.get("/"), cause="idle")


def fill(folder: Path) -> None:
    """Write what the commands print into the pages: ``python tests/test_coming_from.py``."""
    os.chdir(folder)
    for page in PAGES:
        (command,) = re.findall(r"^\$ session440 (.+)$", text_of(page), re.MULTILINE)
        (folder / command.split()[1]).write_text(blocks(page, *FORMER)[0])
        output = CliRunner().invoke(commands, command.split()).output
        (old,) = blocks(page, "text")
        path = DOCS / "coming-from" / f"{page}.md"
        path.write_text(text_of(page).replace(f"```text\n{old}```", f"```text\n{output}```"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name))
