"""The user of a request: whom ``valid_from`` reads while a login is judged, and nobody after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, empty


def judged_first(request: HttpRequest) -> Any:
    """Return ``request.user`` so that a login that is put off is judged before it is read.

    Else it would be judged in the midst of that, and the function would read the user beside it.
    """
    user: Any = request.user
    if not _is_unread(user):
        return user

    def read() -> Any:
        # This alone judges the login. The request's own user may be one that a middleware after
        # ours has made of this one: to read that here would never end.
        request.session.session_key  # noqa: B018  # to read it is what judges
        return _nobody_of(request, user) if _OVER in vars(request) else _anew(user)

    lazy: Any = SimpleLazyObject(read)
    vars(lazy)[_BEHIND] = user
    return lazy


#: Where the user is found whom a login is judged for; and what says that it is over.
_BEHIND, _OVER = "_session440_behind", "_session440_over"


def show_nobody_in(request: HttpRequest) -> None:
    """Let the request show nobody, as the site's middleware shows them.

    That of django-otp adds ``is_verified()``, and views rely on it. They are read when the page
    reads them. Somebody who has been read already stays somebody, and is replaced.
    """
    shown: Any = request.user
    user: Any = _nobody()
    if _is_unread(shown):
        behind = vars(shown).get(_BEHIND, shown)
        user = SimpleLazyObject(lambda: _nobody_of(request, behind))
    vars(request).update({"user": user, _OVER: True})
    if hasattr(request, "auser"):  # Django 4.2 has none
        vars(request).update(auser=_anobody_of(request, request.auser))


def _nobody_of(request: HttpRequest, user: Any) -> Any:
    # A login since, or another session in the place of this one: allauth.headless has the lazy
    # user read again then.
    if request.session.get(SESSION_KEY) is not None:
        return auth.get_user(request)
    found = _anew(user)
    return _nobody() if found.is_authenticated else found


def _anobody_of(
    request: HttpRequest, auser: Callable[[], Awaitable[Any]]
) -> Callable[[], Awaitable[Any]]:
    """Return an ``auser`` in the place of one that may know who was there."""

    async def nobody() -> Any:
        found = await auser()
        if found.is_authenticated and await sync_to_async(request.session.get)(SESSION_KEY) is None:
            return _nobody()
        return found

    return nobody


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


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser  # needs the app registry

    return AnonymousUser()


def _is_unread(user: Any) -> bool:
    return isinstance(user, SimpleLazyObject) and user._wrapped is empty


def _anew(user: Any) -> Any:
    """Return whom a lazy user stands for now: it may have been read for another session."""
    user._setup()
    return user._wrapped


def share(request: HttpRequest) -> None:
    """Let ``request.auser()`` find the user who has been read as ``request.user``."""
    found = request.__dict__.get("_cached_user")
    if found is not None:
        request.__dict__.setdefault("_acached_user", found)
