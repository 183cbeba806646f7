"""Blinker signals of what happens to logins, like Flask's own signals.

Each is sent with the app as its sender, in the app's context, and with ``event``, an
:class:`~session440.events.Event`. Django's have the same names.
"""

from __future__ import annotations

from contextlib import nullcontext
from weakref import ref

from blinker import NamedSignal, Namespace
from flask import Flask, current_app, has_app_context

from ..events import Event, Hears, Kind, Listener

_signals = Namespace()

login_started = _signals.signal("login-started")
#: Its person has proved who they are once more.
login_confirmed = _signals.signal("login-confirmed")
login_renewed = _signals.signal("login-renewed")
#: Its time was over, the person logged out, or a server has lost it: see ``event.cause``.
login_ended = _signals.signal("login-ended")
#: From elsewhere. The end, and ``login_ended``, come with the person's next request.
login_revoked = _signals.signal("login-revoked")
#: A ticket that is not authentic; it is left alone.
ticket_refused = _signals.signal("ticket-refused")
#: A page wanted a recent login, and this one was not.
step_up_asked = _signals.signal("step-up-asked")
store_down = _signals.signal("store-down")
store_up = _signals.signal("store-up")
#: An outage had more logouts than ``store_debts``: the store never learns about this one.
store_debt_lost = _signals.signal("store-debt-lost")
#: The session's cookie has another path or domain now; the former cookies are deleted.
former_scope = _signals.signal("former-scope")

SIGNALS: dict[Kind, NamedSignal] = {
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


def hears_for(app: Flask) -> Hears:
    """Return a function that tells whether a signal of *app* has receivers."""
    reference = ref(app)

    def hears(kind: Kind) -> bool:
        sender = reference()
        return sender is not None and bool(SIGNALS[kind].has_receivers_for(sender))

    return hears


def sender_for(app: Flask) -> Listener:
    """Return a listener that sends the signals of *app*, and does not keep the app alive."""
    reference = ref(app)

    def send(event: Event) -> None:
        signal, sender = SIGNALS[event.kind], reference()
        if sender is None or not signal.has_receivers_for(sender):
            return
        # With a new context receivers would see another ``g`` than the request's.
        is_current = has_app_context() and current_app == sender
        with nullcontext() if is_current else sender.app_context():
            signal.send(sender, event=event)

    return send
