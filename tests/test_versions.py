"""Each place that says which versions are supported says the same: docs/versions.md and others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text()


def in_noxfile(name: str):
    """Return what noxfile.py assigns to a name, without nox."""
    for node in ast.parse((ROOT / "noxfile.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise LookupError(name)


def row(title: str) -> tuple[str, list[str]]:
    """Return the oldest and all versions that docs/versions.md has of something."""
    text = (ROOT / "docs" / "versions.md").read_text()
    oldest, tested = re.search(rf"^\| {title} \| ([\d.]+) \| (.*) \|$", text, re.MULTILINE).groups()
    return oldest, re.findall(r"[\d.]+", tested)


def classified(kind: str) -> list[str]:
    return re.findall(rf'"{kind} :: (\d+\.\d+)"', PYPROJECT)


def lower_bound(package: str) -> str:
    return re.search(rf'"{package}>=([\d.]+)"', PYPROJECT)[1]


def test_python():
    """nox may try one that no release promises yet."""
    pythons = in_noxfile("PYTHONS")
    named = classified("Programming Language :: Python")
    assert named == pythons[: len(named)]
    assert row("Python") == (named[0], [named[0], named[-1]])
    assert f'requires-python = ">={pythons[0]}"' in PYPROJECT
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text()
    assert ast.literal_eval(re.search(r"python: (\[.*\])", workflow)[1]) == pythons


def test_django():
    djangos = in_noxfile("DJANGOS")
    assert classified("Framework :: Django") == [*djangos]
    assert row("Django") == (lower_bound("django"), [*djangos])
    assert lower_bound("django") == min(djangos)
    assert {each for pythons in djangos.values() for each in pythons} == {*in_noxfile("PYTHONS")}


def test_flask_and_werkzeug():
    flasks = in_noxfile("FLASKS")
    assert row("Flask") == (lower_bound("flask"), flasks)
    assert lower_bound("flask") == flasks[0]
    assert row("Werkzeug")[0] == lower_bound("werkzeug")


def test_the_readme_names_the_oldest():
    oldest = {name: row(name)[0] for name in ("Python", "Flask", "Django")}
    said = "Python {Python}, Flask {Flask} and Django {Django} are the oldest".format(**oldest)
    assert said in (ROOT / "README.md").read_text()


def test_each_extra_is_installed_alone():
    (extras,) = re.findall(r"^\[project.optional-dependencies\]\n(.*?)^\[", PYPROJECT, re.S | re.M)
    assert {*re.findall(r"^(\w+) = ", extras, re.M)} == {*in_noxfile("IMPORTS")}
