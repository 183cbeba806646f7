"""A record that tests keep in Redis, and the keys that it has there."""

from __future__ import annotations

from session440 import Ticket
from session440.core.record import digest
from session440.stores import Record, stored_id

NOW = 1_800_000_000.0
HOUR = 3600
INDEX = f"session440:subject:{digest('alice')}"


def record(id: str = "one", subject: str = "alice", **changes) -> Record:
    ticket = Ticket(id, subject, NOW, NOW, "default", None, "n0de")
    return Record.of(ticket, NOW + HOUR)._replace(**changes)


def key(id: str) -> str:
    return f"session440:{{{stored_id(id)}}}"


ONE = record()
KEY = key("one")
SILENCE = 0.2  # seconds that a store waits for a server that says nothing
