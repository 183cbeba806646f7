"""The answers to what standards require, as the auditor's page shows them."""

from __future__ import annotations

import pytest
from audited_sites import EVERYTHING, SITES, answered, audited
from examined_sites import KEY
from markdown_it import MarkdownIt

from session440.cli.policy_report import report
from session440.doctor.requirements import ASVS_5, NIST_SECTION_5
from session440.doctor.requirements.requirement import code


@pytest.mark.parametrize("text", ["/a*", "`", "``", "a`b", "``a", "a|b", "<b>", "*_[]\\"])
def test_what_is_in_code_is_shown_as_it_is(text):
    parser = MarkdownIt()
    (inline,) = [each for each in parser.parse(code(text)) if each.type == "inline"]
    (child,) = inline.children
    assert (child.type, child.content) == ("code_inline", text)


HOSTILE = {"recent": {"/a|b`<i>*": 60.0, "/c*": 90.0}, "policies": {"x`|<b>": "iis"}}


def tables(markdown: str) -> list[list[list]]:
    """Return each table as its rows of cells of Markdown's tokens, as a reader's program does."""
    parser = MarkdownIt().enable("table")
    found = []
    for token in parser.parse(markdown):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and token.level > 3:
            found[-1][-1].append(token)
    return found


@pytest.mark.parametrize("adapter", SITES)
@pytest.mark.parametrize("options", [{}, EVERYTHING, HOSTILE], ids=["bare", "full", "hostile"])
def test_the_report_is_two_tables_more_of_six_cells_a_row(adapter, options):
    with audited(adapter, options) as site:
        text = report(site, None, 1_800_000_000.0)
    asvs, nist = tables(text)[-2:]
    assert [len(asvs), len(nist)] == [1 + len(ASVS_5), 1 + len(NIST_SECTION_5)]
    assert {len(row) for row in (*asvs, *nist)} == {6}
    kinds = {child.type for row in (*asvs, *nist) for cell in row for child in cell.children}
    assert kinds <= {"text", "code_inline", "link_open", "link_close"}
    shown = [child.content for row in asvs for cell in row for child in cell.children]
    if options is HOSTILE:
        assert {*HOSTILE["recent"]} <= {*shown}


@pytest.mark.parametrize("adapter", SITES)
def test_no_answer_names_a_key_a_host_or_a_person(adapter):
    given = answered(
        adapter,
        {
            **EVERYTHING,
            "store": "redis://user:pa55word@store.example:6379/0",
            "node": "node-7.internal",
            "trusted_origins": ["https://app.example"],
        },
    )
    told = " ".join(each.how for each in given.values())
    for secret in (KEY, "pa55word", "store.example", "node-7", "app.example", "idp.example"):
        assert secret not in told
