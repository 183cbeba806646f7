"""Markdown: tables whose cells show what is in them, and are read as nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: Code (https://spec.commonmark.org/0.31.2/#code-spans), or what would begin a tag outside it.
_CODE_OR_TAG = re.compile(r"((?<!`)(`+)(?!`).+?(?<!`)\2(?!`))|<")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; code between backticks stays code, and a URL becomes a link."""
    cells = [[_cell(each) for each in row] for row in (headings, *rows)]
    cells.insert(1, ["---"] * len(headings))
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _cell(text: str) -> str:
    plain = " ".join(text.split()).replace("|", "\\|")
    if plain.startswith("https://"):
        return f"<{plain}>"
    return _CODE_OR_TAG.sub(lambda found: found[1] or "&lt;", plain)
