"""Tickets and the bindings in sessions, as values."""

from __future__ import annotations

import json

import pytest
from frozen_reader import read_binding
from hypothesis import given
from hypothesis import strategies as st
from writings import relaxed, text, tickets

from session440 import Cause, Ticket
from session440.core.ticket import Binding

TICKET = Ticket("id", "alice", 1000.0, 2000.5, "default", None, "node")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda each: st.lists(each) | st.dictionaries(text, each, max_size=3),
    max_leaves=8,
)


def through_json(value: object) -> object:
    """What a framework's session makes of it."""
    return json.loads(json.dumps(value))


def test_future_is_beyond_the_skew():
    """60 seconds of another node's clock are forgiven (peers.md, trap 25)."""
    ticket = TICKET._replace(issued_at=1000, seen_at=1000)
    assert not ticket.is_future(940)
    assert ticket.is_future(939.9)
    assert ticket._replace(issued_at=5000).is_future(1000)  # or it would outlive its absolute end
    assert TICKET._replace(seen_at=float("nan")).is_future(1e12)


def test_cause_is_known_or_is_not_named():
    """A later version may end a login for a cause that this one does not know."""
    assert TICKET.cause is None
    assert TICKET._replace(ended=Cause.IDLE).cause is Cause.IDLE
    assert TICKET._replace(ended="moved-away").cause is None


# --- bindings


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        [],
        ["id"],
        ["id", 1, None],
        ["id", "1", "p", None],
        [1, 1, "p", None],
        ["id", True, "p", None],
        ["id", 1, None, None],
        ["id", 1, "p", "x"],
        ["id", 1, "p", None, "no key"],
        ["id", 1, "p", None, "step_up:1~n:forged"],
        ["id", 1, "p", None, "step_up:1; Path=/"],
        ["id", 1, "p", None, "step_up:1\n"],
        ["id", 1, "p", None, {"step_up": 1}],
        ["id", 1, "p", None, None],
        {"id": 1},
    ],
)
def test_malformed_bindings_are_none(value):
    assert Binding.parse(value) is None


@given(JSON | st.lists(JSON, min_size=2, max_size=6))
@relaxed
def test_whatever_a_session_holds_is_a_binding_or_none(value):
    """The app may write to the session what it likes; nothing is raised."""
    binding = Binding.parse(value)
    assert binding is None or Binding.parse(binding.as_list()) == binding


@given(tickets())
@relaxed
def test_binding_survives_its_session(ticket):
    assert Binding.parse(through_json(ticket.binding.as_list())) == ticket.binding


def test_missing_fields_of_a_binding_have_defaults():
    assert Binding.parse(["id", 1000.5]) == Binding("id", 1000.5, "default", None)
    assert Binding.parse(["id", 1000.5, "kiosk"]) == Binding("id", 1000.5, "kiosk", None)


def test_fields_of_a_later_version_stay_in_the_binding():
    """And come back in the ticket that is made of it."""
    stored = ["id", 1000.5, "default", None, "step_up:1700000000.25", "device:a%20b"]
    binding = Binding.parse(through_json(stored))
    assert binding.unknown == ("step_up:1700000000.25", "device:a%20b")
    assert binding.as_list() == stored


def test_binding_of_the_first_version_is_read_and_written_as_it_was():
    """It was a list of four; one that nothing was added to is so still."""
    assert Binding.parse(["id", 1, "kiosk", 5000.0]) == Binding("id", 1, "kiosk", 5000.0)
    assert TICKET.binding.as_list() == ["id", 1000.0, "default", None]


@given(tickets())
@relaxed
def test_server_that_is_not_upgraded_yet_reads_our_bindings(ticket):
    read = read_binding(through_json(ticket.binding.as_list()))
    for name in ("id", "issued_at", "policy", "not_after"):
        assert read[name] == getattr(ticket, name)
