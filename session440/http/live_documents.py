"""What an open connection is told of its login: that its end is near, and that it has ended."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from ..core.ended import Ended
from ..core.ticket import Ticket
from ..engine import Engine
from ..events import logger
from ..exceptions import LOGIN_TIMEOUT
from ..exchange import Exchange
from ..live import LiveLogin
from ..moments import iso
from .links import Links, links_of
from .reply import problem, sentence, words_for
from .words import SIGNED_OUT, words_in

#: The name of the event that tells of it, in a stream of events and in Socket.IO.
EVENT = "session440"


class Reader(NamedTuple):
    """Who reads what a connection is told, when its request is gone.

    :param language: of the sentence for the person.
    :param login_url: where to log in again.
    """

    language: str
    login_url: str


def reader_of(exchange: Exchange) -> Reader:
    """Return who reads what this request's connection is told.

    This may call what is the site's own, such as its ``login_url``. If that fails, it is logged:
    the connection is of somebody who is logged in, and may never end.
    """
    try:
        links = links_of(exchange, exchange.request.place(), False)
        return _reader(words_for(exchange).language, links.login_url)
    except Exception:
        logger.exception("the login page is not known; an open connection is told of /login")
        return _reader("en", "/login")


@lru_cache(maxsize=256)  # the readers of a page are alike
def _reader(language: str, login_url: str) -> Reader:
    return Reader(language, login_url)


def ended_document(ended: Ended, reader: Reader) -> dict[str, Any]:
    """Return the problem document of the 440 (RFC 9457); a logout has no cause."""
    words = words_in(reader.language)
    is_logout = ended.cause is None
    detail = words.say(SIGNED_OUT) if is_logout else sentence(words, ended.cause, ended.policy)
    links = Links(reader.login_url, None, None)
    return problem(LOGIN_TIMEOUT, ended, detail, links)  # no gateway reads it


def active_document(engine: Engine, ticket: Ticket | None, now: float) -> dict[str, Any]:
    """Return how a login stands, as the endpoint ``status`` says it."""
    if ticket is None:
        return {"state": "anonymous"}
    policy, deadline = engine.policy(ticket.policy), engine.expiry(ticket).deadline
    state = {
        "state": "active",
        "expires_in": round(deadline - now, 3),
        "idle_remaining": _left(ticket.seen_at, policy.idle_timeout, now),
        "absolute_remaining": _left(ticket.issued_at, policy.absolute_timeout, now),
        "warn_before": policy.warning,
        "expires_at": iso(deadline, "auto"),
    }
    return {name: value for name, value in state.items() if value is not None}


def _left(since: float, limit: float | None, now: float) -> float | None:
    return None if limit is None else round(since + limit - now, 3)


def document_of(engine: Engine, login: LiveLogin[Any], reader: Reader) -> dict[str, Any]:
    """Return how a watched login stands now: the problem document once it is over."""
    if login.is_over and login.end is not None:
        return ended_document(login.end, reader)
    return active_document(engine, login.ticket, engine.clock())


def extend_document(engine: Engine, login: LiveLogin[Any]) -> dict[str, Any]:
    """Return the document that asks the page to call the endpoint ``extend``."""
    return {**active_document(engine, login.ticket, engine.clock()), "extend": True}


def as_event(document: dict[str, Any]) -> bytes:
    """Return *document* as an event of a stream of events (``text/event-stream``).

    https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    return f"event: {EVENT}\ndata: {json.dumps(document)}\n\n".encode()
