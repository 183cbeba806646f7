"""What a response may carry, and what is added to it."""

from __future__ import annotations

from typing import NamedTuple

from .cookie import LONGEST_AGE, Cookie, Scope
from .enforcement import Answer
from .lifecycle import State
from .limits import Limits
from .shared_cache import Header, is_shared, listed, made_private
from .ticket import Ticket


class Amendment(NamedTuple):
    """What is added to a response: cookies, and headers that replace others."""

    cookies: tuple[Cookie, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


NOTHING = Amendment()


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
    return not is_shared(header)


def amendment(
    state: State,
    cookie: Cookie | None,
    others: tuple[Cookie, ...],
    is_paired: bool,
    header: Header,
) -> Amendment:
    """Return what is added to a response.

    :param cookie: the ticket's cookie.
    :param others: cookies that are sent in addition.
    :param is_paired: the response sets the watched cookie itself.
    """
    headers = []
    if state.answer is Answer.LOGIN_TIMEOUT:
        headers.append(("Cache-Control", "no-store"))
        if state.ended is not None and state.ended.cause:
            headers.append(("Session440-Cause", str(state.ended.cause)))
    elif state.changed or (is_paired and cookie is not None):
        headers += made_private(header)
    if cookie is not None:
        headers.append(("Vary", _with_cookie(header("Vary"))))
    return Amendment(others if cookie is None else (cookie, *others), tuple(headers))


def ticket_scope(scope: Scope, ticket: Ticket, limits: Limits) -> Scope:
    """Return the scope of a ticket's cookie, which lasts at least as long as the session's.

    The session's cookie may be set again until the last moment of the login.
    """
    if scope.max_age is None:
        return scope
    absolute = limits.policy(ticket.policy).absolute_timeout or LONGEST_AGE
    age = int(scope.max_age + absolute + limits.evidence)
    return scope._replace(max_age=min(LONGEST_AGE, age))


def deletion(name: str, scope: Scope) -> Cookie:
    """Return the cookie that deletes the one called *name*, which was set with *scope*."""
    return Cookie(name, "", scope._replace(max_age=0))


def _with_cookie(vary: str | None) -> str:
    names = (vary or "").lower().replace(" ", "").split(",")
    if vary and ("cookie" in names or "*" in names):
        return vary
    return ", ".join([*listed(vary or ""), "Cookie"])
