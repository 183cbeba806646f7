"""Proofs that django-allauth announces: a password, a code or a passkey, entered once more.

https://docs.allauth.org/en/latest/account/configuration.html
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpRequest

from ..core.lifecycle import confirm
from ..exchange import Exchange
from ..exchange.driver import take
from ..exchange.succession import confirmed
from .receivers import EXCHANGE


def hear_allauth() -> None:
    """Hear of the proofs, if the project uses django-allauth."""
    if not apps.is_installed("allauth.account"):
        return
    # The package ships no types.
    from allauth.account.signals import (  # type: ignore[import-untyped]
        authentication_step_completed,
    )

    authentication_step_completed.connect(_reauthenticated, dispatch_uid="session440.proved")


def _reauthenticated(
    request: HttpRequest | None = None,
    user: Any = None,
    reauthenticated: bool = False,
    **kwargs: Any,
) -> None:
    """Note that the person who is logged in has proved it once more; nobody else's proof counts."""
    exchange: Exchange | None = getattr(request, EXCHANGE, None)
    if not reauthenticated or exchange is None or exchange.is_sent or user is None:
        return
    login = exchange.state.login
    if login is not None and login.subject == str(user._meta.pk.value_to_string(user)):
        take(exchange, confirm(exchange.state, confirmed(exchange, login)))
