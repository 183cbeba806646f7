"""Type checkers name a misspelt option, a wrong type and a wrong literal, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
#: Not oidc.md: its apps are of libraries without types, and tests/test_oidc_recipes.py runs them.
PAGES = [
    ROOT / "README.md",
    *sorted(each for each in (ROOT / "docs").glob("*.md") if each.stem != "oidc"),
]
#: Where a file of ours says that a line is wrong, and a word of what is said of it.
MARK = re.compile(r"  # error: (.+)$")

#: What README and docs show has no annotations, a snippet may speak of the one before it, and
#: ``app.wsgi_app = ...`` is how Flask's own documentation wraps an app.
MYPY_INI = f"""\
[mypy]
strict = True
python_version = 3.10
mypy_path = {ROOT}
follow_imports = silent

[mypy-shown.*]
disallow_untyped_calls = False
disallow_untyped_decorators = False
disallow_untyped_defs = False
disallow_subclassing_any = False
disable_error_code = name-defined, method-assign

[mypy-bottle.*,channels.*,cherrypy.*,web.*,flask_socketio.*]  # they have no types
ignore_missing_imports = True
"""
PYRIGHT = {
    "include": ["typing_tests", "shown"],
    "extraPaths": [str(ROOT)],
    "pythonVersion": "3.10",
    "executionEnvironments": [
        {"root": "shown", "extraPaths": [str(ROOT)], "reportUndefinedVariable": False},
        {"root": ".", "extraPaths": [str(ROOT)]},
    ],
}


class Said(NamedTuple):
    """What a checker says of a line."""

    path: str
    line: int
    text: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The files of typing_tests, and each snippet of README and docs as a file."""
    folder = tmp_path_factory.mktemp("typed")
    shutil.copytree(ROOT / "typing_tests", folder / "typing_tests")
    (folder / "shown").mkdir()
    (folder / "shown/__init__.py").touch()
    for page in PAGES:
        for number, source in enumerate(snippets(page)):
            (folder / f"shown/{page.stem}_{number}.py").write_text(source)
    (folder / "mypy.ini").write_text(MYPY_INI)
    (folder / "pyrightconfig.json").write_text(json.dumps(PYRIGHT))
    return folder


def snippets(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)


def mypy(folder: Path) -> list[Said]:
    output = run([sys.executable, "-m", "mypy", "typing_tests", "shown"], folder)
    lines = [re.fullmatch(r"(.+?):(\d+): error: (.+)", each) for each in output.splitlines()]
    assert "Found " in output, output
    return [Said(each[1], int(each[2]), each[3]) for each in lines if each]


@pytest.fixture(scope="module")
def pyright(npm_packages, folder) -> list[Said]:
    program = str(npm_packages / ".bin/pyright")
    output = run([program, "--outputjson", "--pythonpath", sys.executable], folder)
    return [
        Said(
            str(Path(each["file"]).relative_to(folder)),
            each["range"]["start"]["line"] + 1,
            each["message"],
        )
        for each in json.loads(output)["generalDiagnostics"]
    ]


@pytest.fixture(scope="module", params=["mypy", "pyright"])
def said(request, folder) -> list[Said]:
    return mypy(folder) if request.param == "mypy" else request.getfixturevalue("pyright")


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr  # there is something wrong, on purpose
    return done.stdout


def marked(folder: Path) -> dict[tuple[str, int], str]:
    """The word that is due, by file and line."""
    return {
        (str(path.relative_to(folder)), number): mark[1]
        for path in sorted((folder / "typing_tests").glob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (mark := MARK.search(line))
    }


def test_each_mistake_is_named(said, folder):
    """Whatever is marked as wrong is refused, in words that name it."""
    texts: dict[tuple[str, int], str] = {}
    for each in said:
        place = (each.path, each.line)
        texts[place] = texts.get(place, "") + each.text
    missed = {
        place: word for place, word in marked(folder).items() if word not in texts.get(place, "")
    }
    assert len(marked(folder)) > 35
    assert missed == {}


def test_nothing_else_is_refused(said, folder):
    """Neither what is right, nor the public names under strict rules, nor a page's snippets."""
    assert [each for each in said if (each.path, each.line) not in marked(folder)] == []


def test_every_snippet_is_read(folder):
    assert len([*(folder / "shown").glob("README_*.py")]) == 4
    assert [*(folder / "shown").glob("events_*.py")]
