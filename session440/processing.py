"""The door: what becomes of a login, and what is answered, before the app runs."""

from __future__ import annotations

from typing import Protocol

from .core.decision import Outcome, State
from .http import negotiation as caller
from .http.endpoints import endpoint_reply
from .http.reply import Reply, timeout_reply, unavailable_reply
from .visit import Visit

SAFE_METHODS = ("GET", "HEAD")
_CHUNK = 64 * 1024


class Body(Protocol):
    """A request's body: ``wsgi.input``, or a framework's request itself."""

    def read(self, size: int, /) -> bytes:
        """Read at most *size* bytes; none at the end."""


def door_reply(visit: Visit, body: Body) -> Reply | None:
    """Answer for the app: the engine's own endpoints, the 440, and the 503 without a store."""
    reply = endpoint_reply(visit) if visit.is_under_endpoint() else None
    if reply is None:
        enter(visit)
    if visit.timed_out or visit.unavailable:
        drain(visit, body)
        reply = reply or (unavailable_reply if visit.unavailable else timeout_reply)(visit)
    return reply


def enter(visit: Visit) -> None:
    """Judge the login: whatever of it has ended is out of the app's sight from here on."""
    if not (visit.exchange.session_carried() or visit.tickets):
        return
    is_static = visit.exchange.is_static() and visit.method in SAFE_METHODS
    if is_static and visit.carries_live_ticket():
        visit.untouched = True  # what the ticket says will do
        return
    outcome = visit.look(renews=not (is_static or visit.method == "OPTIONS"))
    if outcome.state is State.UNCERTAIN:
        # Whoever was logged in is so after the outage. On public pages too: a view that is
        # shown an empty session may write to it, and overwrite what is hidden from it.
        visit.untouched = visit.unavailable = True
    elif is_static or visit.method == "OPTIONS":
        _let_pass(visit, outcome)
    elif outcome.state is not State.ENDED:
        visit.take(outcome)
    elif visit.engine.reports_only:
        visit.report(outcome)
    else:
        _meet_ended(visit, outcome)


def _let_pass(visit: Visit, outcome: Outcome) -> None:
    """Change nothing for OPTIONS and static files, but show no ended login to a view."""
    visit.untouched = True
    if outcome.state is State.ENDED and visit.engine.reports_only:
        return
    if outcome.state is State.ENDED:
        visit.exchange.hide_session()
    elif outcome.state is not State.BEGUN:
        visit.take(outcome)


def _meet_ended(visit: Visit, outcome: Outcome) -> None:
    """Login pages, public pages and all others meet an ended login, each in its way."""
    if visit.is_login_page():
        visit.end(outcome, keep=False)
    elif visit.is_public():
        visit.end(outcome, keep=True)
    elif visit.engine.settings.enforcement == "challenge" and visit.method in SAFE_METHODS:
        visit.end(outcome, keep=True)
        visit.challenged = True
    else:
        visit.end(outcome, keep=True)
        visit.answer_440()


def drain(visit: Visit, body: Body) -> None:
    """Read the body that nobody will: behind nginx an unread one turns a 440 into a 502.

    A body declared longer than ``drain_limit`` is left alone, or a 440 would cost without
    bound. One of no declared length is read up to the limit, where the server ends it.
    """
    limit = visit.engine.settings.drain_limit
    left = _declared_length(visit.exchange.environ, limit)
    try:
        while 0 < left <= limit:
            chunk = body.read(min(left, _CHUNK))
            if not chunk:
                break
            left -= len(chunk)
    except OSError:
        pass  # the sender has gone; the answer goes nowhere either


def _declared_length(environ: caller.Environ, limit: int) -> int:
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        # Python reads no number of more than 4,300 digits (CVE-2020-10735).
        return int(length[:20])
    return limit if environ.get("wsgi.input_terminated") else 0
