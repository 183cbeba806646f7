"""Counts the processes that serve the site, as far as its environment shows."""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser, Error
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from .site import Site, Workers


def counted(site: Site, folder: Path | None = None) -> Site:
    """Return *site* with the number of its workers, if something says it."""
    return replace(site, workers=find_workers(os.environ, folder or Path.cwd()))


def find_workers(environment: Mapping[str, str], folder: Path) -> Workers | None:
    """Return what the first source says, in the order in which gunicorn reads them."""
    said = [
        *_running_in_uwsgi(),
        *_of_arguments(environment.get("GUNICORN_CMD_ARGS", "")),
        *_of_gunicorn(folder / "gunicorn.conf.py"),
        *_of_uwsgi(folder.glob("*uwsgi*.ini")),
        *_number(environment.get("WEB_CONCURRENCY", ""), "WEB_CONCURRENCY"),
    ]
    return next(iter(said), None)


def _of_arguments(arguments: str) -> Iterator[Workers]:
    """Read gunicorn's arguments (https://docs.gunicorn.org/en/stable/settings.html)."""
    try:
        words = shlex.split(arguments)
    except ValueError:
        return
    for word, following in pairwise([*words, ""]):
        match = re.fullmatch(r"(?:--workers=|-w=?)(\d+)", word)
        value = following if word in ("-w", "--workers") else match[1] if match else ""
        yield from _number(value, "GUNICORN_CMD_ARGS")


def _of_gunicorn(path: Path) -> Iterator[Workers]:
    """Read ``workers = 4`` from gunicorn's file, without running the file."""
    try:
        tree = ast.parse(path.read_bytes()) if path.is_file() else ast.Module([], [])
    except (SyntaxError, ValueError):
        return
    for each in ast.walk(tree):
        if isinstance(each, (ast.Assign, ast.AnnAssign)) and _is_workers(each):
            value = ast.unparse(each.value) if each.value else ""
            # A number computed from the number of processors is taken as more than one.
            yield from _number("2" if "cpu_count" in value else value, path.name)


def _is_workers(each: ast.Assign | ast.AnnAssign) -> bool:
    targets = each.targets if isinstance(each, ast.Assign) else [each.target]
    return [ast.unparse(target) for target in targets] == ["workers"]


def _of_uwsgi(paths: Iterator[Path]) -> Iterator[Workers]:
    """Read uWSGI's ``processes``, which is also called ``workers``."""
    for path in paths:
        parser = ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(path)
        except (Error, UnicodeDecodeError):
            continue
        for name in ("processes", "workers"):
            value = parser.get("uwsgi", name, fallback="")
            yield from _number(value, path.name)


def _running_in_uwsgi() -> Iterator[Workers]:
    """Ask uWSGI's own module, which exists only within uWSGI."""
    yield from _number(str(getattr(sys.modules.get("uwsgi"), "numproc", "")), "uWSGI")


def _number(value: str, source: str) -> Iterator[Workers]:
    if value.strip().isdecimal():
        yield Workers(int(value), source)
