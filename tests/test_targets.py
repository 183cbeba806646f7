"""What the workflows, README.md and CONTRIBUTING.md tell people and machines to run exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *WORKFLOWS, ROOT / ".ci" / "run"]
named = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def found(pattern: str, path: Path) -> list[str]:
    return re.findall(pattern, path.read_text(), re.MULTILINE)


def targets() -> set[str]:
    return set(found(r"^([\w./-]+):", ROOT / "Makefile"))


@named
def test_each_make_target_exists(page):
    lists = found(r"(?:^|\$ |`|run: |_OUT=1 )make((?: [a-z./-]+)+)(?=$|`| [A-Z_]+=)", page)
    assert {name for each in lists for name in each.split()} <= targets()


def test_each_target_that_makes_no_file_is_phony():
    phony = " ".join(found(r"^\.PHONY:(.*)$", ROOT / "Makefile"))
    assert {name for name in targets() if "/" not in name and name != ".PHONY"} == {*phony.split()}


@named
def test_each_nox_session_exists(page):
    sessions = {*found(r"^@nox\.session.*\n(?:@.*\n)*def (\w+)", ROOT / "noxfile.py")}
    assert "matrix" in sessions
    assert {*found(r"(?:nox |NOX_ARGS=\")-s \W?(\w+)", page)} <= sessions


@named
def test_each_test_file_and_marker_exists(page):
    lines = found(r"pytest (.*)$", page)
    files = {name for line in lines for name in re.findall(r"tests/[\w*./]+", line)}
    assert [name for name in files if not [*ROOT.glob(name)]] == []
    markers = set(found(r'^    "(\w+): ', ROOT / "pyproject.toml"))
    asked = {
        name for line in lines for each in re.findall(r'-m "(.*?)"', line) for name in each.split()
    }
    assert asked - {"not", "and", "or"} <= markers
