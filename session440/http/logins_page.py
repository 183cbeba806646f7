"""The endpoint ``logins``: where a person is signed in, for people and for programs.

It needs a store, which knows the logins of all browsers. To end one needs a recent login
(OWASP ASVS 5.0, 7.5.2), and each ends only the person's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from ..core.decision import LIVE, Decision, Standing
from ..core.effects import ClearSession, Tell
from ..core.enforcement import Answer, treat
from ..core.lifecycle import end, log_out
from ..core.record import Record, stored_id
from ..core.state import UNAVAILABLE
from ..core.ticket import Ticket
from ..exceptions import StoreError
from ..exchange import Exchange
from ..exchange.driver import carry_out, look, take
from ..exchange.succession import carry_on, fresh
from ..moments import iso
from ..registry.labels import labels_of
from ..registry.logins import Logins
from . import negotiation as caller
from .body import short_body
from .links import PAGE, links_of
from .login_rows import Row, rows_page, style
from .page import link, page, page_policy
from .reply import (
    VARY,
    Reply,
    html_reply,
    json_reply,
    reply_with,
    timeout_reply,
    unavailable_reply,
    words_for,
)
from .script import client_tag
from .step_up import path_wants, step_up_reply
from .targets import target_of
from .words import (
    LOG_IN,
    LOG_IN_FIRST,
    LOGIN_OVER,
    LOGINS,
    NO_LIST,
    NO_SUCH_LOGIN,
    OTHERS_OVER,
)

#: How recent the login must be that ends another one, in seconds, unless ``recent`` says so.
RECENT = 600.0

#: What a form gives to end all logins but this one.
OTHERS = "others"

#: What the page says that follows, by the value of ``ended`` in its URL.
_NOTICES = {"one": LOGIN_OVER, OTHERS: OTHERS_OVER}

#: How the answer is made, once it is known what it says.
Answering = Callable[[Exchange], Reply]
_ANSWER = "session440.logins"


def act_on_logins(exchange: Exchange) -> None:
    """Find what the person asks for, and end what they want to be ended."""
    exchange.request.environ[_ANSWER] = _answer(exchange)


def logins_reply(exchange: Exchange) -> Reply:
    """Return the answer that was found."""
    answer: Answering = exchange.request.environ[_ANSWER]
    return answer(exchange)


def _answer(exchange: Exchange) -> Answering:
    if exchange.request.method == "POST" and not caller.is_same_origin(exchange.request):
        return partial(_problem, status=403)
    if exchange.engine.shared is None:
        return partial(_said, status=404, text=NO_LIST)
    decision = look(exchange)
    if decision.standing is Standing.UNCERTAIN:
        exchange.advance((UNAVAILABLE, ()))
        return unavailable_reply
    if decision.standing is Standing.ENDED and not exchange.engine.reports_only:
        return _turned_away(exchange, decision)
    ticket = _present(exchange, decision)
    if ticket is None:
        return _visitor
    try:
        return _answer_to(exchange, exchange.engine.shared, decision, ticket)
    except StoreError:
        # Promise nothing: nobody must rely on a login being ended that may go on.
        return unavailable_reply


def _turned_away(exchange: Exchange, decision: Decision) -> Answering:
    """End the login as any page does, in strict mode: there is no app that could refuse."""
    ended = exchange.ended_by(decision)
    treatment = treat(target_of(exchange, decision.ticket), "strict")
    take(exchange, end(ended, treatment, exchange.holding.is_clearable, exchange.now))
    return timeout_reply if treatment.answer is Answer.LOGIN_TIMEOUT else _visitor


def _present(exchange: Exchange, decision: Decision) -> Ticket | None:
    """Return the ticket of the person who asks, unless the framework refuses them."""
    # For a view, the framework might refuse the person whom the session names.
    if exchange.session.refusal() is not None or exchange.session.refuses_user():
        return None
    if decision.standing in LIVE:
        return decision.ticket
    # The login that the next request to the app will begin.
    is_next = decision.standing in (Standing.BEGUN, Standing.ENDED)
    return fresh(exchange, decision) if is_next else None


def _answer_to(exchange: Exchange, logins: Logins, decision: Decision, ticket: Ticket) -> Answering:
    if exchange.request.method != "POST":
        return partial(_listed, rows=_rows(exchange, logins, ticket))
    # Not before: whoever is refused with a 440 or a 503 has the body read by that.
    chosen = _chosen(exchange)
    if chosen == stored_id(ticket.id):
        return _log_out(exchange, decision)
    return _end(exchange, logins, ticket, chosen)


# What is asked for


def _chosen(exchange: Exchange) -> str | None:
    """Return what the caller wants to end; ``None`` if the body does not say it."""
    body = short_body(exchange)
    kind = exchange.request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if body is None:
        return None
    try:
        if kind == "application/json":
            found = json.loads(body)
            chosen = found.get("end") if isinstance(found, dict) else None
        else:
            chosen = parse_qs(body.decode(), True, max_num_fields=8).get("end", [None])[0]
    except (ValueError, RecursionError):  # neither JSON nor UTF-8, too many fields, or too deep
        return None
    return chosen if isinstance(chosen, str) else None


def _end(exchange: Exchange, logins: Logins, ticket: Ticket, chosen: str | None) -> Answering:
    if chosen is None:
        return partial(_problem, status=400)
    within = path_wants(exchange) or RECENT
    if not ticket.is_proved(within, exchange.now):
        carry_out(exchange, (Tell("step_up", ticket),))
        return partial(step_up_reply, within=within, login=ticket)
    if chosen == OTHERS:
        ended = logins.revoke_all(ticket.subject, ticket.id, exchange.now)
        return partial(_done, ended=ended, what=OTHERS)
    # The registry would end anybody's: that it is the person's own is for us to check.
    own = [each.id for each in logins.of_subject(ticket.subject, exchange.now)]
    if chosen in own and logins.revoke(chosen, exchange.now):
        return partial(_done, ended=1, what="one")
    return partial(_said, status=404, text=NO_SUCH_LOGIN)


def _log_out(exchange: Exchange, decision: Decision) -> Answering:
    """End this very login, as the app's own logout does. That needs no recent one."""
    take(exchange, carry_on(exchange, decision))
    effects = exchange.advance(log_out(exchange.provisional))
    carry_out(exchange, (*effects, ClearSession(is_logout=True)))
    return _logged_out


