"""What a request is for, which matters if a login has ended or nothing may change."""

from __future__ import annotations

from ..core.enforcement import TELLING, Audience, Kind, Target
from ..core.ticket import Ticket
from ..exchange import Exchange
from .audience import audience_of, has_own_credentials
from .negotiation import is_overridden

SAFE_METHODS = ("GET", "HEAD")


def is_untouched(exchange: Exchange) -> bool:
    """Return whether the request changes nothing: OPTIONS, or a static file."""
    method, request = exchange.request.method, exchange.request
    if method != "OPTIONS":
        is_safe = request.knows_files and method in SAFE_METHODS
        if not (is_safe and request.is_static()):
            return False
    return not is_overridden(request.environ)


def target_of(exchange: Exchange, ticket: Ticket | None) -> Target:
    """Return what a request that presents an ended login is for; it is not untouched.

    :param ticket: of that login.
    """
    public, request = is_public(exchange), exchange.request
    place, method = request.place(), request.method
    if place.is_login_page:
        return Target(Kind.LOGIN_FORM if method == "POST" else Kind.LOGIN)
    if public:
        return Target(Kind.PUBLIC)
    is_safe = method in SAFE_METHODS and not is_overridden(request.environ)
    audience = audience_of(exchange)
    kind = Kind.PAGE if is_safe else Kind.CHANGE
    if audience is Audience.PERSON:
        return Target(kind, audience)
    is_told = audience is Audience.CALL and _was_told(ticket, exchange.now)
    return Target(kind, audience, is_told or has_own_credentials(exchange))


def _was_told(ticket: Ticket | None, now: float) -> bool:
    """Return whether a program has been told of the end, and not only just now.

    A clock that is far from another node's ends that time too.
    """
    told_at = None if ticket is None else ticket.told_at
    return told_at is not None and not abs(now - told_at) < TELLING


def is_login_page(exchange: Exchange) -> bool:
    """Return whether the request is for the page at which people log in."""
    return exchange.request.place().is_login_page


def is_known_login_page(exchange: Exchange) -> bool:
    """Return whether people log in there for certain: not only by the end of the path."""
    place = exchange.request.place()
    return place.is_login_page and not place.is_guessed


def is_public(exchange: Exchange, by_framework: bool = True) -> bool:
    """Return whether anyone may see this page, logged in or not.

    :param by_framework: whether a mark of the framework's own counts.
    """
    paths, request = exchange.engine.settings.public_paths, exchange.request
    return bool(paths and paths.match(request.path())) or request.is_public(by_framework)
