"""How many processes serve the site, as far as its surroundings tell."""

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
    """Give *site* with its workers, where something says how many there are."""
    return replace(site, workers=find_workers(os.environ, folder or Path.cwd()))


def find_workers(environment: Mapping[str, str], folder: Path) -> Workers | None:
    """Say how many workers there are; the most that anything says."""
    said = [
        *_of_environment(environment),
        *_of_gunicorn(folder / "gunicorn.conf.py"),
        *_of_uwsgi(folder.glob("*uwsgi*.ini")),
        *_running_in_uwsgi(),
    ]
    return max(said, default=None)


def _of_environment(environment: Mapping[str, str]) -> Iterator[Workers]:
    """Read what gunicorn reads (https://docs.gunicorn.org/en/stable/settings.html)."""
    yield from _number(environment.get("WEB_CONCURRENCY", ""), "WEB_CONCURRENCY")
    try:
        words = shlex.split(environment.get("GUNICORN_CMD_ARGS", ""))
    except ValueError:
        return
    for word, following in pairwise([*words, ""]):
        match = re.fullmatch(r"(?:--workers=|-w=?)(\d+)", word)
        value = following if word in ("-w", "--workers") else match[1] if match else ""
        yield from _number(value, "GUNICORN_CMD_ARGS")


def _of_gunicorn(path: Path) -> Iterator[Workers]:
    """Read ``workers = 4`` out of gunicorn's file, without running it."""
    try:
        tree = ast.parse(path.read_bytes()) if path.is_file() else ast.Module([], [])
    except (SyntaxError, ValueError):
        return
    for each in tree.body:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "workers":
            # A number, or what is worked out from the number of processors: more than one.
            value = ast.unparse(each.value)
            yield from _number(value if value.isdigit() else "2", path.name)


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
    """Ask uWSGI, which brings a module of its own along."""
    yield from _number(str(getattr(sys.modules.get("uwsgi"), "numproc", "")), "uWSGI")


def _number(value: str, source: str) -> Iterator[Workers]:
    if value.strip().isdigit():
        yield Workers(int(value), source)
