"""README and the pages of docs/, as tests read them: their blocks, links and headings."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
#: Pages that are left out where what they show is not there; docs/conf.py has the same.
SOURCES = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "api/openapi.md": "session440/openapi.py",
    "api/testing.md": "session440/testing",
}


@dataclass(frozen=True)
class Page:
    """A page; its name is its path in the repository."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tokens(self) -> list[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    def blocks(self, language: str) -> list[str]:
        """Return the fenced blocks in a language; what stands in lists is among them."""
        fences = [each for each in self.tokens if each.type == "fence"]
        return [each.content for each in fences if each.info.split(" ")[0] == language]

    @property
    def languages(self) -> set[str]:
        return {each.info.split(" ")[0] for each in self.tokens if each.type == "fence"}

    @cached_property
    def _inline(self) -> list[Token]:
        return [child for each in self.tokens for child in each.children or ()]

    @property
    def links(self) -> list[str]:
        """Return where its links and pictures lead."""
        found = [each.attrGet("href") or each.attrGet("src") for each in self._inline]
        return [str(each) for each in found if each]

    @cached_property
    def anchors(self) -> set[str]:
        """Return the anchors of its headings, as GitHub makes them."""
        found: dict[str, int] = {}
        for at, each in enumerate(self.tokens):
            if each.type == "heading_open":
                slug = _slug(self.tokens[at + 1])
                found[slug] = found.get(slug, -1) + 1
        return {f"{slug}-{n}" if n else slug for slug, n in found.items()} | found.keys()


def _slug(heading: Token) -> str:
    shown = "".join(each.content for each in heading.children or ())
    kept = [c for c in shown.strip().lower() if c in " -_" or unicodedata.category(c)[0] in "LNM"]
    return "".join(kept).replace(" ", "-")


def pages() -> list[Page]:
    """Return README and every page of docs/ that is part of the site."""
    found = {*(ROOT / "docs").rglob("*.md")}
    found -= {ROOT / "docs" / page for page, each in SOURCES.items() if not (ROOT / each).exists()}
    return [Page(ROOT / "README.md"), *map(Page, sorted(found))]


def docs_text() -> str:
    """Return what all pages say."""
    return "\n".join(page.text for page in pages())


def tables_of(text: str) -> list[list[list[str]]]:
    """Return the tables of a text: of each its rows of cells, the heading among them."""
    found = re.findall(r"(?:^\|.*\|\n)+", text + "\n", re.MULTILINE)
    return [
        [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in each.splitlines()
            if not re.fullmatch(r"[|\s:-]+", line)
        ]
        for each in found
    ]
