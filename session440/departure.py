"""The way out: what the app did to a login, and what its response must carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .cause import Cause
from .core.cookie import Cookie
from .core.decision import Outcome, State
from .visit import Visit

Header = Callable[[str], "str | None"]  # gives a header of the response


class Amendment(NamedTuple):
    """What the engine adds to a response: a cookie, and headers that replace others."""

    cookie: Cookie | None = None
    headers: tuple[tuple[str, str], ...] = ()


NOTHING = Amendment()


def settle(visit: Visit, status: int, location: str | None = None) -> bool:
    """Note what the app did; true where its refusal must give way to the 440."""
    if visit.timed_out or visit.untouched or visit.is_deferred:
        return False
    ticket = visit.ticket
    if ticket is not None and not visit.changed and visit.exchange.is_voided():
        # A browser carries its ticket. A test client's first request after force_login() does
        # not, and what other people's suites expect of it stands.
        carried = bool(visit.tickets) and not visit.engine.reports_only
        visit.end(Outcome(State.ENDED, ticket, Cause.REVOKED), keep=carried)
        visit.challenged = carried and not (visit.is_login_page() or visit.is_public())
    elif visit.exchange.session_changed():
        _follow(visit)
    if not (visit.challenged and _refuses(visit, status, location)):
        return False
    visit.answer_440()
    return True


def _follow(visit: Visit) -> None:
    """Follow the app's own login or logout, as its session now tells it."""
    subject, binding, _ = visit.exchange.read_session(())
    if subject is None:
        visit.forget()
        if binding is not None:
            visit.exchange.bind(None)
    elif binding is None or subject != visit.subject:
        visit.begin(subject)


def _refuses(visit: Visit, status: int, location: str | None) -> bool:
    """Whether the app turns a visitor away."""
    if status in (401, 403):
        return True
    is_redirect = location is not None and 300 <= status < 400
    return is_redirect and visit.exchange.is_login_page(location or "")


def finish(visit: Visit, status: int, header: Header) -> Amendment:
    """Close the visit: say what the response must carry."""
    if passes_by(visit):
        return NOTHING
    cookie = _cookie(visit, status, header)
    headers = []
    if visit.timed_out:
        headers.append(("Cache-Control", "no-store"))
        if visit.cause:
            headers.append(("Session440-Cause", str(visit.cause)))
    elif visit.changed:
        headers.append(("Cache-Control", _made_private(header("Cache-Control"))))
    if cookie is not None:
        headers.append(("Vary", _with_cookie(header("Vary"))))
    return Amendment(cookie, tuple(headers)) if headers else NOTHING


def passes_by(visit: Visit) -> bool:
    """Close the visit where the response need not know of it: true where that is so."""
    visit.sealed = True
    if visit.changed or visit.timed_out:
        return False
    return visit.untouched or not (visit.spent or visit.outgoing or visit.is_due())


def _cookie(visit: Visit, status: int, header: Header) -> Cookie | None:
    ticket = visit.renew()
    if (ticket is None and not visit.spent) or _must_wait(visit, status, header):
        return None
    visit.write()
    ticket = visit.outgoing
    scope = visit.exchange.cookie_scope()
    if ticket is not None:
        return visit.engine.ticket_cookie(ticket, scope)
    # A cookie that is no ticket of ours may be another application's: it stays.
    return visit.engine.no_ticket_cookie(scope) if visit.tickets else None


def _must_wait(visit: Visit, status: int, header: Header) -> bool:
    """Whether this response may carry no ticket."""
    if visit.timed_out:
        return False
    if status == 304:  # it speaks of a stored response, whose headers it would update
        return True
    if visit.changed:
        # After a server's error the session may not have been saved: no login then.
        return visit.active and status >= 500
    # A shared cache would hand the cookie to others.
    return "public" in _listed((header("Cache-Control") or "").lower())


def _listed(header: str) -> list[str]:
    return [each.strip() for each in header.split(",") if each.strip()]


def _made_private(cache_control: str | None) -> str:
    kept = [each for each in _listed((cache_control or "").lower()) if each != "public"]
    if "private" in kept or "no-store" in kept:
        return ", ".join(kept)
    return ", ".join([*kept, "private"])


def _with_cookie(vary: str | None) -> str:
    names = _listed(vary or "")
    if "*" in names or "cookie" in (each.lower() for each in names):
        return ", ".join(names)
    return ", ".join([*names, "Cookie"])
