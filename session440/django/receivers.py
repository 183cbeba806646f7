"""Logins, logouts and new passwords, as Django announces them."""

from __future__ import annotations

from collections.abc import Collection
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.db.models.signals import post_save
from django.http import HttpRequest
from django.utils.module_loading import import_string

from ..core.decision import LIVE
from ..core.lifecycle import begin, log_out
from ..core.state import State
from ..exceptions import StoreError
from ..exchange import Exchange
from ..exchange.driver import close, look, renew_key, take
from ..exchange.succession import renews_key, successor
from ..exchange.tickets import live_ticket
from .clearing import OURS
from .conf import get_engine
from .headless import is_by_token
from .presentation import DjangoPresentation
from .request import DjangoRequest
from .session import LOGGED_OUT, DjangoSession

#: Where a view finds its visit, ``request.session440``, and where we find the exchange behind it.
VISIT = "session440"
EXCHANGE = "_session440"


def _logged_in(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Begin a login; only this signal shows that the same user logs in again.

    A request without a visit comes from a test client, or from a middleware before ours. Its
    login is bound too, so that the next request has nothing to write.
    """
    if request is None or not _has_session(request) or is_by_token(request):
        return
    subject = request.session.get(SESSION_KEY)
    if subject is None:
        return
    exchange: Exchange | None = getattr(request, EXCHANGE, None)
    if exchange is None or exchange.is_sent:  # or a login by a middleware before ours
        exchange = _exchange_before_ours(request)
        exchange.read_tickets()
        exchange.advance((State(live_ticket(exchange)), ()))
    ticket = successor(exchange, str(subject), is_proof=not _is_by_proxy(request))
    take(exchange, begin(exchange.provisional, ticket, None, renews_key(exchange)))
    # Other receivers keep the session's key, as to allow one session (django-allauth's list).
    renew_key(exchange)
    if exchange is not getattr(request, EXCHANGE, None):  # no response of ours comes after it
        close(exchange)


def _is_by_proxy(request: HttpRequest) -> bool:
    """Return whether the proxy in front has logged the person in, who was perhaps not asked.

    See Django's "Authentication using REMOTE_USER".
    """
    from django.contrib.auth.backends import RemoteUserBackend  # needs the app registry

    path = request.session.get(BACKEND_SESSION_KEY)
    kind = import_string(path) if path else None
    return isinstance(kind, type) and issubclass(kind, RemoteUserBackend)


def _has_session(request: Any) -> bool:
    """Return whether this is a request with a session: anybody may send Django's signals."""
    return hasattr(request, "META") and hasattr(request, "session")


def _logged_out(request: HttpRequest | None = None, **kwargs: Any) -> None:
    exchange: Exchange | None = getattr(request, EXCHANGE, None)
    if is_by_token(request):
        return
    if exchange is not None:
        if not getattr(exchange.session, "is_clearing", False):  # of a login that is over already
            take(exchange, log_out(exchange.state))
            if (
                exchange.is_sent
            ):  # by what streams the body, say: no response of ours comes after it
                close(exchange)
    elif request is not None and _has_session(request):
        setattr(request, LOGGED_OUT, True)
        _log_out_before_ours(request)


def _log_out_before_ours(request: HttpRequest) -> None:
    """End the login for the store and the log: Django has its session still, and flushes it."""
    exchange = _exchange_before_ours(request)
    exchange.read_tickets()
    decision = look(exchange)
    if decision.standing in LIVE:
        take(exchange, log_out(State(decision.ticket)))
        close(exchange)


def _exchange_before_ours(request: HttpRequest) -> Exchange:
    """Return an exchange for a middleware that comes before ours."""
    parts = DjangoRequest(request), DjangoSession(request), DjangoPresentation(request)
    return Exchange(get_engine(), *parts)


#: The exchange that is running now: its login goes on after a new password.
current_exchange: ContextVar[Exchange | None] = ContextVar("session440_exchange", default=None)


def _saved(
    instance: Any = None,
    created: bool = False,
    using: str | None = None,
    update_fields: Collection[str] | None = None,
    **kwargs: Any,
) -> None:
    """End a user's other logins when a new password is stored (ASVS 5.0, 7.4.3).

    Django keeps the new password in ``_password`` until it is saved. If it only hashes the same
    password again, it removes it before (``AbstractBaseUser.check_password``).
    """
    if created or not isinstance(instance, get_user_model()):
        return
    is_new = getattr(instance, "_password", None) is not None
    if is_new and (update_fields is None or "password" in update_fields):
        # The subject is what login() puts into the session.
        subject = str(instance._meta.pk.value_to_string(instance))
        # What goes wrong is logged, and undoes nothing of the project's.
        # Not a partial: Django's log of an error wants a name (BaseDatabaseWrapper.on_commit).
        transaction.on_commit(lambda: _revoke_others(subject), using=using, robust=True)


def _revoke_others(subject: str) -> None:
    exchange, engine = current_exchange.get(), get_engine()
    login = exchange and exchange.state.login
    if engine.shared is None:
        return
    try:
        engine.revoke_all(subject, keep=login.id if login else None)
    except StoreError:
        pass  # reported as an outage; Django's own check of sessions ends them anyway


post_save.connect(_saved, dispatch_uid="session440.saved")
user_logged_in.connect(_logged_in, dispatch_uid="session440.logged_in")
user_logged_out.connect(_logged_out, dispatch_uid=OURS)