def _rows(exchange: Exchange, logins: Logins, ticket: Ticket) -> list[Row]:
    """Return the person's logins: this one first, then the newest."""
    this, records = Record.of(ticket, 0.0), logins.of_subject(ticket.subject, exchange.now)
    is_labelled = exchange.engine.settings.label is not None
    labels = labels_of(logins, ticket.subject, exchange.now) if is_labelled else {}
    others = sorted((each for each in records if each.id != this.id), key=_newest)
    return [
        Row(each.id, each.issued_at, each.seen_at, labels.get(each.id, ""), each is this)
        for each in (this, *others)
    ]


def _newest(record: Record) -> tuple[float, float]:
    return -record.issued_at, -record.seen_at


# The answers


def _listed(exchange: Exchange, rows: list[Row]) -> Reply:
    environ, url = exchange.request.environ, _url(exchange)
    if not caller.wants_html(environ):
        # htmx would put it into the page that is open.
        return _for_program(exchange, 200, {"logins": [*map(_members, rows)]}, url)
    words = words_for(exchange)
    asked = parse_qs(environ.get("QUERY_STRING", "")).get("ended", [""])[0]
    text = rows_page(words, rows, url, _NOTICES.get(asked), client_tag(exchange))
    return _page_reply(exchange, 200, text)


def _members(row: Row) -> dict[str, Any]:
    since, seen = iso(row.since, "seconds", "Z"), iso(row.seen, "seconds", "Z")
    label = {"label": row.label} if row.label else {}
    return {"id": row.id, "since": since, "last_seen": seen, **label, "this_one": row.is_this}


def _done(exchange: Exchange, ended: int, what: str) -> Reply:
    url = f"{_url(exchange)}?ended={what}"
    if caller.wants_html(exchange.request.environ):
        return _see_other(url)
    return _for_program(exchange, 200, {"ended": ended}, url)


def _logged_out(exchange: Exchange) -> Reply:
    url = exchange.request.place().login_url
    if caller.wants_html(exchange.request.environ):
        return _see_other(url)
    return _for_program(exchange, 200, {"ended": 1, "state": "anonymous", "login_url": url}, url)


def _visitor(exchange: Exchange) -> Reply:
    """Return the answer to somebody who is not logged in."""
    login_url = links_of(exchange, exchange.request.place(), is_by_client=False).login_url
    challenge = ("WWW-Authenticate", "Session440")  # RFC 9110 section 15.5.2
    return _said(exchange, 401, LOG_IN_FIRST, challenge, login_url=login_url)


def _said(
    exchange: Exchange, status: int, text: str, *headers: tuple[str, str], **links: str
) -> Reply:
    """Return an answer of one sentence, with where to log in or back to the list."""
    words, login_url = words_for(exchange), links.get("login_url")
    if not caller.wants_html(exchange.request.environ):
        members = {"title": HTTPStatus(status).phrase, "status": status, "detail": words.say(text)}
        return _for_program(exchange, status, members | links, login_url, *headers)
    back = (_url(exchange), LOGINS, "") if text == NO_SUCH_LOGIN else None
    where = (login_url, LOG_IN, "login") if login_url else back
    more = [link(where[0], words.say(where[1]), where[2])] if where else []
    content = page(words, words.say(LOGINS), words.say(text), more, style())
    return _page_reply(exchange, status, content, *headers)


def _page_reply(exchange: Exchange, status: int, text: str, *headers: tuple[str, str]) -> Reply:
    policy = page_policy("'self'", style(), "'self'")
    return html_reply(status, text, policy, *_varied(exchange), *headers)


def _for_program(
    exchange: Exchange,
    status: int,
    members: dict[str, Any],
    url: str | None,
    *headers: tuple[str, str],
) -> Reply:
    """Return an answer in JSON; htmx goes to *url* instead, as a page of its own."""
    is_htmx = url is not None and caller.is_htmx(exchange.request.environ)
    more = (("HX-Redirect", caller.as_ascii(url)),) if url is not None and is_htmx else ()
    return json_reply(status, members, *_varied(exchange), *headers, *more)


def _problem(exchange: Exchange, status: int) -> Reply:
    return json_reply(status, {"title": HTTPStatus(status).phrase, "status": status})


def _see_other(url: str) -> Reply:
    headers = (("Location", caller.as_ascii(url)), ("Content-Length", "0"))
    return reply_with(303, (*headers, ("Cache-Control", "no-store")), b"")


def _varied(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    return ("Vary", VARY), ("Content-Language", words_for(exchange).language)


def _url(exchange: Exchange) -> str:
    """Return the URL of the page within the site in which the app is mounted."""
    url = f"{exchange.engine.endpoint_prefix}{PAGE}"
    return caller.within_app(url, exchange.request.environ)
