"""The engine's own endpoints: how long a login still lasts, and its extension."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from . import caller
from .outcome import Outcome, State
from .reply import Reply, json_reply, login_link, timeout_reply, unavailable_reply
from .ticket import Ticket
from .visit import Visit


def endpoint_reply(visit: Visit) -> Reply | None:
    """Answer a request for one of the endpoints; ``None`` where there is none."""
    name = visit.exchange.path().rpartition("/")[2]
    endpoint = _ENDPOINTS.get(name)
    if endpoint is None or visit.exchange.path() != f"{visit.engine.settings.endpoint}/{name}":
        return None
    methods, answer = endpoint
    visit.untouched = True  # whatever else happens to the session meanwhile is no login
    method = visit.method
    if method not in methods:
        return _problem(405, "Method Not Allowed", ("Allow", ", ".join(methods)))
    reply = answer(visit)
    return reply._replace(body=b"") if method == "HEAD" else reply


def _status(visit: Visit) -> Reply:
    """Say how things stand, changing nothing."""
    outcome = visit.look()
    if outcome.state is State.UNCERTAIN:
        return unavailable_reply(visit)
    if outcome.state is State.ENDED and not visit.engine.reports_only:
        return json_reply(
            200, {"state": "expired", "cause": str(outcome.cause), "login_url": login_link(visit)}
        )
    return json_reply(200, _state(visit, _live_ticket(visit, outcome)))


def _live_ticket(visit: Visit, outcome: Outcome) -> Ticket | None:
    if outcome.state in (State.ACTIVE, State.REISSUED):
        return outcome.ticket
    subject = visit.subject_of(outcome)
    if outcome.state in (State.BEGUN, State.ENDED) and subject is not None:
        # What the next guarded request will begin: an adopted login, or one only reported.
        return visit.engine.issue(visit.exchange, subject, visit.now)
    return None


def _extend(visit: Visit) -> Reply:
    """Renew the login; only pages of this site may, or any site could keep people in."""
    if not caller.is_same_origin(visit.exchange.environ, visit.exchange.host()):
        return _problem(403, "Forbidden")
    visit.untouched = False
    visit.extend()
    outcome = visit.look(renews=True)
    if outcome.state is State.UNCERTAIN:
        visit.untouched = True
        return unavailable_reply(visit)
    if outcome.state is not State.ENDED:
        visit.take(outcome)
    elif visit.engine.reports_only:
        visit.report(outcome)
    else:
        # Evidence stays: a script asked, and the message is for a person.
        visit.end(outcome, keep=True)
        visit.timed_out = True
        return timeout_reply(visit)
    return json_reply(200, _state(visit, visit.upcoming))


def _state(visit: Visit, ticket: Ticket | None) -> dict[str, Any]:
    if ticket is None:
        return {"state": "anonymous"}
    policy, now = visit.engine.policy(ticket.policy), visit.now
    deadline = visit.engine.expiry(ticket).deadline
    state = {
        "state": "active",
        "expires_in": round(deadline - now, 3),
        "idle_remaining": _left(ticket.seen_at, policy.idle_timeout, now),
        "absolute_remaining": _left(ticket.issued_at, policy.absolute_timeout, now),
        "warn_before": policy.warning,
        "expires_at": datetime.fromtimestamp(deadline, timezone.utc).isoformat(),
    }
    return {name: value for name, value in state.items() if value is not None}


def _left(since: float, limit: float | None, now: float) -> float | None:
    return None if limit is None else round(since + limit - now, 3)


def _problem(status: int, title: str, *headers: tuple[str, str]) -> Reply:
    return json_reply(status, {"title": title, "status": status}, *headers)


_ENDPOINTS = {"status": (("GET", "HEAD"), _status), "extend": (("POST",), _extend)}
