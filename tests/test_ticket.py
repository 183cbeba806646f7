"""Tickets, their signature and the bindings in sessions."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest

from session440 import Cause, Ticket
from session440.core.ticket import REMEMBERED, Binding, TicketSigner

TICKET = Ticket("id", "alice", 1000.0, 2000.5, "default", None, "node")


@pytest.fixture
def signer():
    return TicketSigner(["new", "old"], "session440")


@pytest.mark.parametrize(
    "ticket",
    [
        TICKET,
        TICKET._replace(subject="日本 \udc80 \x00 'quoted'"),
        TICKET._replace(not_after=5000.0, ended=Cause.REVOKED),
    ],
)
def test_what_is_written_is_read(signer, ticket):
    value = signer.dumps(ticket)
    assert signer.loads(value) == ticket
    assert value.isascii()
    assert not set(value) & set(' ",;\\')


def test_newest_key_signs_and_all_verify(signer):
    assert TicketSigner(["new"], "session440").loads(signer.dumps(TICKET)) == TICKET
    assert signer.loads(TicketSigner(["old"], "session440").dumps(TICKET)) == TICKET
    assert signer.loads(TicketSigner(["forgotten"], "session440").dumps(TICKET)) is None


def test_tickets_of_earlier_releases_are_read(signer):
    """An upgrade that changes how they are signed would log everybody out."""
    value = (
        "WyJpZCIsImFsaWNlIiwxMDAwLjAsMjAwMC41LCJkZWZhdWx0IixudWxsLCJub2RlIixudWxsXQ"
        ".o-nB9ylRJgtDHiTcvpSpE_0l478w8HK4ZbKpna1oD8A"
    )
    assert signer.loads(value) == TICKET
    assert signer.keyed_hash("host") == "Vyk7S5eqvO-mkrpiFujW-q"


def test_cookie_name_is_part_of_the_salt(signer):
    """Two apps with one secret do not take each other's tickets."""
    assert TicketSigner(["new"], "sessionid440").loads(signer.dumps(TICKET)) is None


@pytest.mark.parametrize(
    "content",
    [
        [],
        "text",
        {"id": "x"},
        ["id", "alice", 1000.0],
        ["id", 7, 1000.0, 2000.0],
        ["id", "alice", "1000", 2000.0],
        ["id", "alice", True, 2000.0],
        ["id", "alice", 1000.0, None],
        [1, "alice", 1000.0, 2000.0],
        ["id", "alice", 1000.0, 2000.0, None],
        ["id", "alice", 1000.0, 2000.0, "default", "never"],
        ["id", "alice", 1000.0, 2000.0, "default", None, 7],
        ["id", "alice", 1000.0, 2000.0, "default", None, "", "boredom"],
        ["id", "alice", 1000.0, 2000.0, "default", None, "", None, 5],
        ["id", "alice", 1000.0, 2000.0, "default", None, "", None, "", "more"],
    ],
)
def test_signed_nonsense_is_no_ticket(signer, content):
    """A record of another version, say: missing, malformed or foreign fields."""
    payload = urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")
    assert signer.loads(signer._signer.sign(payload).decode()) is None


@pytest.mark.parametrize("value", ["", ".", "a.b", "é.é", "\x00", "x" * 100_000, "=.="])
def test_unsigned_nonsense_is_no_ticket(signer, value):
    assert signer.loads(value) is None


def test_every_changed_payload_is_no_ticket(signer):
    """Whatever byte of the signed text is changed."""
    payload, _, signature = signer.dumps(TICKET).rpartition(".")
    for i, letter in enumerate(payload):
        changed = payload[:i] + ("A" if letter != "A" else "B") + payload[i + 1 :]
        assert signer.loads(f"{changed}.{signature}") is None


def test_forgeries_push_no_ticket_out_of_memory(signer):
    """Only what verified is remembered, within a bound."""
    signer.loads(signer.dumps(TICKET))
    for i in range(REMEMBERED * 2):
        signer.loads(f"forged{i}.signature")
    info = signer._loads.cache_info()
    assert (info.currsize, info.maxsize) == (1, REMEMBERED)


def test_future_is_beyond_the_skew():
    """60 seconds of another node's clock are forgiven (peers.md, trap 25)."""
    ticket = TICKET._replace(issued_at=1000, seen_at=1000)
    assert not ticket.is_future(940)
    assert ticket.is_future(939.9)
    assert ticket._replace(issued_at=5000).is_future(1000)  # or it would outlive its absolute end
    assert TICKET._replace(seen_at=float("nan")).is_future(1e12)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        [],
        ["id", 1, "p"],
        ["id", "1", "p", None],
        [1, 1, "p", None],
        ["id", True, "p", None],
        ["id", 1, None, None],
        ["id", 1, "p", "x"],
        {"id": 1},
    ],
)
def test_malformed_bindings_are_none(value):
    assert Binding.parse(value) is None


def test_binding_survives_json():
    assert Binding.parse(json.loads(json.dumps(TICKET.binding))) == TICKET.binding


def test_hashes_are_keyed(signer):
    other = TicketSigner(["other"], "session440")
    assert signer.keyed_hash("host") != other.keyed_hash("host")
    assert "host" not in signer.keyed_hash("host")
