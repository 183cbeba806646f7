"""The engine's own endpoints, for example ``status``, ``extend``, ``logout`` and the script."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from ..cause import Cause
from ..core.decision import LIVE, Decision, Standing
from ..core.delivery import deletion
from ..core.effects import ClearSession
from ..core.ended import Ended
from ..core.enforcement import Answer, Evidence, SessionChange, Treatment
from ..core.lifecycle import end, extend, log_out
from ..core.state import UNAVAILABLE, UNTOUCHED
from ..core.ticket import ID_BYTES, Ticket
from ..exchange import Exchange
from ..exchange.driver import carry_out, look, take
from ..exchange.succession import carry_on, fresh
from . import negotiation as caller
from .backchannel import BACKCHANNEL, receive_token, token_reply
from .body import drain_if_refused
from .forward_auth import auth_reply, judge_auth
from .links import PAGE, links_of, relogin_url
from .live_documents import active_document
from .logins_page import act_on_logins, logins_reply
from .reply import (
    Reply,
    ended_reply,
    json_reply,
    sentence,
    timeout_reply,
    unavailable_reply,
    words_for,
)
from .script import back_reply, dialogs_reply, live_reply, script_reply, style_reply


def is_asked(exchange: Exchange) -> bool:
    """Return whether the request is for one of the endpoints."""
    prefix = exchange.engine.endpoint_prefix
    if prefix is None or not exchange.request.path_info.startswith(prefix):
        return False
    path = exchange.request.path()
    name = path[len(prefix) :]
    if name == BACKCHANNEL and not exchange.engine.settings.oidc:
        return False
    return path.startswith(prefix) and name in _ENDPOINTS


def _endpoint(exchange: Exchange) -> Endpoint:
    return _ENDPOINTS[exchange.request.path().rpartition("/")[2]]


def serve(exchange: Exchange) -> None:
    """Do what the endpoint is for. Other changes of the session do not count as a login."""
    exchange.advance((UNTOUCHED, ()))
    endpoint = _endpoint(exchange)
    if exchange.request.method in endpoint.methods and endpoint.act is not None:
        exchange.read_tickets()  # the script and its style need none
        endpoint.act(exchange)
        drain_if_refused(exchange, exchange.provisional.answer)


def render(exchange: Exchange) -> Reply:
    """Return the answer of the endpoint."""
    reply = _reply(exchange, _endpoint(exchange))
    return reply._replace(body=b"") if exchange.request.method == "HEAD" else reply


def _reply(exchange: Exchange, endpoint: Endpoint) -> Reply:
    if exchange.request.method in endpoint.methods:
        return endpoint.reply(exchange)
    return _problem(405, "Method Not Allowed", ("Allow", ", ".join(endpoint.methods)))


# How a login stands


def _look(exchange: Exchange) -> None:
    if look(exchange).standing is Standing.UNCERTAIN:
        exchange.advance((UNAVAILABLE, ()))


def _status(exchange: Exchange) -> Reply:
    """Return how the login stands; this changes nothing."""
    decision = exchange.decision
    if decision is None or exchange.provisional.answer is Answer.UNAVAILABLE:
        return unavailable_reply(exchange)
    if decision.standing is Standing.ENDED and not exchange.engine.reports_only:
        return json_reply(200, _expired(exchange, exchange.ended_by(decision)))
    return json_reply(200, _state(exchange, _live_ticket(exchange, decision)))


def _expired(exchange: Exchange, ended: Ended) -> dict[str, Any]:
    # A later version may know a cause that this one does not.
    cause = {} if ended.cause is None else {"cause": str(ended.cause)}
    is_by_client = caller.is_by_client(exchange.request.environ)
    links = links_of(exchange, exchange.request.place(), is_by_client)
    state: dict[str, Any] = {"state": "expired", **cause, "login_url": links.login_url}
    if not is_by_client:
        return state
    detail = sentence(words_for(exchange), ended.cause, ended.policy)
    state |= {"detail": detail, "relogin_url": links.relogin_url}
    # Whose page it is, for a script that has not been told while the login lived.
    return state if ended.ticket is None else {**state, **_person(exchange, ended.ticket)}


def _live_ticket(exchange: Exchange, decision: Decision) -> Ticket | None:
    if decision.standing in LIVE:
        return decision.ticket
    if decision.standing in (Standing.BEGUN, Standing.ENDED):
        # The login that the next request to the app will begin: it is adopted, or its end is
        # only reported.
        return fresh(exchange, decision)
    return None


def _act_extend(exchange: Exchange) -> None:
    """Renew the login. Only this site's pages may: other sites must not keep people logged in."""
    if not _is_same_origin(exchange):
        return
    decision = look(exchange, renews=True)
    if decision.standing is Standing.ENDED and not exchange.engine.reports_only:
        # The evidence stays: a script asked, but the message is for a person.
        _end(exchange, decision, Treatment(Answer.LOGIN_TIMEOUT, Evidence.KEPT, CLEARED))
        return
    state, effects = carry_on(exchange, decision)
    take(exchange, (extend(state), effects))


def _end(exchange: Exchange, decision: Decision, treatment: Treatment) -> None:
    ended = exchange.ended_by(decision)
    step = end(ended, treatment, exchange.holding.is_clearable, exchange.now)
    take(exchange, step)


