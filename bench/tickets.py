"""Tickets of logins that begin now, or began a while ago."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from session440 import Engine, Ticket
from session440.core.ticket import ID_BYTES

#: Seconds without activity after which a login ends, where it is to end or to be renewed.
IDLE = 1200
#: The age of a ticket that is due to be renewed, and of one that is over.
DUE, OVER = 120, IDLE + 100
#: With these a login stays active for the whole run, and nothing is due.
CALM: dict[str, Any] = {"idle_timeout": 7200, "absolute_timeout": 28800, "renew_interval": 3600}
ALICE = "alice@example.com"


def ticket(engine: Engine, subject: str = ALICE, age: float = 0.0) -> Ticket:
    """Return a new login's ticket, as if it had begun *age* seconds ago."""
    then = engine.clock() - age
    return Ticket(token_urlsafe(ID_BYTES), subject, then, then, node=engine.node)


def cookie_of(engine: Engine, one: Ticket) -> str:
    """Return the pair of a ``Cookie`` header that carries a ticket."""
    return f"{engine.cookie_name}={engine.signer.dumps(one)}"


def ticket_cookie(engine: Engine, subject: str = ALICE, age: float = 0.0) -> str:
    """Return the cookie of a new ticket."""
    return cookie_of(engine, ticket(engine, subject, age))


def options(age: float, more: dict[str, Any]) -> dict[str, Any]:
    """Return the options with which a ticket of this age is what it is meant to be."""
    return {**({"idle_timeout": IDLE} if age else CALM), **more}
