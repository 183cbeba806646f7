"""Where people log in, as the URL configuration of a Django project shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    get_script_prefix,
    resolve,
    reverse,
)

from ..decorators import view_class
from .conf import resolved

#: With which a ``LoginView`` shows its form only to those who are not logged in.
OPTION = "redirect_authenticated_user"


def project_login_url(urlconf: Any = None) -> str:
    """Return ``LOGIN_URL``, or the only login page if there is no page at ``LOGIN_URL``."""
    url = resolved(settings.LOGIN_URL)
    return url if is_served(url) else guessed_login_url(urlconf) or url


def login_urls() -> list[str]:
    """Return the URLs of all login pages that can be told."""
    views, admins = _names(get_resolver())
    return [url for url in map(_url_of, (*views, *admins)) if url]


def _url_of(name: str, urlconf: Any = None) -> str | None:
    try:
        return reverse(name, urlconf)
    except NoReverseMatch:  # it needs an argument
        return None


def guessed_login_url(urlconf: Any = None) -> str | None:
    """Return the URL of the project's only ``LoginView``, else of its only admin site's.

    Where two remain, nothing is guessed.
    """
    views, admins = _names(get_resolver(urlconf))
    for found in (views, admins):
        if found:
            return _url_of(found[0], urlconf) if len(found) == 1 else None
    return None


@lru_cache(64)
def _names(resolver: URLResolver) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of all login views, and of all login pages of admin sites."""
    views, admins = [], []
    for name, view, is_admin in _patterns(resolver.url_patterns, "", False):
        if is_admin and name.endswith(":login"):
            admins.append(name)
        elif not is_admin and is_login_view(view):
            views.append(name)
    return tuple(dict.fromkeys(views)), tuple(dict.fromkeys(admins))


def _patterns(
    patterns: Sequence[Any], namespace: str, is_admin: bool
) -> Iterator[tuple[str, Any, bool]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            within_admin = is_admin or each.app_name == "admin"
            yield from _patterns(each.url_patterns, inner, within_admin)
        elif isinstance(each, URLPattern) and each.name:
            yield f"{namespace}{each.name}", each.callback, is_admin


def is_login_view(view: Any) -> bool:
    """Return whether *view* is Django's ``LoginView``, or made from it."""
    from django.contrib.auth.views import LoginView  # needs the app registry

    found = view_class(view)
    return isinstance(found, type) and issubclass(found, LoginView)


def is_logout_view(view: Any) -> bool:
    """Return whether *view* is Django's ``LogoutView``, or made from it."""
    from django.contrib.auth.views import LogoutView  # needs the app registry

    found = view_class(view)
    return isinstance(found, type) and issubclass(found, LogoutView)


def sends_away(view: Any) -> bool:
    """Return whether a login page of Django's shows no form to somebody who is logged in.

    An admin site's never does, to whom it has let in.
    """
    from django.contrib.admin import AdminSite  # needs the app registry

    if isinstance(getattr(view, "__self__", None), AdminSite):
        return True
    own = getattr(view_class(view), OPTION, False)
    return is_login_view(view) and bool(getattr(view, "view_initkwargs", {}).get(OPTION, own))


def all_views(patterns: Sequence[Any] | None = None) -> Iterator[object]:
    """Yield the views of the project, or of some URL patterns of it."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            yield from all_views(each.url_patterns)
        else:
            yield each.callback


def view_at(url: str) -> object:
    """Return the view of the project that serves *url*, or ``None``."""
    try:
        parts = urlsplit(url)
        if parts.netloc:
            return None
        return resolve("/" + parts.path.removeprefix(get_script_prefix())).func
    except (Resolver404, ValueError):
        return None


def is_served(url: str) -> bool:
    """Return whether the project has a page at *url*; another site's is not asked for."""
    try:
        parts = urlsplit(url)
        if parts.netloc:
            return True
        resolve("/" + parts.path.removeprefix(get_script_prefix()))
    except Resolver404:
        return False
    except ValueError:
        return True  # no URL; other checks say so
    return True
