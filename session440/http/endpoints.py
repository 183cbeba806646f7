"""The engine's own endpoints: how long a login lasts, its extension and end, the script ..."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from ..cause import Cause
from ..core.cookie import Cookie
from ..core.decision import Outcome, State
from ..core.ticket import ID_BYTES, Ticket
from ..policy import Policy
from ..visit import Visit
from . import negotiation as caller
from .assets import client_script, etag, script_tag, style_sheet
from .forward_auth import auth_reply
from .page import page, page_policy
from .reply import (
    Reply,
    html_reply,
    json_reply,
    login_link,
    relogin_link,
    sentence,
    timeout_reply,
    unavailable_reply,
    words_for,
)
from .words import CLOSE_WINDOW, SIGNED_IN_AGAIN


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


# How a login stands


def _status(visit: Visit) -> Reply:
    """Say how things stand, changing nothing."""
    outcome = visit.look()
    if outcome.state is State.UNCERTAIN:
        return unavailable_reply(visit)
    if outcome.state is State.ENDED and not visit.engine.reports_only:
        return json_reply(200, _expired(visit, outcome))
    return json_reply(200, _state(visit, _live_ticket(visit, outcome)))


def _expired(visit: Visit, outcome: Outcome) -> dict[str, Any]:
    state = {"state": "expired", "cause": str(outcome.cause), "login_url": login_link(visit)}
    if not caller.is_by_client(visit.exchange.environ):
        return state
    policy = outcome.ticket and visit.engine.policy(outcome.ticket.policy)
    detail = sentence(words_for(visit), outcome.cause, policy)
    return {**state, "detail": detail, "relogin_url": relogin_link(visit)}


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
    refusal = _refusal(visit)
    if refusal is not None:
        return refusal
    visit.extend()
    outcome = visit.look(renews=True)
    if outcome.state is State.UNCERTAIN:
        return unavailable_reply(visit)
    visit.untouched = False
    if outcome.state is not State.ENDED:
        visit.take(outcome)
    elif visit.engine.reports_only:
        visit.report(outcome)
    else:
        # Evidence stays: a script asked, and the message is for a person.
        visit.end(outcome, keep=True)
        visit.timed_out = True
        return timeout_reply(visit)
    return json_reply(200, {**_state(visit, visit.upcoming), **_csrf(visit)})


def _csrf(visit: Visit) -> dict[str, Any]:
    """Give the token that goes with this login: forms of a former one hold its own."""
    token = visit.exchange.csrf_token() if visit.active else None
    return {} if token is None else {"csrf": {"field": token[0], "value": token[1]}}


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
    if caller.is_by_client(visit.exchange.environ):
        state |= _for_client(visit, ticket)
    return {name: value for name, value in state.items() if value is not None}


def _for_client(visit: Visit, ticket: Ticket) -> dict[str, Any]:
    """Tell the script when activity is worth telling, whose page it is, and the way back."""
    return {
        "renew_interval": visit.engine.policy(ticket.policy).renewal,
        # Opaque. Nobody is to be shown, or to send, what is of somebody else's page.
        "login": visit.engine.signer.keyed_hash(f"login {ticket.subject}"),
        "relogin_url": relogin_link(visit),
    }


def _left(since: float, limit: float | None, now: float) -> float | None:
    return None if limit is None else round(since + limit - now, 3)


def _logout(visit: Visit) -> Reply:
    """End the login, as the app's own logout would."""
    refusal = _refusal(visit)
    if refusal is not None:
        return refusal
    outcome = visit.look()
    if outcome.state is State.UNCERTAIN:
        return unavailable_reply(visit)
    visit.untouched = False
    if outcome.state is State.ENDED:
        visit.end(outcome, keep=False)
    else:
        visit.take(outcome)
        visit.logout()
    return json_reply(200, {"state": "anonymous", "login_url": visit.exchange.login_url()})


def _refusal(visit: Visit) -> Reply | None:
    """Refuse what no page of this site has asked for (CSRF)."""
    if caller.is_same_origin(visit.exchange.environ, visit.exchange.host()):
        return None
    return _problem(403, "Forbidden")


# What a probe asks


class _Nobody(Visit):
    """The visit of nobody, whose login has just ended of idleness."""

    @property
    def cause(self) -> Cause:
        return Cause.IDLE

    @property
    def policy(self) -> Policy:
        return self.engine.policy("default")

    @property
    def ended_at(self) -> float:
        return self.now


def _sample(visit: Visit) -> Reply:
    """Show a 440 as people get it, of nobody's login: for a probe to see what becomes of it.

    The cookie that it deletes is nobody's, with the attributes of the ticket's.
    """
    reply = timeout_reply(_Nobody(visit.engine, visit.exchange))
    scope = visit.exchange.cookie_scope()._replace(max_age=0)
    headers = (
        *reply.headers,
        ("Session440-Cause", str(Cause.IDLE)),
        ("Set-Cookie", Cookie(f"{visit.engine.cookie_name}-sample", "", scope).header()),
        # Never the same twice, so that one from a cache is known.
        ("Session440-Sample", secrets.token_urlsafe(ID_BYTES)),
    )
    return reply._replace(headers=headers)


# What the browser loads


def _script(visit: Visit) -> Reply:
    return _asset(visit, "text/javascript", client_script(words_for(visit).language))


def _style(visit: Visit) -> Reply:
    return _asset(visit, "text/css", style_sheet())


def _asset(visit: Visit, kind: str, content: bytes) -> Reply:
    """Answer with a file; a browser that has it already is told so (RFC 9110 section 13.1.2)."""
    validator = etag(content)
    is_known = validator in visit.exchange.environ.get("HTTP_IF_NONE_MATCH", "")
    headers = (
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-cache"),
        ("ETag", validator),
        # The language may be a cookie's to choose.
        ("Vary", "Accept-Language, Cookie"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Reply(304, headers[2:], b"") if is_known else Reply(200, headers, content)


def _back(visit: Visit) -> Reply:
    """Show where the window lands in which somebody has logged in again; it closes itself."""
    words = words_for(visit)
    tag = script_tag(client_url(visit), back="")
    text = page(words, words.say(SIGNED_IN_AGAIN), words.say(CLOSE_WINDOW), [tag])
    return html_reply(200, text, page_policy("'self'"))


def client_url(visit: Visit) -> str:
    """Give the URL of the script, for the site that the app is mounted in."""
    return caller.within_app(f"{visit.engine.endpoint_prefix}client.js", visit.exchange.environ)


def client_tag(visit: Visit, nonce: str | None = None, **options: Any) -> str:
    """Write the tag that loads the script; nothing where there are no endpoints."""
    if visit.engine.endpoint_prefix is None:
        return ""
    return script_tag(client_url(visit), nonce, **options)


def _problem(status: int, title: str, *headers: tuple[str, str]) -> Reply:
    return json_reply(status, {"title": title, "status": status}, *headers)


_READ = ("GET", "HEAD")
_ENDPOINTS: dict[str, tuple[tuple[str, ...], Callable[[Visit], Reply]]] = {
    "status": (_READ, _status),
    "extend": (("POST",), _extend),
    "logout": (("POST",), _logout),
    "client.js": (_READ, _script),
    "client.css": (_READ, _style),
    "back": (_READ, _back),
    "auth": (_READ, auth_reply),
    "sample": (_READ, _sample),
}
