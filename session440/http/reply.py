"""The 440, in the form its caller understands."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NamedTuple

from ..cause import Cause
from ..core.ended import Ended
from ..exceptions import LOGIN_TIMEOUT, PHRASE
from ..exchange import Exchange
from ..moments import iso
from ..policy import Policy
from . import negotiation as caller
from .page import page, page_policy, ways_on
from .words import SIGNED_OUT, TRY_AGAIN, UNAVAILABLE, Words, accepted_language, words_in

PROBLEM = "urn:problem:session440:login-timeout"  # RFC 9457 section 3.1.1


class Reply(NamedTuple):
    """A whole answer, for any framework to send."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status_line(self) -> str:
        """The status with its reason phrase."""
        return status_line(self.status)


def status_line(status: int) -> str:
    """Return a status with its reason phrase, which no framework knows for 440."""
    phrase = PHRASE if status == LOGIN_TIMEOUT else HTTPStatus(status).phrase
    return f"{status} {phrase}"


#: Every request header that is looked at.
VARY = ", ".join(("Cookie", *caller.LOOKED_AT))

#: Seconds after which a caller may try again while the store is out (RFC 9110 section 10.2.3).
RETRY_AFTER = 5


def json_reply(status: int, content: dict[str, Any], *headers: tuple[str, str]) -> Reply:
    """Answer a program. Nothing that depends on a login may be stored (RFC 9111 5.2.2.5)."""
    body = json.dumps(content).encode()
    kind = "application/problem+json" if status >= 400 else "application/json"
    always = (
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    )
    return Reply(status, (*always, *headers), body)


def html_reply(status: int, content: str, *headers: tuple[str, str]) -> Reply:
    """Answer a person."""
    body = content.encode()
    always = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Reply(status, (*always, *headers), body)


def words_for(exchange: Exchange) -> Words:
    """Return the words to answer with: the framework's language, else the browser's choice."""
    accepted = exchange.request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return words_in(exchange.presentation.language() or accepted_language(accepted))


def unavailable_reply(exchange: Exchange) -> Reply:
    """Answer a request whose login nobody can vouch for: the store is out. Cookies stay."""
    words = words_for(exchange)
    detail = words.say(UNAVAILABLE)
    if caller.wants_html(exchange.request.environ):
        reply = html_reply(503, page(words, words.say(TRY_AGAIN), detail), page_policy())
    else:
        content = {"title": HTTPStatus(503).phrase, "status": 503, "detail": detail}
        reply = json_reply(503, content)
    return _closed(exchange, words, reply, ("Retry-After", str(RETRY_AFTER)))


def timeout_reply(exchange: Exchange, description: str | None = None) -> Reply:
    """Answer a request whose login has ended.

    :param description: replaces the sentence that tells the person why.
    """
    ended = exchange.provisional.ended or Ended(None, None)
    return ended_reply(exchange, ended, description)


def ended_reply(exchange: Exchange, ended: Ended, description: str | None = None) -> Reply:
    """Return the answer that says, in a form that its caller understands, that a login is over."""
    environ, words = exchange.request.environ, words_for(exchange)
    login_url, target = exchange.request.login_url(), _target(exchange)
    description = description or sentence(words, ended.cause, ended.policy)
    problem = _problem(exchange, ended, description, login_url, target)
    more = []
    if problem["status"] == 401:
        more.append(("WWW-Authenticate", "Session440"))  # RFC 9110 section 15.5.2
    if caller.is_htmx(environ) and not caller.is_by_client(environ):
        # htmx obeys it before it looks at the status, so the 440 can stay a 440.
        more.append(("HX-Redirect", problem["login_url"]))
    if caller.wants_html(environ):
        reply = _page(exchange, words, problem, target)
    else:
        reply = json_reply(problem["status"], problem)
    return _closed(exchange, words, reply, *more)


def _closed(exchange: Exchange, words: Words, reply: Reply, *more: tuple[str, str]) -> Reply:
    """Add what goes with every answer that was chosen for its caller."""
    vary = ("Vary", VARY)
    language = ("Content-Language", words.language)
    is_head = exchange.method == "HEAD"
    headers = (*reply.headers, vary, language, *more)
    return reply._replace(headers=headers, body=b"" if is_head else reply.body)


def _problem(
    exchange: Exchange, ended: Ended, detail: str, login_url: str, target: str | None
) -> dict[str, Any]:
    """Return the problem document (RFC 9457); what is not known is left out."""
    policy = ended.policy
    environ = exchange.request.environ
    members = {
        "type": PROBLEM,
        "title": PHRASE,
        "status": exchange.engine.settings.status,
        "detail": detail,
        "cause": ended.cause and str(ended.cause),
        "ended_at": ended.at and iso(int(ended.at), "seconds", "Z"),
        "login_url": caller.with_next(login_url, exchange.engine.settings.next_param, target),
        "relogin_url": relogin_link(exchange) if caller.is_by_client(environ) else None,
        "idle_timeout": policy and _whole(policy.idle_timeout),
        "absolute_timeout": policy and _whole(policy.absolute_timeout),
    }
    return {name: value for name, value in members.items() if value is not None}


def sentence(words: Words, cause: Cause | None, policy: Policy | None) -> str:
    """Return the sentence that tells a person why a login of *policy* has ended."""
    lengths: dict[Cause, float | None] = {}
    if policy is not None:
        lengths = {Cause.IDLE: policy.idle_timeout, Cause.ABSOLUTE: policy.absolute_timeout}
    cause = cause or Cause.CREDENTIAL
    return words.why(cause, lengths.get(cause))


def _whole(length: float | None) -> float | None:
    return int(length) if length is not None and length == int(length) else length


def login_link(exchange: Exchange) -> str:
    """Return the URL at which to log in again, and come back from."""
    url, settings = exchange.request.login_url(), exchange.engine.settings
    return caller.with_next(url, settings.next_param, _target(exchange))


def relogin_link(exchange: Exchange) -> str | None:
    """Return the URL at which to log in again in a window that then closes itself."""
    prefix = exchange.engine.endpoint_prefix
    if prefix is None:
        return None
    back = caller.within_app(f"{prefix}back", exchange.request.environ)
    return caller.with_next(exchange.request.login_url(), exchange.engine.settings.next_param, back)


def _target(exchange: Exchange) -> str | None:
    request, prefix = exchange.request, exchange.engine.endpoint_prefix
    is_script = prefix is not None and request.environ.get("PATH_INFO", "").startswith(prefix)
    target = caller.return_target(
        request.environ, request.location(), request.host(), is_script=is_script
    )
    # A login page is no place to come back to: it would be next=/login for ever.
    return None if target is None or request.is_login_page(target) else target


def _page(exchange: Exchange, words: Words, problem: dict[str, Any], target: str | None) -> Reply:
    go_on_url = _go_on_url(exchange, target)
    own = exchange.presentation.own_page({**problem, "go_on_url": go_on_url})
    if own is not None:
        return html_reply(problem["status"], own)
    was_lost = exchange.method not in ("GET", "HEAD")
    ways = ways_on(words, problem["login_url"], go_on_url, was_lost)
    content = page(words, words.say(SIGNED_OUT), problem["detail"], ways)
    return html_reply(problem["status"], content, page_policy())


def _go_on_url(exchange: Exchange, target: str | None) -> str | None:
    """Where to go on without a login: the next request is anonymous, once this was strict."""
    if exchange.engine.settings.enforcement != "strict":
        return None
    return target or f"{exchange.request.environ.get('SCRIPT_NAME', '')}/"
