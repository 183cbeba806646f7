"""A login that goes on, that begins, or that takes the place of another one."""

from __future__ import annotations

import secrets
from datetime import datetime
from math import inf

from ..core.credential import (
    NOW,
    Credential,
    Moment,
    Proof,
    as_credential,
    end_of_credential,
    past_end,
    proof_of,
)
from ..core.decision import Decision, Standing
from ..core.lifecycle import report, stand
from ..core.state import Step
from ..core.ticket import ID_BYTES, Ticket
from ..core.wire import check_length
from ..decorators import RECENT, is_used
from ..greenlets import call_foreign
from .exchange import Exchange


def issue(
    exchange: Exchange,
    subject: str,
    policy: str | None = None,
    given: Credential | None = None,
    proved_at: Moment | Proof | None = NOW,
) -> Ticket:
    """Return the ticket of a login that begins now.

    :param given: the credential behind it; otherwise the site's ``credential`` is asked.
    :param proved_at: when the person proved who they are, unless the credential says so.
    """
    engine, now = exchange.engine, exchange.now
    credential = _credential_of(exchange, subject) if given is None else given
    proof = credential.auth_time if proved_at is NOW else proved_at
    if engine.settings.valid_from is not None:  # logins from before some moment of today are over
        now = max(now, engine.clock())
    ticket = Ticket(
        id=secrets.token_urlsafe(ID_BYTES),
        subject=subject,
        issued_at=now,
        seen_at=now,
        policy=_policy_of(exchange, subject, policy),
        not_after=end_of_credential(credential.not_after, now),
        node=engine.node,
        proved_at=proof_of(proof, now),
        external=credential.external,
    )
    check_length(engine.cookie_name, ticket)
    return ticket


def _policy_of(exchange: Exchange, subject: str, policy: str | None) -> str:
    choose, names = exchange.engine.settings.choose_policy, exchange.engine.limits.names
    if policy is None and choose is not None:
        policy = choose(exchange.request.native, subject)
    policy = policy or "default"
    if policy not in names:
        raise ValueError(f"no policy is called {policy!r}; known are {names}")
    return policy


def _credential_of(exchange: Exchange, subject: str) -> Credential:
    ask = exchange.engine.settings.credential
    return as_credential(None if ask is None else ask(exchange.request.native, subject))


def confirmed(exchange: Exchange, login: Ticket) -> Ticket:
    """Return the ticket of a login whose person has proved once more who they are."""
    now = exchange.now
    id, seen_at = secrets.token_urlsafe(ID_BYTES), max(now, login.seen_at)
    node = exchange.engine.node
    return login._replace(id=id, seen_at=seen_at, node=node, recorded="", proved_at=now)


def valid_from_of(exchange: Exchange, subject: str) -> float:
    """Return when the oldest login that is good was issued, in UTC epoch seconds; -inf: any.

    :raises ValueError: if the site's function gives no aware datetime.
    """
    given = exchange.engine.settings.valid_from
    moment = call_foreign(given, exchange.request.native, subject) if callable(given) else given
    if moment is None:
        return -inf
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(f"valid_from gives {moment!r}; it must be an aware datetime, or None")
    return moment.timestamp()


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
    ticket, stand_in = _found(exchange, subject, decision), decision.ticket
    if stand_in is None:
        return ticket
    if decision.reason == "adopted":
        return ticket._replace(id=stand_in.id)
    if decision.reason == "switched":  # as successor() does
        return _switched(ticket, stand_in)
    return ticket._replace(proved_at=stand_in.proved_at)  # its end was only reported


def _found(exchange: Exchange, subject: str, decision: Decision) -> Ticket:
    """Return the ticket of a login that began out of sight, which proves nothing.

    Its credential may have ended since: then the login is over with the next request. In report
    mode it goes on.
    """
    credential = _credential_of(exchange, subject)
    end = past_end(credential.not_after, exchange.now)
    if end is not None:
        credential = credential._replace(not_after=None)
    ticket = issue(exchange, subject, given=credential)._replace(proved_at=None)
    is_over = end is not None and decision.standing is not Standing.ENDED
    return ticket._replace(not_after=end) if is_over else ticket


def _subject_of(exchange: Exchange, decision: Decision) -> str | None:
    """Return the subject of the login that the app would see if no login ended."""
    ticket, holding = decision.ticket, exchange.holding
    if holding.is_carried is None and ticket is not None and not ticket.ended:
        return ticket.subject
    return holding.subject


def renews_key(exchange: Exchange) -> bool:
    """Return whether a login again by the same person gives the session another key.

    Django keeps it, and its users expect that (its own tests do). But where a page may want a
    recent login, the proof would let in a thief who has a copy (OWASP ASVS 5.0, 7.2.4).
    """
    settings = exchange.engine.settings
    return bool(settings.recent) or settings.step_up_url is not None or is_used(RECENT)


def successor(
    exchange: Exchange, subject: str, policy: str | None = None, is_proof: bool = True
) -> Ticket:
    """Return the ticket of the login that the app has begun for *subject*.

    Somebody who switches to another person, and back (django-hijack), proves nothing anew, so the
    absolute clock of their own login goes on. Who logs in at a login page begins a new one; it is a
    proof if that is one for certain, and no ``/users/7/login`` by which staff become somebody.

    :param is_proof: whether the person has been asked who they are.
    """
    ticket, former = issue(exchange, subject, policy), exchange.provisional.login
    if not is_proof:
        ticket = ticket._replace(proved_at=None)
    if former is None or former.subject == subject:
        return ticket
    place = exchange.request.place()
    if place.is_login_page:
        is_certain = exchange.session.watches or not place.is_guessed
        return ticket if is_certain else ticket._replace(proved_at=None)
    return _switched(ticket, former)


def _switched(ticket: Ticket, former: Ticket) -> Ticket:
    """Return the ticket of somebody who acts for another person: their own login goes on.

    So does the credential behind it, unless the site names another one: or a switch, and one
    back, would free the login from the token's end and from the identity provider.
    """
    issued_at = min(former.issued_at, ticket.issued_at)
    ticket = ticket._replace(issued_at=issued_at, proved_at=None)
    if ticket.external or ticket.not_after is not None:
        return ticket
    return ticket._replace(external=former.external, not_after=former.not_after)