def _extended(exchange: Exchange) -> Reply:
    answer = exchange.provisional.answer
    if not _is_same_origin(exchange):
        return _problem(403, "Forbidden")
    if answer is Answer.UNAVAILABLE:
        return unavailable_reply(exchange)
    if answer is Answer.LOGIN_TIMEOUT:
        return timeout_reply(exchange)
    return json_reply(200, {**_state(exchange, exchange.upcoming()), **_csrf(exchange)})


def _csrf(exchange: Exchange) -> dict[str, Any]:
    """Return the CSRF token of this login: forms from before it hold another one."""
    is_active = exchange.provisional.login is not None
    token = exchange.presentation.csrf_token() if is_active else None
    return {} if token is None else {"csrf": {"field": token[0], "value": token[1]}}


def _state(exchange: Exchange, ticket: Ticket | None) -> dict[str, Any]:
    state = active_document(exchange.engine, ticket, exchange.now)
    if ticket is None:
        return state
    if caller.is_by_client(exchange.request.environ):
        state |= _for_client(exchange, ticket)
    return {name: value for name, value in state.items() if value is not None}


def _for_client(exchange: Exchange, ticket: Ticket) -> dict[str, Any]:
    """Return what only the script needs."""
    policy, proved_at = exchange.engine.policy(ticket.policy), ticket.proved_at
    return {
        "renew_interval": policy.renewal,
        "idle_timeout": policy.idle_timeout,
        **_person(exchange, ticket),
        # Tells the logins of one person apart: a CSRF token belongs to one of them.
        "login_id": exchange.engine.signer.keyed_hash("loginid", ticket.id),
        "relogin_url": relogin_url(exchange, exchange.request.place()),
        "proved_ago": None if proved_at is None else round(exchange.now - proved_at, 3),
    }


def _person(exchange: Exchange, ticket: Ticket) -> dict[str, str]:
    """Return what tells persons apart, and names none.

    The script must not show or send one person's input to another.
    """
    return {"login": exchange.engine.signer.keyed_hash("login", ticket.subject)}


def _act_logout(exchange: Exchange) -> None:
    """End the login, as the app's own logout does."""
    if not _is_same_origin(exchange):
        return
    decision = look(exchange)
    if decision.standing is Standing.UNCERTAIN:
        exchange.advance((UNAVAILABLE, ()))
    elif decision.standing is Standing.ENDED:
        _end(exchange, decision, Treatment(Answer.APP, Evidence.SPENT, CLEARED))
    else:
        take(exchange, carry_on(exchange, decision))
        effects = exchange.advance(log_out(exchange.provisional))
        carry_out(exchange, (*effects, ClearSession(is_logout=True)))


def _logged_out(exchange: Exchange) -> Reply:
    if not _is_same_origin(exchange):
        return _problem(403, "Forbidden")
    if exchange.provisional.answer is Answer.UNAVAILABLE:
        return unavailable_reply(exchange)
    return json_reply(200, {"state": "anonymous", "login_url": exchange.request.place().login_url})


def _is_same_origin(exchange: Exchange) -> bool:
    """Return whether a page of this site sent the request (against CSRF)."""
    return caller.is_same_origin(exchange.request)


# For a probe


def _sample(exchange: Exchange) -> Reply:
    """Return a 440 that ends no login, so that a probe can see how it arrives.

    It deletes a cookie that nobody has, with the attributes of the ticket's cookie.
    """
    engine = exchange.engine
    ended = Ended(None, Cause.IDLE, exchange.now, engine.policy("default"))
    reply = ended_reply(exchange, ended)
    cookie = deletion(f"{engine.cookie_name}-sample", exchange.session.scope())
    headers = (
        *reply.headers,
        ("Session440-Cause", str(Cause.IDLE)),
        ("Set-Cookie", cookie.header()),
        # Never the same twice, so that an answer from a cache is recognized.
        ("Session440-Sample", secrets.token_urlsafe(ID_BYTES)),
    )
    return reply._replace(headers=headers)


def _problem(status: int, title: str, *headers: tuple[str, str]) -> Reply:
    return json_reply(status, {"title": title, "status": status}, *headers)


class Endpoint(NamedTuple):
    """An endpoint: its methods, its answer, and what it does first."""

    methods: tuple[str, ...]
    reply: Callable[[Exchange], Reply]
    act: Callable[[Exchange], None] | None = None


CLEARED = SessionChange.CLEARED
_READ = ("GET", "HEAD")
_ENDPOINTS = {
    "status": Endpoint(_READ, _status, _look),
    "extend": Endpoint(("POST",), _extended, _act_extend),
    "logout": Endpoint(("POST",), _logged_out, _act_logout),
    "client.js": Endpoint(_READ, script_reply),
    "client.css": Endpoint(_READ, style_reply),
    "dialogs.js": Endpoint(_READ, dialogs_reply),
    "live.js": Endpoint(_READ, live_reply),
    "back": Endpoint(_READ, back_reply),
    "auth": Endpoint(_READ, auth_reply, judge_auth),
    "sample": Endpoint(_READ, _sample),
    BACKCHANNEL: Endpoint(("POST",), token_reply, receive_token),
    PAGE: Endpoint((*_READ, "POST"), logins_reply, act_on_logins),
}
