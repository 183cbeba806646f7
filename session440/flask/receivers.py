"""Logins, as Flask-Login announces them."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request

from ..core.lifecycle import begin
from ..exchange import Exchange
from ..exchange.driver import take
from ..exchange.succession import renews_key, successor
from .session import FLASK_LOGIN_KEY, PROTECTED, current_session

#: Where the request keeps its visit, and the exchange behind it. Not in the environ: that
#: would make a reference cycle, and an app is freed only with its last reference.
VISIT = "session440"
EXCHANGE = "_session440"


def logged_in(app: Flask, **kwargs: Any) -> None:
    """Follow Flask-Login: only it knows when the same user logs in again."""
    if not has_request_context():
        return
    exchange: Exchange | None = getattr(request, EXCHANGE, None)
    session = current_session()
    if exchange is None or exchange.is_sent or session.get(FLASK_LOGIN_KEY) is None:
        return
    is_fresh = bool(session.get("_fresh", True))  # false: by its remember cookie
    remembered = session.get("_remember") == "set" or not is_fresh
    has_policy = "remember" in exchange.engine.settings.policies
    policy = "remember" if remembered and has_policy else None
    ticket = successor(exchange, str(session[FLASK_LOGIN_KEY]), policy, is_fresh)
    take(exchange, begin(exchange.provisional, ticket, None, renews_key(exchange)))


def protected(app: Flask, **kwargs: Any) -> None:
    """Note that strong session protection has taken the login out of the session."""
    exchange = getattr(request, EXCHANGE, None) if has_request_context() else None
    if exchange is None or exchange.provisional.login is None:
        return
    if exchange.session.read((), exchange.now).subject is None:
        setattr(g, PROTECTED, True)
