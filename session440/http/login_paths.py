"""Pages that are known by the last part of their path or name: to log in, and to log out."""

from __future__ import annotations

from functools import cache
from urllib.parse import unquote, urlsplit

from ..events import logger

#: How pages and endpoints are called at which people log in.
LOGIN_NAMES = frozenset(("login", "log-in", "log_in", "signin", "sign-in", "sign_in"))
_LOGOUT_NAMES = frozenset(
    ("logout", "log-out", "log_out", "signout", "sign-out", "sign_out", "logoff")
)


def is_named_login(location: str) -> bool:
    """Return whether a path, or the path of a URL, ends like that of a login page."""
    return _last_part(location) in LOGIN_NAMES


def is_named_logout(location: str) -> bool:
    """Return whether a path, or the path of a URL, ends like that of a logout."""
    return _last_part(location) in _LOGOUT_NAMES


@cache
def warn_of_login_url(app: str, url: str) -> None:
    """Say once that nobody can log in where the 440 sends people."""
    logger.warning(
        "%s has no page at %s, where people are sent to log in: say where it is by login_url "
        "(session440 doctor: E064)",
        app,
        url,
    )


def _last_part(location: str) -> str:
    try:
        path = unquote(urlsplit(location).path)
    except ValueError:  # no URL
        return ""
    return path.rstrip("/").rpartition("/")[2].lower()
