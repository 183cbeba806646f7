"""What docs/security.md says of a ticket, and its figures, are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from session440 import Settings
from session440.core.candidates import MOST_CANDIDATES
from session440.core.ticket import ID_BYTES, SKEW
from session440.core.wire import decode
from session440.http.body import SECONDS, SHORT
from session440.oidc.receiver import LONGEST_BODY

PAGE = (Path(__file__).parent.parent / "docs/security.md").read_text()
PROSE = " ".join(PAGE.split())


def test_the_ticket_on_the_page_is_one():
    (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    text, _, _ = shown.replace("\n", "").rpartition(".")
    ticket = decode(text)
    assert (ticket.subject, ticket.node, ticket.path) == ("alice", "JEmSNj3e", "/")


def test_its_figures_are_those_of_the_code():
    settings = Settings(secret_key="a long random text")
    for said in (
        f"a random id, {ID_BYTES * 8} bits",
        f"more than {SKEW:.0f} seconds ahead",
        f"{MOST_CANDIDATES} are verified at most",
        f"`drain_limit` ({settings.drain_limit // 2**20} MiB) is read and dropped, "
        f"for {SECONDS:.0f} seconds at most",
        f"{SHORT // 1024} KiB; {LONGEST_BODY // 1024} KiB",
    ):
        assert said in PROSE, said
