"""What a request is for, which matters if a login has ended or nothing may change."""

from __future__ import annotations

from ..core.enforcement import Kind, Target
from ..exchange import Exchange
from .negotiation import is_by_client, is_overridden, is_part_of_page

SAFE_METHODS = ("GET", "HEAD")


def is_untouched(exchange: Exchange) -> bool:
    """Return whether the request changes nothing: OPTIONS, or a static file."""
    method = exchange.method
    if method != "OPTIONS" and not (method in SAFE_METHODS and exchange.request.is_static()):
        return False
    return not is_overridden(exchange.request.environ)


def target_of(exchange: Exchange) -> Target:
    """Return what a request is for, as in the second decision table; it is not untouched."""
    public, place = is_public(exchange), exchange.request.place()
    if place.is_login_page:
        kind = Kind.LOGIN_FORM if exchange.method == "POST" else Kind.LOGIN
    elif public:
        kind = Kind.PUBLIC
    else:
        is_safe = exchange.method in SAFE_METHODS
        is_safe = is_safe and not is_overridden(exchange.request.environ)
        kind = Kind.PAGE if is_safe else Kind.CHANGE
    return Target(kind, is_seen(exchange))


def is_login_page(exchange: Exchange) -> bool:
    """Return whether the request is for the page at which people log in."""
    return exchange.request.place().is_login_page


def is_public(exchange: Exchange) -> bool:
    """Return whether anyone may see this page, logged in or not."""
    paths = exchange.engine.settings.public_paths
    return bool(paths and paths.match(exchange.request.path())) or exchange.request.is_public()


def is_seen(exchange: Exchange) -> bool:
    """Return whether a person will see the answer."""
    environ = exchange.request.environ
    return not (is_by_client(environ) or is_part_of_page(environ) or exchange.is_passive())
