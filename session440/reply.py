"""The 440, in the form its caller understands."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import cache
from html import escape
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Any, NamedTuple

from . import caller
from .cause import SENTENCES, Cause
from .exceptions import LOGIN_TIMEOUT, PHRASE, LoginTimeout
from .policy import spoken
from .visit import Visit

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
UNAVAILABLE = "Your login cannot be checked at the moment. You are still logged in: try again soon."


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


def unavailable_reply(visit: Visit) -> Reply:
    """Answer a request whose login nobody can vouch for: the store is out. Cookies stay."""
    environ, title = visit.exchange.environ, HTTPStatus(503).phrase
    more = (("Retry-After", str(RETRY_AFTER)), ("Vary", ", ".join(("Cookie", *caller.LOOKED_AT))))
    if caller.wants_html(environ):
        reply = _html(503, _filled(title, UNAVAILABLE), _page_policy())
    else:
        reply = json_reply(503, {"title": title, "status": 503, "detail": UNAVAILABLE})
    body = b"" if environ.get("REQUEST_METHOD") == "HEAD" else reply.body
    return reply._replace(headers=(*reply.headers, *more), body=body)


def timeout_reply(visit: Visit, description: str | None = None) -> Reply:
    """Answer a request whose login has ended.

    :param description: replaces the sentence that tells the person why.
    """
    environ = visit.exchange.environ
    problem = _problem(visit, description)
    more = [("Vary", ", ".join(("Cookie", *caller.LOOKED_AT)))]
    if problem["status"] == 401:
        more.append(("WWW-Authenticate", "Session440"))  # RFC 9110 section 15.5.2
    if caller.is_htmx(environ):
        # htmx obeys it before it looks at the status, so the 440 can stay a 440.
        more.append(("HX-Redirect", problem["login_url"]))
    reply = (
        _page(visit, problem)
        if caller.wants_html(environ)
        else json_reply(problem["status"], problem)
    )
    body = b"" if environ.get("REQUEST_METHOD") == "HEAD" else reply.body
    return reply._replace(headers=(*reply.headers, *more), body=body)


def _problem(visit: Visit, description: str | None) -> dict[str, Any]:
    """Build the problem document (RFC 9457); what is not known is left out."""
    policy = visit.policy
    members = {
        "type": PROBLEM,
        "title": PHRASE,
        "status": visit.engine.settings.status,
        "detail": description or _sentence(visit),
        "cause": visit.cause and str(visit.cause),
        "ended_at": visit.ended_at and _iso(visit.ended_at),
        "login_url": login_link(visit),
        "idle_timeout": policy and _whole(policy.idle_timeout),
        "absolute_timeout": policy and _whole(policy.absolute_timeout),
    }
    return {name: value for name, value in members.items() if value is not None}


def _sentence(visit: Visit) -> str:
    policy = visit.policy
    return SENTENCES[visit.cause or Cause.CREDENTIAL].format(
        idle=spoken((policy and policy.idle_timeout) or 0),
        absolute=spoken((policy and policy.absolute_timeout) or 0),
    )


def _whole(length: float | None) -> float | None:
    return int(length) if length is not None and length == int(length) else length


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def login_link(visit: Visit) -> str:
    """Give the URL at which to log in again, and come back from."""
    return caller.with_next(
        visit.exchange.login_url(), visit.engine.settings.next_param, _target(visit)
    )


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
    own = visit.exchange.own_page({**problem, "go_on_url": _go_on_url(visit)})
    if own is None:
        return _html(problem["status"], _packaged_page(visit, problem), _page_policy())
    return _html(problem["status"], own)


def _go_on_url(visit: Visit) -> str | None:
    """Where to go on without a login: the next request is anonymous, once this was strict."""
    strict = visit.engine.settings.enforcement == "strict"
    root = f"{visit.exchange.environ.get('SCRIPT_NAME', '')}/"
    return (_target(visit) or root) if strict else None


def _html(status: int, page: str, *headers: tuple[str, str]) -> Reply:
    body = page.encode()
    always = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Reply(status, (*always, *headers), body)


def _packaged_page(visit: Visit, problem: dict[str, Any]) -> str:
    go_on = _go_on_url(visit)
    unsafe = visit.exchange.environ.get("REQUEST_METHOD") not in ("GET", "HEAD")
    lost = "<p>Your last step was not saved.</p>" if unsafe else ""
    login = f'<p><a class="login" href="{escape(problem["login_url"])}">Log in again</a></p>'
    leave = f'<p><a href="{escape(go_on)}">Go on without logging in</a></p>' if go_on else ""
    return _filled(problem["title"], problem["detail"], [lost, login, leave])


def _filled(title: str, detail: str, more: Iterable[str] = ()) -> str:
    """Fill the packaged page; *more* is HTML."""
    return _template().substitute(
        title=escape(title), detail=escape(detail), more="\n".join(filter(None, more))
    )


@cache
def _template() -> Template:
    page = files("session440").joinpath("templates/session440/440.html")
    return Template(page.read_text("utf-8"))


@cache
def _page_policy() -> tuple[str, str]:
    """Allow the page its own style, by hash, and nothing else."""
    style = _template().template.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'",
    )


def exception_reply(visit: Visit, exception: LoginTimeout) -> Reply:
    """Answer a :class:`~session440.LoginTimeout` raised by the app: end the login with it."""
    visit.time_out(exception.cause)
    return timeout_reply(visit, exception.description)
