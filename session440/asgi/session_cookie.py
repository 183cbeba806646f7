"""The cookie of a ``SessionMiddleware``, as the app has configured it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from inspect import signature
from typing import Any, NamedTuple

from ..core.cookie import Scope
from ..moments import DAY

#: How long Starlette's lasts if its middleware is not found, and says nothing else.
USUAL_AGE = 14 * DAY
#: How Starlette and starsessions call the cookie's name.
_NAMES = frozenset(("session_cookie", "cookie_name"))


class SessionCookie(NamedTuple):
    """A cookie's name and scope."""

    name: str
    scope: Scope


def cookie_in(app: object, otherwise: SessionCookie) -> SessionCookie:
    """Return the cookie of the ``SessionMiddleware`` that *app* lists, if it lists one we know.

    :param app: a Starlette app; any other lists none.
    :param otherwise: as our own options describe it.
    """
    for each in _listed(app):
        kind, args, given = _unwrapped(each.cls, each.args, each.kwargs)
        if getattr(kind, "__name__", "") == "SessionMiddleware":
            known = _arguments(kind, args, given)
            if not _NAMES.isdisjoint(known):
                return _cookie_of(known)
    return otherwise


def _unwrapped(
    kind: Any, args: tuple[Any, ...], given: Mapping[str, Any]
) -> tuple[Any, tuple[Any, ...], Mapping[str, Any]]:
    """Return a class and its arguments; some of them may stand in a ``partial``."""
    while isinstance(kind, partial):
        kind, args, given = kind.func, (*kind.args, *args), {**kind.keywords, **given}
    return kind, args, given


def _listed(app: object) -> Iterable[Any]:
    listed = getattr(app, "user_middleware", ())
    return [each for each in listed if isinstance(getattr(each, "kwargs", None), dict)]


def _arguments(kind: Any, args: tuple[Any, ...], given: Mapping[str, Any]) -> Mapping[str, Any]:
    bound = signature(kind).bind(None, *args, **given)
    bound.apply_defaults()
    return bound.arguments


def _cookie_of(known: Mapping[str, Any]) -> SessionCookie:
    """Return what the arguments say: Starlette's, or those of starsessions."""
    is_starlettes = "session_cookie" in known
    prefix = "" if is_starlettes else "cookie_"
    age = known.get("max_age" if is_starlettes else "lifetime")
    if isinstance(age, timedelta):
        age = age.total_seconds()
    scope = Scope(
        path=known.get(f"{prefix}path") or "/",
        domain=known.get(f"{prefix}domain"),
        secure=bool(known.get(f"{prefix}https_only")),
        samesite=str(known.get(f"{prefix}same_site", "lax")).capitalize(),
        partitioned=bool(known.get("partitioned")),
        max_age=int(age) if age else None,
    )
    return SessionCookie(known["session_cookie" if is_starlettes else "cookie_name"], scope)
