"""Prints for the commands: tables and colour on a terminal, otherwise plain lines and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Any

import click

from ..doctor.finding import Finding

_COLOURS = {"error": "red", "warning": "yellow"}


def _is_pretty() -> bool:
    """Return whether this is a terminal and Rich is installed, which Flask does not need."""
    return sys.stdout.isatty() and find_spec("rich") is not None


def print_json(content: Any) -> None:
    """Print JSON, for a machine."""
    click.echo(json.dumps(content, indent=2))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table; without a terminal, print each row as a line with tabs."""
    if not _is_pretty():
        for row in [headings, *rows]:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, title=title or None, title_justify="left")
    for row in rows:
        # Text, because brackets in a str would be markup; folded, because half an id is useless.
        table.add_row(*[Text(each, overflow="fold") for each in row])
    Console().print(table)


def escaped(text: str) -> str:
    """Return text from others in a form that does nothing to a terminal."""
    encoding = sys.stdout.encoding or "utf-8"
    plain = [c if c.isprintable() and c != "\\" else ascii(c)[1:-1] for c in text]
    return "".join(plain).encode(encoding, "backslashreplace").decode(encoding)


def print_findings(findings: Sequence[Finding], as_json: bool = False) -> None:
    """Print what the doctor found."""
    if as_json:
        print_json([{**each._asdict(), "level": each.level} for each in findings])
    elif not _is_pretty():
        click.echo("\n\n".join(map(_plain, findings)) if findings else NOTHING)
    else:
        _print_pretty(findings)


NOTHING = "Nothing was found."


def _plain(finding: Finding) -> str:
    return f"{finding.id}: {finding.found}\n  why: {finding.why}\n  what to do: {finding.remedy}"


def _print_pretty(findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not findings:
        Console().print(Text(NOTHING, style="green"))
        return
    table = Table("", "Found", "Why it matters", "What to do", show_lines=True)
    for each in findings:
        style = _COLOURS[each.level]
        told = [Text(part, overflow="fold") for part in each[1:]]
        table.add_row(Text(each.id.partition(".")[2], style=style), *told)
    Console().print(table)
