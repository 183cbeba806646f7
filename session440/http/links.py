"""Where a person goes from one of our answers: to log in, and back to where they were."""

from __future__ import annotations

from typing import NamedTuple

from ..core.ports import Place
from ..exchange import Exchange
from . import negotiation as caller


class Links(NamedTuple):
    """Where a person can go.

    :param login_url: to log in and come back to *target*.
    :param relogin_url: to log in through our script, in a window that then closes itself.
    :param target: where the person was, as a path of this site; ``None`` if that is not known.
    """

    login_url: str
    relogin_url: str | None
    target: str | None


def links_of(exchange: Exchange, place: Place, is_by_client: bool) -> Links:
    """Return where the person who sent a request can go.

    :param place: where the request itself goes to.
    :param is_by_client: whether our script asks.
    """
    param = exchange.engine.settings.next_param
    target = _target(exchange, place)
    window = relogin_url(exchange, place) if is_by_client else None
    return Links(caller.with_next(place.login_url, param, target), window, target)


def relogin_url(exchange: Exchange, place: Place) -> str | None:
    """Return the URL at which to log in again in a window that then closes itself."""
    prefix = exchange.engine.endpoint_prefix
    if prefix is None:
        return None
    back = caller.within_app(f"{prefix}back", exchange.request.environ)
    return caller.with_next(place.login_url, exchange.engine.settings.next_param, back)


def _target(exchange: Exchange, place: Place) -> str | None:
    request, prefix = exchange.request, exchange.engine.endpoint_prefix
    environ = request.environ
    is_endpoint = prefix is not None and environ.get("PATH_INFO", "").startswith(prefix)
    is_script = is_endpoint or exchange.is_declared_passive
    target = caller.return_target(environ, place.location, place.host, is_script)
    if target is None:
        return None
    is_own = target == place.location
    is_login_page = place.is_login_page if is_own else request.is_login_page(target)
    # Nobody wants to come back to a login page: it would be next=/login for ever.
    return None if is_login_page else target
