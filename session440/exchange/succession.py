"""A login that takes the place of another one."""

from __future__ import annotations

from ..core.ticket import Ticket
from .exchange import Exchange


def successor(exchange: Exchange, subject: str, policy: str | None = None) -> Ticket:
    """Return the ticket of the login that the app has begun for *subject*.

    Somebody who switches to another person, and back (django-hijack), proves nothing anew, so the
    absolute clock of their own login goes on. Who logs in at a login page begins a new one.
    """
    ticket, former = exchange.issue(subject, policy), exchange.provisional.login
    if former is None or former.subject == subject or exchange.request.place().is_login_page:
        return ticket
    return ticket._replace(issued_at=min(former.issued_at, ticket.issued_at))
