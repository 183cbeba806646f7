"""The 440, in the form its caller understands."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any, NamedTuple

from ..cause import Cause
from ..exceptions import LOGIN_TIMEOUT, PHRASE, LoginTimeout
from ..policy import Policy
from ..visit import Visit
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
    """Give a status with its reason phrase, which no framework knows for 440."""
    phrase = PHRASE if status == LOGIN_TIMEOUT else HTTPStatus(status).phrase
    return f"{status} {phrase}"


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


def words_for(visit: Visit) -> Words:
    """Give the words to answer with: the framework's language, else the browser's choice."""
    accepted = visit.exchange.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return words_in(visit.exchange.language() or accepted_language(accepted))


def unavailable_reply(visit: Visit) -> Reply:
    """Answer a request whose login nobody can vouch for: the store is out. Cookies stay."""
    words = words_for(visit)
    detail = words.say(UNAVAILABLE)
    if caller.wants_html(visit.exchange.environ):
        reply = html_reply(503, page(words, words.say(TRY_AGAIN), detail), page_policy())
    else:
        content = {"title": HTTPStatus(503).phrase, "status": 503, "detail": detail}
        reply = json_reply(503, content)
    return _closed(visit, reply, ("Retry-After", str(RETRY_AFTER)))


def timeout_reply(visit: Visit, description: str | None = None) -> Reply:
    """Answer a request whose login has ended.

    :param description: replaces the sentence that tells the person why.
    """
    environ = visit.exchange.environ
    problem = _problem(visit, description)
    more = []
    if problem["status"] == 401:
        more.append(("WWW-Authenticate", "Session440"))  # RFC 9110 section 15.5.2
    if caller.is_htmx(environ) and not caller.is_by_client(environ):
        # htmx obeys it before it looks at the status, so the 440 can stay a 440.
        more.append(("HX-Redirect", problem["login_url"]))
    reply = (
        _page(visit, problem)
        if caller.wants_html(environ)
        else json_reply(problem["status"], problem)
    )
    return _closed(visit, reply, *more)


def _closed(visit: Visit, reply: Reply, *more: tuple[str, str]) -> Reply:
    """Add what goes with every answer that was chosen for its caller."""
    vary = ("Vary", ", ".join(("Cookie", *caller.LOOKED_AT)))
    language = ("Content-Language", words_for(visit).language)
    is_head = visit.exchange.environ.get("REQUEST_METHOD") == "HEAD"
    headers = (*reply.headers, vary, language, *more)
    return reply._replace(headers=headers, body=b"" if is_head else reply.body)


def _problem(visit: Visit, description: str | None) -> dict[str, Any]:
    """Build the problem document (RFC 9457); what is not known is left out."""
    policy = visit.policy
    is_by_client = caller.is_by_client(visit.exchange.environ)
    members = {
        "type": PROBLEM,
        "title": PHRASE,
        "status": visit.engine.settings.status,
        "detail": description or sentence(words_for(visit), visit.cause, policy),
        "cause": visit.cause and str(visit.cause),
        "ended_at": visit.ended_at and _iso(visit.ended_at),
        "login_url": login_link(visit),
        "relogin_url": relogin_link(visit) if is_by_client else None,
        "idle_timeout": policy and _whole(policy.idle_timeout),
        "absolute_timeout": policy and _whole(policy.absolute_timeout),
    }
    return {name: value for name, value in members.items() if value is not None}


def sentence(words: Words, cause: Cause | None, policy: Policy | None) -> str:
    """Tell the person why a login of *policy* has ended."""
    lengths: dict[Cause, float | None] = {}
    if policy is not None:
        lengths = {Cause.IDLE: policy.idle_timeout, Cause.ABSOLUTE: policy.absolute_timeout}
    cause = cause or Cause.CREDENTIAL
    return words.why(cause, lengths.get(cause))


def _whole(length: float | None) -> float | None:
    return int(length) if length is not None and length == int(length) else length


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def login_link(visit: Visit) -> str:
    """Give the URL at which to log in again, and come back from."""
    return caller.with_next(
        visit.exchange.login_url(), visit.engine.settings.next_param, _target(visit)
    )


def relogin_link(visit: Visit) -> str | None:
    """Give the URL at which to log in again in a window that then closes itself."""
    prefix = visit.engine.endpoint_prefix
    if prefix is None:
        return None
    back = caller.within_app(f"{prefix}back", visit.exchange.environ)
    return caller.with_next(visit.exchange.login_url(), visit.engine.settings.next_param, back)


def _target(visit: Visit) -> str | None:
    exchange = visit.exchange
    target = caller.return_target(
        exchange.environ,
        exchange.location(),
        exchange.host(),
        is_script=visit.is_under_endpoint(),
    )
    # A login page is no place to come back to: it would be next=/login for ever.
    return None if target is None or exchange.is_login_page(target) else target


def _page(visit: Visit, problem: dict[str, Any]) -> Reply:
    go_on_url = _go_on_url(visit)
    own = visit.exchange.own_page({**problem, "go_on_url": go_on_url})
    if own is not None:
        return html_reply(problem["status"], own)
    words = words_for(visit)
    was_lost = visit.exchange.environ.get("REQUEST_METHOD") not in ("GET", "HEAD")
    ways = ways_on(words, problem["login_url"], go_on_url, was_lost)
    content = page(words, words.say(SIGNED_OUT), problem["detail"], ways)
    return html_reply(problem["status"], content, page_policy())


def _go_on_url(visit: Visit) -> str | None:
    """Where to go on without a login: the next request is anonymous, once this was strict."""
    strict = visit.engine.settings.enforcement == "strict"
    root = f"{visit.exchange.environ.get('SCRIPT_NAME', '')}/"
    return (_target(visit) or root) if strict else None


def exception_reply(visit: Visit, exception: LoginTimeout) -> Reply:
    """Answer a :class:`~session440.LoginTimeout` raised by the app: end the login with it."""
    visit.time_out(exception.cause)
    return timeout_reply(visit, exception.description)
