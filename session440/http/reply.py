"""The answers that the package gives itself, in the form that the caller understands."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from ..cause import Cause
from ..core.delivery import clearing
from ..core.ended import Ended
from ..core.enforcement import Audience
from ..exceptions import LOGIN_TIMEOUT, PHRASE
from ..exchange import Exchange
from ..moments import iso
from ..policy import Policy
from . import negotiation as caller
from .audience import audience_of
from .links import Links, links_of, window_name
from .page import ended_page, page, page_policy
from .words import TRY_AGAIN, UNAVAILABLE, Words, accepted_language, words_in

PROBLEM = "urn:problem:session440:login-timeout"  # RFC 9457 section 3.1.1


class Reply(NamedTuple):
    """A whole answer, for any framework to send.

    :param status_line: the status with its reason phrase.
    """

    status: int
    status_line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def reply_with(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> Reply:
    """Return a whole answer."""
    return Reply(status, status_line(status), headers, body)


def status_line(status: int) -> str:
    """Return a status with its reason phrase; no framework knows that of 440."""
    phrase = PHRASE if status == LOGIN_TIMEOUT else HTTPStatus(status).phrase
    return f"{status} {phrase}"


#: Every request header that an answer depends on.
VARY = ", ".join(("Cookie", *caller.LOOKED_AT))

#: Seconds after which a caller may try again while the store is out (RFC 9110 section 10.2.3).
RETRY_AFTER = 5


def json_reply(status: int, content: dict[str, Any], *headers: tuple[str, str]) -> Reply:
    """Return an answer for a program; nobody may store it (RFC 9111 section 5.2.2.5)."""
    body = json.dumps(content).encode()
    kind = "application/problem+json" if status >= 400 else "application/json"
    always = (
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    )
    return reply_with(status, (*always, *headers), body)


def html_reply(status: int, content: str, *headers: tuple[str, str]) -> Reply:
    """Return an answer for a person; nobody may store it."""
    body = content.encode()
    always = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return reply_with(status, (*always, *headers), body)


def words_for(exchange: Exchange) -> Words:
    """Return the texts in the framework's language, else in the one that the browser asks for."""
    accepted = exchange.request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return words_in(exchange.presentation.language() or accepted_language(accepted))


def unavailable_reply(exchange: Exchange) -> Reply:
    """Return the answer to a request whose login cannot be checked; its cookies stay."""
    words = words_for(exchange)
    detail = words.say(UNAVAILABLE)
    if caller.wants_html(exchange.request.environ):
        reply = html_reply(503, page(words, words.say(TRY_AGAIN), detail), page_policy())
    else:
        content = {"title": HTTPStatus(503).phrase, "status": 503, "detail": detail}
        reply = json_reply(503, content)
    return with_negotiation(exchange, words, reply, ("Retry-After", str(RETRY_AFTER)))


def timeout_reply(exchange: Exchange, description: str | None = None) -> Reply:
    """Return the answer to a request whose login has ended.

    :param description: replaces the sentence that tells the person why.
    """
    ended = exchange.provisional.ended or Ended(None, None)
    return ended_reply(exchange, ended, description)


def detail_of(exchange: Exchange, description: str | None = None) -> str:
    """Return the sentence of :func:`timeout_reply`."""
    ended = exchange.provisional.ended or Ended(None, None)
    return description or sentence(words_for(exchange), ended.cause, ended.policy)


def ended_reply(exchange: Exchange, ended: Ended, description: str | None = None) -> Reply:
    """Return the answer that tells of an ended login, in a form that the caller understands."""
    environ = exchange.request.environ
    words, place = words_for(exchange), exchange.request.place()
    is_by_client, wants_html = caller.is_by_client(environ), caller.wants_html(environ)
    links = links_of(exchange, place, is_by_client)
    detail = description or sentence(words, ended.cause, ended.policy)
    document = partial(problem, exchange.engine.settings.status, ended, detail, links)
    more = []
    if exchange.engine.settings.status == 401:
        more.append(("WWW-Authenticate", "Session440"))  # RFC 9110 section 15.5.2
    cleared = exchange.engine.settings.clear_site_data
    if cleared and ended.ticket is not None and audience_of(exchange) is Audience.PERSON:
        more.append(("Clear-Site-Data", clearing(cleared)))
    if caller.is_htmx(environ) and audience_of(exchange) is not Audience.NOBODY:
        # htmx follows it before it reads the status, so the status can stay 440. What polls
        # takes nobody away from their page, and leaves the message to them.
        more.append(("HX-Redirect", links.login_url))
    if wants_html:
        reply = _page(exchange, words, detail, links, document)
    else:
        reply = json_reply(exchange.engine.settings.status, document())
    return with_negotiation(exchange, words, reply, *more)


def with_negotiation(
    exchange: Exchange, words: Words, reply: Reply, *more: tuple[str, str]
) -> Reply:
    """Return *reply* with the headers of every answer whose form depends on the request."""
    vary = ("Vary", VARY)
    language = ("Content-Language", words.language)
    headers = (*reply.headers, vary, language, *more)
    body = b"" if exchange.request.method == "HEAD" else reply.body
    return Reply(reply.status, reply.status_line, headers, body)


def problem(status: int, ended: Ended, detail: str, links: Links) -> dict[str, Any]:
    """Return the problem document (RFC 9457) without the members that are not known."""
    policy = ended.policy
    members = {
        "type": PROBLEM,
        "title": PHRASE,
        "status": status,
        "detail": detail,
        "cause": ended.cause and str(ended.cause),
        "ended_at": ended.at and iso(int(ended.at), "seconds", "Z"),
        "login_url": links.login_url,
        "relogin_url": links.relogin_url,
        "idle_timeout": policy and _whole(policy.idle_timeout),
        "absolute_timeout": policy and _whole(policy.absolute_timeout),
    }
    return {name: value for name, value in members.items() if value is not None}


def sentence(words: Words, cause: Cause | None, policy: Policy | None) -> str:
    """Return the sentence that tells a person why a login under *policy* has ended."""
    lengths: dict[Cause, float | None] = {}
    if policy is not None:
        lengths = {Cause.IDLE: policy.idle_timeout, Cause.ABSOLUTE: policy.absolute_timeout}
    cause = cause or Cause.CREDENTIAL
    return words.why(cause, lengths.get(cause))


def _whole(length: float | None) -> float | None:
    return int(length) if length is not None and length == int(length) else length


def _page(
    exchange: Exchange,
    words: Words,
    detail: str,
    links: Links,
    problem: Callable[[], dict[str, Any]],
) -> Reply:
    status, go_on_url = exchange.engine.settings.status, _go_on_url(exchange, links.target)
    own = exchange.presentation.own_page(lambda: {**problem(), "go_on_url": go_on_url})
    if own is not None:
        return html_reply(status, own)
    window = None if exchange.request.method in ("GET", "HEAD") else window_name(exchange)
    content = ended_page(words, detail, links.login_url, go_on_url, window)
    return html_reply(status, content, page_policy())


def _go_on_url(exchange: Exchange, target: str | None) -> str | None:
    """Return where a person can go on without a login, which only works in strict mode.

    After a strict 440 the next request is anonymous.
    """
    if exchange.engine.settings.enforcement != "strict":
        return None
    return target or caller.root_of(exchange.request.environ)
