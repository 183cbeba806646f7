"""The user of a request: whom ``valid_from`` reads while a login is judged, and nobody after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, empty


def judged_first(request: HttpRequest) -> Any:
    """Return ``request.user`` so that a login that is put off is judged before it is read.

    Else it would be judged in the midst of that, and the function would read the user beside it.
    The database is asked once for both.
    """
    user: Any = request.user
    if not _is_unread(user):
        return user

    def read() -> Any:
        # This alone judges the login; if it is over, the request has another user now.
        request.session.session_key  # noqa: B018  # to read it is what judges
        return _known(user) if request.user is lazy else request.user

    lazy: Any = SimpleLazyObject(read)
    vars(lazy)[_BEHIND] = user
    return lazy


#: Where the user is found whom a login is judged for.
_BEHIND = "_session440_behind"


def nobody_in(request: HttpRequest) -> Any:
    """Return nobody, as the site's middleware shows them.

    That of django-otp adds ``is_verified()``, and views rely on it. They are read when the page
    reads them. Somebody who has been read already stays somebody, and is replaced.
    """
    from django.contrib.auth.models import AnonymousUser  # needs the app registry

    shown: Any = request.user
    if not _is_unread(shown):
        return AnonymousUser()
    user = vars(shown).get(_BEHIND, shown)

    def read() -> Any:
        # A login since, or another session in the place of this one: allauth.headless has the
        # lazy user read again then.
        if request.session.get(SESSION_KEY) is not None:
            return auth.get_user(request)
        found = _known(user)
        return AnonymousUser() if found.is_authenticated else found

    return SimpleLazyObject(read)


@contextmanager
def left_unread(request: HttpRequest) -> Iterator[None]:
    """Let Django announce who logs out, and leave ``request.user`` to be read after it."""
    user: Any = request.user
    if not _is_unread(user):
        yield
        return
    vars(request).update(user=SimpleLazyObject(lambda: auth.get_user(request)))
    try:
        yield
    finally:
        vars(request).update(user=user)


def _is_unread(user: Any) -> bool:
    return isinstance(user, SimpleLazyObject) and user._wrapped is empty


def _known(user: Any) -> Any:
    if user._wrapped is empty:
        user._setup()
    return user._wrapped


def share(request: HttpRequest) -> None:
    """Let ``request.auser()`` find the user who has been read as ``request.user``."""
    found = request.__dict__.get("_cached_user")
    if found is not None:
        request.__dict__.setdefault("_acached_user", found)
