"""Clears the session of a login that is over, and lets Django announce who has gone.

Each function has a twin that awaits; ``tests/test_twins.py`` compares their texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.middleware.csrf import CSRF_SESSION_KEY
from django.utils.functional import SimpleLazyObject

from .user import left_unread, show_nobody_in

#: The ``dispatch_uid`` of our own receiver of ``user_logged_out``.
OURS = "session440.logged_out"


def clear(request: HttpRequest, keep_csrf: bool) -> None:
    """Delete the content of the request's session.

    :param keep_csrf: keep its CSRF token, for the login form that is being sent.
    """
    session: Any = request.session
    token = session.get(CSRF_SESSION_KEY) if keep_csrf else None
    log_out(request)
    forget_user(request)
    if token is not None:
        session.update({CSRF_SESSION_KEY: token})


async def aclear(request: HttpRequest, keep_csrf: bool) -> None:
    """Delete the content of the request's session.

    :param keep_csrf: keep its CSRF token, for the login form that is being sent.
    """
    session: Any = request.session
    token = await session.aget(CSRF_SESSION_KEY) if keep_csrf else None
    await alog_out(request)
    forget_user(request)
    if token is not None:
        await session.aupdate({CSRF_SESSION_KEY: token})


def clear_other(request: HttpRequest, other: Any) -> None:
    """Delete a session that the app's has replaced, and leave the app's own as it is."""
    with _standing_in(request, other):
        log_out(request)


async def aclear_other(request: HttpRequest, other: Any) -> None:
    """Delete a session that the app's has replaced, and leave the app's own as it is."""
    with _standing_in(request, other):
        await alog_out(request)


def log_out(request: HttpRequest) -> None:
    """Delete the session; Django announces who has gone, if somebody listens to that."""
    session: Any = request.session
    is_somebodys = session.get(SESSION_KEY) is not None
    if is_somebodys and _is_announced():
        with left_unread(request):
            auth.logout(request)
        show_nobody(request)
    elif session.keys():
        session.flush()
        show_nobody(request, is_somebodys)


async def alog_out(request: HttpRequest) -> None:
    """Delete the session; Django announces who has gone, if somebody listens to that."""
    session: Any = request.session
    is_somebodys = await session.aget(SESSION_KEY) is not None
    if is_somebodys and _is_announced():
        with left_unread(request):
            await auth.alogout(request)
        show_nobody(request)
    elif await session.akeys():
        await session.aflush()
        show_nobody(request, is_somebodys)


def _is_announced() -> bool:
    """Return whether the project hears of logouts: else nobody need be asked who it is."""
    return any(key[0] != OURS for key, *_ in user_logged_out.receivers)


def show_nobody(request: HttpRequest, is_somebodys: bool = True) -> None:
    """Let the request have no user, if its session was somebody's."""
    if is_somebodys:
        show_nobody_in(request)
    forget_user(request)


def forget_user(request: HttpRequest) -> None:
    """Forget the user, so that ``request.auser()`` looks again: it may have been called already."""
    for name in ("_cached_user", "_acached_user"):
        vars(request).pop(name, None)


@contextmanager
def _standing_in(request: HttpRequest, other: Any) -> Iterator[None]:
    """Let another session, and its user, be the request's for those who are told who goes."""
    own = {name: vars(request)[name] for name in _OWN if name in vars(request)}
    user = SimpleLazyObject(lambda: auth.get_user(request))
    # Django 4.2 has no aget_user(), and nothing that asks for it.
    vars(request).update(session=other, user=user, auser=lambda: auth.aget_user(request))
    try:
        yield
    finally:
        for name in _OWN:
            vars(request).pop(name, None)
        vars(request).update(own)


_OWN = ("session", "user", "auser")
