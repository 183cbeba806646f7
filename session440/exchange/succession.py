"""A login that goes on, that begins, or that takes the place of another one."""

from __future__ import annotations

import secrets
from datetime import datetime

from ..core.credential import end_of_credential
from ..core.decision import Decision, Standing
from ..core.lifecycle import Step, report, stand
from ..core.ticket import ID_BYTES, Ticket
from ..core.wire import check_length
from .exchange import Exchange


def issue(
    exchange: Exchange,
    subject: str,
    policy: str | None = None,
    not_after: float | datetime | None = None,
) -> Ticket:
    """Return the ticket of a login that begins now."""
    engine, now = exchange.engine, exchange.now
    choose, names = engine.settings.choose_policy, engine.limits.names
    if policy is None and choose is not None:
        policy = choose(exchange.request.native, subject)
    policy = policy or "default"
    if policy not in names:
        raise ValueError(f"no policy is called {policy!r}; known are {names}")
    ticket = Ticket(
        id=secrets.token_urlsafe(ID_BYTES),
        subject=subject,
        issued_at=now,
        seen_at=now,
        policy=policy,
        not_after=end_of_credential(not_after, now),
        node=engine.node,
    )
    check_length(engine.cookie_name, ticket)
    return ticket


def carry_on(exchange: Exchange, decision: Decision) -> Step:
    """Return the step for a login that goes on, or whose end is only reported."""
    if decision.standing is Standing.ENDED:
        return report(exchange.ended_by(decision), fresh(exchange, decision))
    if decision.standing is Standing.BEGUN:
        return stand(decision, fresh(exchange, decision))
    return stand(decision)


def fresh(exchange: Exchange, decision: Decision) -> Ticket | None:
    """Return the ticket of a new login that replaces the one of *decision*."""
    subject = _subject_of(exchange, decision)
    if subject is None:
        return None
    ticket, stand_in = issue(exchange, subject), decision.ticket
    if stand_in is not None and decision.reason == "adopted":
        return ticket._replace(id=stand_in.id)
    if stand_in is not None and decision.reason == "switched":  # as successor() does
        return ticket._replace(issued_at=min(stand_in.issued_at, exchange.now))
    return ticket


def _subject_of(exchange: Exchange, decision: Decision) -> str | None:
    """Return the subject of the login that the app would see if no login ended."""
    ticket, holding = decision.ticket, exchange.holding
    if holding.is_carried is None and ticket is not None and not ticket.ended:
        return ticket.subject
    return holding.subject


def successor(exchange: Exchange, subject: str, policy: str | None = None) -> Ticket:
    """Return the ticket of the login that the app has begun for *subject*.

    Somebody who switches to another person, and back (django-hijack), proves nothing anew, so the
    absolute clock of their own login goes on. Who logs in at a login page begins a new one.
    """
    ticket, former = issue(exchange, subject, policy), exchange.provisional.login
    if former is None or former.subject == subject or exchange.request.place().is_login_page:
        return ticket
    return ticket._replace(issued_at=min(former.issued_at, ticket.issued_at))
