"""No link of README and docs/ is broken: neither as a site nor on GitHub."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from doc_pages import ROOT, Page, pages


@pytest.mark.parametrize("page", pages(), ids=lambda each: each.name)
def test_links_lead_somewhere(page):
    broken = [each for each in page.links if not _leads_somewhere(page, each)]
    assert broken == []


def _leads_somewhere(page: Page, link: str) -> bool:
    if "://" in link or link.startswith("mailto:"):
        return True
    path, _, anchor = link.partition("#")
    target = (page.path.parent / path).resolve() if path else page.path
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors_of(target))


@cache
def anchors_of(path: Path) -> set[str]:
    return Page(path).anchors


@pytest.mark.parametrize("page", pages(), ids=lambda each: each.name)
def test_a_page_begins_with_its_one_title_and_leaves_no_level_out(page):
    levels = [int(each.tag[1]) for each in page.tokens if each.type == "heading_open"]
    is_included = "{include}" in page.text
    assert levels.count(1) == (0 if is_included else 1)
    assert levels[:1] in ([1], [])
    assert all(later <= former + 1 for former, later in pairwise(levels))
