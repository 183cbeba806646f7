"""What a request's tickets say by themselves; the session may say otherwise."""

from __future__ import annotations

from ..core.decision import choose
from ..core.facts import Facts
from ..core.state import State
from ..core.ticket import Ticket
from .exchange import Exchange


def live_ticket(exchange: Exchange) -> Ticket | None:
    """Return a ticket that has not expired."""
    if not exchange.tickets:
        return None
    ticket = choose(Facts(exchange.now, exchange.tickets), exchange.engine.rules)
    is_live = not ticket.ended and exchange.now < exchange.engine.expiry(ticket).deadline
    return ticket if is_live else None


def by_tickets(exchange: Exchange) -> State | None:
    """Return how the login stands by its only ticket; ``None`` if that is over, or one of several.

    Of several ones the session alone knows which is its own.
    """
    if len(exchange.read_tickets()) > 1:
        return None
    reading = exchange.reading
    if reading is not None and reading.since <= exchange.now < reading.until:
        return reading.step[0]
    ticket = live_ticket(exchange)
    return None if ticket is None else State(ticket)


def has_ticket_alone(exchange: Exchange) -> bool:
    """Return whether the ticket is the login, as far as is known: there is no session beside it."""
    return exchange.decision is None or exchange.holding.is_carried is None
