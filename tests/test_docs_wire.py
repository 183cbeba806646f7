"""docs/on-the-wire.md shows what is sent, and names all that is asked for and answered."""

from __future__ import annotations

import re

from doc_pages import tables_of

from docs import wire
from session440.http.endpoints import _ENDPOINTS
from session440.http.negotiation import LOOKED_AT

PAGE = wire.PAGE.read_text()
TABLES = {each[0][0]: each[1:] for each in tables_of(PAGE)}


def test_the_exchanges_are_those_that_are_made():
    assert wire.page() == PAGE, "python -m docs.wire"
    assert re.findall(r"<!-- wire: (\w+) -->", PAGE) == [*wire.EXCHANGES]


def test_every_endpoint_is_there_with_its_methods():
    told = {
        path.removeprefix("/session440/"): methods
        for paths, methods, _ in TABLES["path"]
        for path in re.findall(r"`([^`]+)`", paths)
    }
    assert told == {name: ", ".join(each.methods) for name, each in _ENDPOINTS.items()}


def test_a_440_never_has_what_the_page_says_that_it_never_has():
    for name in ("page", "problem", "htmx", "sample"):
        _, _, answer = wire.EXCHANGES[name]().partition("HTTP/1.1 440 ")
        assert "alice" not in answer
        for cell, _ in TABLES["it never has"][:3]:
            header = re.match("`([^`]+)`", cell)
            assert header
            assert f"{header[1]}: " not in answer


def test_every_header_that_is_looked_at_is_told():
    told = re.findall(r"`([\w-]+)", "".join(row[0] for row in TABLES["request header"]))
    rare = {"Purpose", "X-Moz", "Upgrade", "Service-Worker", "Content-Type"}
    assert {*LOOKED_AT} - rare <= {*told}
