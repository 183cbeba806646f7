"""A session backend of a project's own, with no more than Django asks of one."""

from __future__ import annotations

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

KEPT: dict[str, dict] = {}


class SessionStore(SessionBase):
    """Keeps sessions in this process."""

    def exists(self, session_key):
        return session_key in KEPT

    def create(self):
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create=False):
        if self.session_key is None:
            return self.create()
        if self.exists(self.session_key) == must_create:
            raise CreateError if must_create else UpdateError
        KEPT[self.session_key] = dict(self._get_session(no_load=must_create))

    def delete(self, session_key=None):
        KEPT.pop(session_key or self.session_key, None)

    def load(self):
        if self.session_key in KEPT:
            return dict(KEPT[self.session_key])
        self._session_key = None
        return {}
