"""Where a person goes from one of our answers: to log in, and back to where they were."""

from __future__ import annotations

from typing import NamedTuple

from ..core.ports import Place
from ..exchange import Exchange
from . import negotiation as caller
from .login_paths import is_named_logout

#: The endpoint that is a page, at which people are; scripts ask the others.
PAGE = "logins"


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
    target = _target(exchange, place)
    window = relogin_url(exchange, place) if is_by_client else None
    return Links(_login_url(exchange, place, target), window, target)


#: How long a whole link may be. gunicorn refuses a request line of more than 4,094 bytes, and
#: some proxies one of 2,048.
LONGEST_LINK = 2000


def _login_url(exchange: Exchange, place: Place, target: str | None) -> str:
    param = exchange.engine.settings.next_param
    if target is not None and place.host and not caller.is_on(place.login_url, place.host):
        # The login page of another host needs the whole address, as login_required() gives it.
        scheme = "https" if exchange.request.is_secure() else "http"
        target = f"{scheme}://{place.host}{target}"
    link = caller.with_next(place.login_url, param, target)
    return link if len(link) <= LONGEST_LINK else caller.with_next(place.login_url, param, None)


def relogin_url(exchange: Exchange, place: Place) -> str | None:
    """Return the URL at which to log in again in a window that then closes itself."""
    prefix = exchange.engine.endpoint_prefix
    if prefix is None:
        return None
    back = caller.within_app(f"{prefix}back", exchange.request.environ)
    return caller.with_next(place.login_url, exchange.engine.settings.next_param, back)


def window_name(exchange: Exchange) -> str:
    """Return the name of the window to log in in, as the script of this app calls it.

    Another app on the same origin has another one. ``client/login_window.js`` has the same rule.
    """
    prefix = exchange.engine.endpoint_prefix or ""
    return f"session440{caller.within_app(prefix, exchange.request.environ)}#"


def _target(exchange: Exchange, place: Place) -> str | None:
    request, prefix = exchange.request, exchange.engine.endpoint_prefix
    environ = request.environ
    path: str = environ.get("PATH_INFO", "")
    is_endpoint = prefix is not None and path.startswith(prefix) and path != f"{prefix}{PAGE}"
    is_script = is_endpoint or exchange.is_declared_passive
    target = caller.return_target(environ, place.location, place.host, is_script)
    if target is None:
        return None
    is_own = target == place.location
    is_login_page = place.is_login_page if is_own else request.is_login_page(target)
    # Nobody wants to come back to a login page: it would be next=/login for ever. Nor to a
    # logout, which would end the login that they have just begun.
    if is_login_page or is_named_logout(target):
        return None
    return None if request.knows_logouts and request.is_logout(target) else target
