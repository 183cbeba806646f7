"""``python -m compat [NAME...] [--source NAME=FOLDER]``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from .outcomes import compare, told
from .projects import PROJECTS, Project
from .suite import SuiteError, fetched, installed, run


def main() -> int:
    """Run what the command line names, or everything; return 1 if a test fails only with us."""
    parser = ArgumentParser(prog="python -m compat", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the projects; all, unless named")
    parser.add_argument("--source", action="append", default=[], metavar="NAME=FOLDER")
    given = parser.parse_args()
    sources = {name: Path(folder) for name, _, folder in (s.partition("=") for s in given.source)}
    chosen = [each for each in PROJECTS if each.name in given.names or not given.names]
    same = [_is_same(each, sources.get(each.name)) for each in chosen]  # all are to run
    return 0 if all(same) else 1


def _is_same(project: Project, source: Path | None) -> bool:
    try:
        there = source.resolve() if source else fetched(project)
        python = installed(project, there)
        without = run(project, there, python, together=False)
        together = run(project, there, python, together=True)
    except SuiteError as error:
        sys.stdout.write(f"{project.name}: not run: {error}\n")
        return project.sdist is None and source is None
    comparison = compare(without, together, project.expected)
    sys.stdout.write("".join(f"{line}\n" for line in told(project.name, comparison)))
    sys.stdout.flush()
    return not comparison.new


if __name__ == "__main__":
    sys.exit(main())
