"""Runs a group, with the servers that it needs."""

from __future__ import annotations

from pathlib import Path

from .measuring import Plan, Results, measure
from .subjects import MODULES, group

NAMES = [*MODULES]


def run(name: str, plan: Plan, folder: Path) -> Results:
    """Measure a group; where a server is missing, leave out those who need it."""
    return measure(name, group(name), plan, {"TMPDIR": str(folder)})
