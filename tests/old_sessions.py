"""A session backend made before Django's had coroutines: it extends one, and knows only methods."""

from __future__ import annotations

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Keeps its data backwards. The coroutines that it inherits would find nothing in it."""

    def load(self):
        row = self._get_session_from_db()
        return self.decode(row.session_data[::-1]) if row else {}

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.session_data = row.session_data[::-1]
        return row
