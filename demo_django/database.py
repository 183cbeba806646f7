"""The database, as far as the demo has to fill it."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections

from demo_tour import PASSWORDS


def prepare() -> None:
    """Make the tables, alice and bob, where they are missing, and the passwords as printed."""
    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    for name, password in PASSWORDS.items():
        user, _ = users.get_or_create(username=name)
        if not user.check_password(password):  # one can change it, and the next start forget
            user.set_password(password)
            user.save()
    # gunicorn --preload forks after this, and SQLite forbids a connection to cross a fork
    # (https://www.sqlite.org/howtocorrupt.html, section 2.6).
    connections.close_all()
