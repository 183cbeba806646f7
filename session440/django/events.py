"""Django signals of what happens to logins.

Each is sent with :class:`~session440.Engine` as its sender, and with ``event``, an
:class:`~session440.events.Event`. Flask's are called the same. A receiver that raises is
logged by Django (logger ``django.dispatch``) and breaks no request.
"""

from __future__ import annotations

from django.dispatch import Signal

from ..engine import Engine
from ..events import Event, Kind

login_started = Signal()
login_renewed = Signal()
#: Its time was over, its person logged out, or a server has lost it: ``event.cause``.
login_ended = Signal()
#: From elsewhere. Its person meets the end, and ``login_ended``, with the next request.
login_revoked = Signal()
#: A ticket that is not authentic; it is left alone.
ticket_refused = Signal()
store_down = Signal()
store_up = Signal()
#: An outage had more logouts than ``STORE_DEBTS``: the store never learns of this one.
store_debt_lost = Signal()

SIGNALS: dict[Kind, Signal] = {
    "started": login_started,
    "renewed": login_renewed,
    "ended": login_ended,
    "revoked": login_revoked,
    "refused": ticket_refused,
    "store_down": store_down,
    "store_up": store_up,
    "store_debt_lost": store_debt_lost,
}


def send(event: Event) -> None:
    """Send the signal of *event*; where nobody listens that is a look at an empty list."""
    SIGNALS[event.kind].send_robust(Engine, event=event)
