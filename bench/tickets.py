"""Tickets of logins that begin now, or began a while ago."""

from __future__ import annotations

import time
from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from session440 import Engine, Ticket
from session440.core.ticket import ID_BYTES

#: Seconds without activity after which a login ends, with session440 and with its peers.
IDLE = 7200
#: A login of this run is never due to be renewed.
RENEWS = 3600
OPTIONS: dict[str, Any] = {
    "idle_timeout": IDLE,
    "absolute_timeout": 4 * IDLE,
    "renew_interval": RENEWS,
}
#: The age of a ticket that is due to be renewed, and of one whose login has ended.
DUE, OVER = RENEWS + 100, IDLE + 100
ENDED = "2 hours without activity"
ALICE = "alice@example.com"


def ticket_cookie(
    engine: Engine, subject: str = ALICE, age: float = 0.0, policy: str = "default"
) -> str:
    """Return the cookie that a login brings, as if it had begun *age* seconds ago."""
    id, then = token_urlsafe(ID_BYTES), engine.clock() - age
    ticket = Ticket(id, subject, then, then, policy, node=engine.node, path="/")
    return f"{engine.cookie_name}={engine.signer.dumps(ticket)}"


def past(age: float) -> Callable[[], float]:
    """Return the clock of a site to which people logged in *age* seconds ago."""
    return lambda: time.time() - age
