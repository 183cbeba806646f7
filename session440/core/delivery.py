"""What a response may carry, and what is added to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .cookie import LONGEST_AGE, Cookie, Scope
from .effects import Tell
from .enforcement import Answer
from .limits import Limits
from .shared_cache import Header, is_shared, listed, made_private, says_something
from .state import CookieAction, State
from .ticket import Ticket


class Amendment(NamedTuple):
    """What is added to a response: cookies, and headers that replace others."""

    cookies: tuple[Cookie, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


NOTHING = Amendment()


class Kept(NamedTuple):
    """What a browser may keep of a login.

    :param pages: whether it may keep HTML pages that do not say so themselves.
    :param cleared: what it is told to clear at a logout.
    """

    pages: bool = True
    cleared: tuple[str, ...] = ()


ALL_KEPT = Kept()


def is_undelivered(state: State, status: int, is_paired: bool) -> bool:
    """Return whether a login began in a response that may not have saved its session.

    After a server error nothing is certain: it is as if no login had begun or ended.

    :param is_paired: the response sets the watched cookie itself.
    """
    return not is_paired and state.changed and state.login is not None and status >= 500


def may_carry(state: State, status: int, is_paired: bool, header: Header) -> bool:
    """Return whether this response may carry the ticket's cookie; if not, a later one does.

    :param is_paired: the response sets the watched cookie itself. Without the ticket that is
        bound to the new value, that value would be a stranger's.
    """
    if state.answer is Answer.LOGIN_TIMEOUT or is_paired:
        return True
    if status == 304:  # its headers would update those of a stored response
        return False
    if state.changed:
        return not is_undelivered(state, status, is_paired)
    # A shared cache would give the cookie to other people.
    return state.moved or not is_shared(header)


def amendment(
    state: State,
    cookie: Cookie | None,
    others: tuple[Cookie, ...],
    is_paired: bool,
    header: Header,
    kept: Kept = ALL_KEPT,
) -> Amendment:
    """Return what is added to a response.

    :param cookie: the ticket's cookie.
    :param others: cookies that are sent in addition.
    :param is_paired: the response sets the watched cookie itself.
    """
    headers = []
    if state.answer is Answer.LOGIN_TIMEOUT:
        if header("cache-control") != "no-store":
            headers.append(("Cache-Control", "no-store"))
        if state.ended is not None and state.ended.cause:
            headers.append(("Session440-Cause", str(state.ended.cause)))
    elif not kept.pages and is_page(state, header):
        headers.append(("Cache-Control", "no-store"))
    elif state.changed or state.moved or (is_paired and cookie is not None):
        headers += (*made_private(header), *_cleared(state, kept))
    if cookie is not None:
        vary = _with_cookie(header("vary"))
        if vary != header("vary"):
            headers.append(("Vary", vary))
    # The ticket comes last: clients that know cookies by their names alone keep the last one.
    return Amendment(others if cookie is None else (*others, cookie), tuple(headers))


def is_page(state: State, header: Header) -> bool:
    """Return whether this is an HTML page of a login that says nothing of caches.

    A static file is no page of anybody's.
    """
    if state.login is None or state.cookie is CookieAction.LEAVE:
        return False
    kind = (header("content-type") or "").partition(";")[0].strip().lower()
    is_html = kind in ("text/html", "application/xhtml+xml")
    return is_html and not says_something(header)


def _cleared(state: State, kept: Kept) -> tuple[tuple[str, str], ...]:
    """Return what tells the browser to clear its data, if a person has logged out."""
    is_logout = state.login is None and state.ended is None and state.cookie is CookieAction.DELETE
    return (("Clear-Site-Data", clearing(kept.cleared)),) if kept.cleared and is_logout else ()


def clearing(kinds: Iterable[str]) -> str:
    """Return the value of ``Clear-Site-Data`` (https://www.w3.org/TR/clear-site-data/#header)."""
    return ", ".join(f'"{each}"' for each in kinds)


def ticket_scope(scope: Scope, ticket: Ticket, limits: Limits) -> Scope:
    """Return the scope of a ticket's cookie, which lasts at least as long as the session's.

    The session's cookie may be set again until the last moment of the login.
    """
    if scope.max_age is None:
        return scope
    absolute = limits.policy(ticket.policy).absolute_timeout or LONGEST_AGE
    age = int(scope.max_age + absolute + limits.evidence)
    return scope._replace(max_age=min(LONGEST_AGE, age))


def with_age(scope: Scope, ticket: Ticket) -> Scope:
    """Return *scope* with the age that the ticket says that the session's cookie has."""
    if ticket.age is None:
        return scope
    return scope._replace(max_age=int(min(ticket.age, LONGEST_AGE)) or None)


def deletion(name: str, scope: Scope) -> Cookie:
    """Return the cookie that deletes the one called *name*, which was set with *scope*."""
    return Cookie(name, "", scope._replace(max_age=0))


#: For how many former scopes one answer deletes cookies.
MOST_FORMER_SCOPES = 4


def left_behind(tickets: Iterable[Ticket], today: Scope) -> tuple[Ticket, ...]:
    """Return the tickets of another scope than *today*'s, at most one for each.

    A site that changes its session cookie's path or domain leaves the former pair in browsers,
    where it is sent beside the new one. What a ticket does not say is not guessed.
    """
    found = {_scope_in(each, today).place: each for each in tickets if each.path is not None}
    found.pop(today.place, None)
    return tuple(found.values())[:MOST_FORMER_SCOPES]


def told_of(left: Iterable[Ticket]) -> tuple[Tell, ...]:
    """Return what is told of the tickets that were left behind."""
    return tuple(
        Tell("former_scope", each, reason=Scope(each.path or "/", each.domain).place_as_text)
        for each in left
    )


def former_deletions(
    tickets: Iterable[Ticket], today: Scope, names: Iterable[str]
) -> tuple[Cookie, ...]:
    """Return the cookies that delete those called *names* where these tickets were set."""
    return tuple(deletion(name, _scope_in(each, today)) for each in tickets for name in names)


def _scope_in(ticket: Ticket, today: Scope) -> Scope:
    return today._replace(path=ticket.path or "/", domain=ticket.domain)


def _with_cookie(vary: str | None) -> str:
    if not vary:
        return "Cookie"
    names = vary.lower().replace(" ", "").split(",")
    return vary if "cookie" in names or "*" in names else ", ".join([*listed(vary), "Cookie"])
