"""Logins and logouts, as ``django.contrib.auth`` announces them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from ..visit import Visit
from .conf import get_engine
from .exchange import LOGGED_OUT, DjangoExchange


def _logged_in(request: HttpRequest | None, **kwargs: Any) -> None:
    """Begin a login; a same-user re-login shows nowhere else.

    A request without a visit comes from a test client, or from a middleware before ours: its
    login is bound all the same, so that the next request has nothing to write.
    """
    subject = getattr(request, "session", {}).get(SESSION_KEY)
    if request is None or subject is None:
        return
    visit = getattr(request, "session440", None)
    if visit is None or visit.sealed:  # or the login of a middleware outside of ours
        visit = Visit(get_engine(), DjangoExchange(request))
    visit.login(subject)


def _logged_out(request: HttpRequest | None, **kwargs: Any) -> None:
    visit = getattr(request, "session440", None)
    if visit is not None:
        visit.forget()
    elif request is not None:
        setattr(request, LOGGED_OUT, True)


user_logged_in.connect(_logged_in, dispatch_uid="session440.logged_in")
user_logged_out.connect(_logged_out, dispatch_uid="session440.logged_out")
