"""What the code has, the docs name; and what the docs name, the code has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pkgutil import resolve_name
from typing import get_args, get_type_hints

import click
import pytest
from blinker import NamedSignal
from doc_pages import ROOT, Page, docs_text, pages, tables_of

import session440.cli
import session440.events
from session440 import Cause
from session440.flask import signals
from session440.http.endpoints import _ENDPOINTS
from session440.options import Options
from session440.policy import PRESETS

DOCS = docs_text()
SOURCE = {
    path: path.read_text()
    for path in (ROOT / "session440").rglob("*")
    if path.suffix in (".py", ".js", ".html")
}
CODE = "\n".join(SOURCE.values())
CLIENT = "\n".join(SOURCE[path] for path in SOURCE if path.parent.name == "client")


def of(pattern: str, text: str) -> set[str]:
    return {*re.findall(pattern, text, re.MULTILINE)}


def column(page: str, head: str) -> set[str]:
    """Return what stands as code in the first column of a page's tables with that heading."""
    tables = [each for each in tables_of(Page(ROOT / page).text) if each[0][0] == head]
    return {name for each in tables for row in each[1:] for name in re.findall("`([^`]+)`", row[0])}


def test_causes():
    assert of(r'"cause": "(\w+)"', DOCS) <= {*map(str, Cause)}
    assert of(r"Session440-Cause: (\w+)", DOCS) <= {*map(str, Cause)}
    assert {str(each) for each in Cause if f"`{each}`" not in DOCS} == set()


def test_events_and_their_signals():
    kinds = {*get_args(session440.events.Kind)}
    assert column("docs/events.md", "`event.kind`") == kinds
    rows = tables_of(Page(ROOT / "docs/events.md").text)[0][1:]
    told = {name for row in rows for name in re.findall(r"\w+", row[1])}
    assert told == {name for name, each in vars(signals).items() if isinstance(each, NamedSignal)}


def test_findings():
    """Of the doctor, the probe and Django's checks."""
    said = of(r'"session440\.([EW]\d{3})"', CODE)
    told = of(r"\b(?<![A-Z-])(?:session440\.)?([EW]0\d{2})\b", DOCS)
    assert said - told == set()
    assert told - said <= {"W009"}  # Django's own: security.W009


def test_headers():
    named = r"(Session440-(?!Middleware)[A-Z]\w+)"
    assert of(named, DOCS) == of(named, CODE)


def test_extras():
    tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {*project["optional-dependencies"]}
    lists = of(r"(?:session440|'\.)\[([a-z0-9,]+)\]", DOCS)
    told = {name for each in lists for name in each.split(",")}
    assert told == extras


def commands_in(group: click.Group, *names: str) -> Iterator[str]:
    """Yield each command that there is, with the commands around it."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield " ".join((*names, name))
        if isinstance(command, click.Group):
            yield from commands_in(command, *names, name)


@pytest.mark.parametrize("command", [*commands_in(session440.cli.commands)])
def test_every_command_is_told(command):
    first, *rest = command.split()
    assert re.search(rf"session440 {first}\b[^`\n]*{' '.join(rest)}", DOCS)


def test_every_command_that_is_told_is_there():
    told = of(r"(?:^\$ |`)(?:flask |manage\.py |python -m )?session440 ([a-z]\w+)", DOCS)
    assert told <= {*session440.cli.NAMES}


def test_options():
    capitals = {name.upper() for name in get_type_hints(Options)} | {"SUBJECT_KEY"}
    assert of(r"\bSESSION440_([A-Z][A-Z_]+)", DOCS) - {"LEAVE_NOTHING_OUT"} <= capitals
    assert {f"### `{name}`" for name in get_type_hints(Options)} <= {*DOCS.splitlines()}


def test_endpoints():
    told = of(r"/session440/([\w.-]+\w)", DOCS)
    assert {*_ENDPOINTS} <= told
    assert told - {*_ENDPOINTS} <= {"440.html", "login", "client", "http", "testing"}


def test_presets():
    assert [name for name in PRESETS if name not in DOCS] == []


def test_every_module_that_is_shown_is_in_the_reference():
    blocks = "\n".join(block for page in pages() for block in page.blocks("python"))
    shown = of(r"^\s*(?:from|import) (session440[\w.]*)", blocks)
    described = of(r"auto(?:module|class):: (session440[\w.]*)", DOCS)
    assert shown - described == set()


def dotted() -> set[str]:
    """Return the names of the package that pages name in full, as code."""
    code = "\n".join(
        token.content
        for page in pages()
        for each in page.tokens
        for token in [each, *(each.children or ())]
        if token.type in ("code_inline", "fence")
    )
    named = of(r"(?<![\w./@:-])session440(?:\.[A-Za-z_]\w*)+(?![\w/-])", code)
    files = (".md", ".html", ".py", ".txt", ".mo", ".po", ".log", ".db", ".sqlite3", ".json", ".sh")
    return {each for each in named if not each.endswith(files)}


@pytest.mark.parametrize("name", sorted(dotted()))
def test_a_name_of_the_package_is_there(name):
    """What begins so may also be a finding, a fact in a log, or the script's in the browser."""
    last = name.removeprefix("session440.")
    facts = {*session440.events.Event.__annotations__, "headline"}
    is_other = last in facts or re.fullmatch(r"[EW]\d{3}", last)
    if not is_other and not re.search(rf"\b{last}\b", CLIENT):
        resolve_name(name)
