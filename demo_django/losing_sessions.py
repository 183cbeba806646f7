"""Sessions in the database, as Django keeps them, of which a button of the tour loses some.

A database forgets none by itself, so where one is missing in Django's own, session440 takes it for
deleted, and the login for revoked (docs/events.md). Of other modules it does not say so.
"""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """A session."""
