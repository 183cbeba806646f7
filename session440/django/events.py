"""Django signals of what happens to logins.

Each is sent with :class:`~session440.Engine` as its sender, and with ``event``, an
:class:`~session440.events.Event`. Flask's have the same names. Django logs an error that a
receiver raises (logger ``django.dispatch``), and it breaks no request.
"""

from __future__ import annotations

from django.dispatch import Signal

from ..engine import Engine
from ..events import Event, Kind
from ..greenlets import call_foreign

login_started = Signal()
#: Its person has proved who they are once more.
login_confirmed = Signal()
login_renewed = Signal()
#: Its time was over, the person logged out, or a server has lost it: see ``event.cause``.
login_ended = Signal()
#: From elsewhere. The end, and ``login_ended``, come with the person's next request.
login_revoked = Signal()
#: A ticket that is not authentic; it is left alone.
ticket_refused = Signal()
#: A page wanted a recent login, and this one was not.
step_up_asked = Signal()
store_down = Signal()
store_up = Signal()
#: An outage had more logouts than ``STORE_DEBTS``: the store never learns about this one.
store_debt_lost = Signal()
#: The session's cookie has another path or domain now; the former cookies are deleted.
former_scope = Signal()

SIGNALS: dict[Kind, Signal] = {
    "started": login_started,
    "confirmed": login_confirmed,
    "renewed": login_renewed,
    "ended": login_ended,
    "revoked": login_revoked,
    "refused": ticket_refused,
    "step_up": step_up_asked,
    "store_down": store_down,
    "store_up": store_up,
    "store_debt_lost": store_debt_lost,
    "former_scope": former_scope,
}


def hears(kind: Kind) -> bool:
    """Return whether the signal of *kind* has receivers."""
    return bool(SIGNALS[kind].receivers)


def send(event: Event) -> None:
    """Send the signal for *event*, in a coroutine by a thread; without receivers do nothing."""
    if hears(event.kind):
        call_foreign(SIGNALS[event.kind].send_robust, Engine, event=event)
