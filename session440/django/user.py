"""The user, whom the option ``valid_from`` may read while a login is judged, and the page again.

The database is asked once for both.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, empty


def judged_first(request: HttpRequest) -> Any:
    """Return ``request.user`` so that a login that is put off is judged before it is read.

    Else it would be judged in the midst of that, and the function would read the user beside it.
    """
    user: Any = request.user
    if not isinstance(user, SimpleLazyObject) or user._wrapped is not empty:
        return user

    def read() -> Any:
        # This alone judges the login; if it is over, the request has another user now.
        request.session.session_key  # noqa: B018  # to read it is what judges
        return _known(user) if request.user is lazy else request.user

    lazy: Any = SimpleLazyObject(read)
    return lazy


def _known(user: Any) -> Any:
    if user._wrapped is empty:
        user._setup()
    return user._wrapped


def share(request: HttpRequest) -> None:
    """Let ``request.auser()`` find the user who has been read as ``request.user``."""
    found = request.__dict__.get("_cached_user")
    if found is not None:
        request.__dict__.setdefault("_acached_user", found)
