"""Counts the processes that serve the site, as far as its environment shows."""

from __future__ import annotations

import ast
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser, Error
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from .site import Site, Workers


class _Names(NamedTuple):
    """How servers call a number: gunicorn's arguments, its variable, uWSGI's keys."""

    arguments: tuple[str, ...]
    variable: str
    keys: tuple[str, ...]


_WORKERS = _Names(("--workers", "-w"), "workers", ("processes", "workers"))
#: After so many requests, or seconds, a worker is replaced by a new one.
_RECYCLED = _Names(("--max-requests",), "max_requests", ("max-requests", "max-worker-lifetime"))


def counted(site: Site, folder: Path | None = None) -> Site:
    """Return *site* with the number of its workers, if something says it."""
    here = folder or Path.cwd()
    recycled = find_recycling(os.environ, here)
    return replace(site, workers=find_workers(os.environ, here), recycled=recycled)


def find_workers(environment: Mapping[str, str], folder: Path) -> Workers | None:
    """Return what the first source says, in the order in which gunicorn reads them."""
    said = [
        *_running_in_uwsgi(),
        *_configured(_WORKERS, environment, folder),
        *_number(environment.get("WEB_CONCURRENCY", ""), "WEB_CONCURRENCY"),
    ]
    return next(iter(said), None)


def find_recycling(environment: Mapping[str, str], folder: Path) -> str | None:
    """Return what says that workers are replaced after a while, if anything does."""
    said = [each for each in _configured(_RECYCLED, environment, folder) if each.number]
    return said[0].source if said else None


def _configured(names: _Names, environment: Mapping[str, str], folder: Path) -> Iterator[Workers]:
    yield from _of_arguments(names, environment.get("GUNICORN_CMD_ARGS", ""))
    yield from _of_gunicorn(names, folder / "gunicorn.conf.py")
    yield from _of_uwsgi(names, folder.glob("*uwsgi*.ini"))


def _of_arguments(names: _Names, arguments: str) -> Iterator[Workers]:
    """Read gunicorn's arguments (https://docs.gunicorn.org/en/stable/settings.html)."""
    try:
        words = shlex.split(arguments)
    except ValueError:
        return
    for word, following in pairwise([*words, ""]):
        for name in names.arguments:
            # A short one may be written without a space, and without "=".
            glued = word.removeprefix(name).removeprefix("=") if word.startswith(name) else ""
            is_joined = word.startswith(f"{name}=") or not name.startswith("--")
            value = following if word == name else glued if is_joined else ""
            yield from _number(value, "GUNICORN_CMD_ARGS")


def _of_gunicorn(names: _Names, path: Path) -> Iterator[Workers]:
    """Read ``workers = 4`` from gunicorn's file, without running the file."""
    try:
        tree = ast.parse(path.read_bytes()) if path.is_file() else ast.Module([], [])
    except (SyntaxError, ValueError):
        return
    for each in ast.walk(tree):
        if isinstance(each, (ast.Assign, ast.AnnAssign)) and _sets(each, names.variable):
            value = ast.unparse(each.value) if each.value else ""
            # A number computed from the number of processors is taken as more than one.
            yield from _number("2" if "cpu_count" in value else value, path.name)


def _sets(each: ast.Assign | ast.AnnAssign, variable: str) -> bool:
    targets = each.targets if isinstance(each, ast.Assign) else [each.target]
    return [ast.unparse(target) for target in targets] == [variable]


def _of_uwsgi(names: _Names, paths: Iterator[Path]) -> Iterator[Workers]:
    """Read uWSGI's ``processes``, which is also called ``workers``."""
    for path in paths:
        parser = ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(path)
        except (Error, UnicodeDecodeError):
            continue
        for name in names.keys:
            value = parser.get("uwsgi", name, fallback="")
            yield from _number(value, path.name)


def _running_in_uwsgi() -> Iterator[Workers]:
    """Ask uWSGI's own module, which exists only within uWSGI."""
    yield from _number(str(getattr(sys.modules.get("uwsgi"), "numproc", "")), "uWSGI")


def _number(value: str, source: str) -> Iterator[Workers]:
    if value.strip().isdecimal():
        yield Workers(int(value), source)
