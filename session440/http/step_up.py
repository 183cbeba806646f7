"""A stand-in for main's step_up.py until that is merged."""

from __future__ import annotations

from ..exchange import Exchange
from .reply import Reply, json_reply


def lacks_recent(exchange: Exchange, within: float) -> bool:
    ticket = exchange.decision and exchange.decision.ticket
    proved_at = getattr(ticket, "proved_at", None) or (ticket and ticket.issued_at)
    return not (proved_at is not None and exchange.now - proved_at < within)


def step_up_reply(exchange: Exchange, within: float) -> Reply:
    challenge = f'Session440 error="insufficient_user_authentication", max_age={within:.0f}'
    return json_reply(401, {"status": 401}, ("WWW-Authenticate", challenge))
