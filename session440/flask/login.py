"""Flask-Login, if it is installed: one of several ways to say who is logged in."""

from __future__ import annotations

from typing import Any

from flask import current_app

try:
    import flask_login  # type: ignore[import-untyped]  # it ships no types
except ImportError:
    flask_login = None

__all__ = ["flask_login", "login_manager"]


def login_manager() -> Any:
    """Return the app's manager; ``None`` if it has none, or one that is not Flask-Login's.

    Some apps bring a changed copy of Flask-Login, and may have changed anything.
    """
    manager = getattr(current_app, "login_manager", None)
    if flask_login is None or not isinstance(manager, flask_login.LoginManager):
        return None
    return manager
