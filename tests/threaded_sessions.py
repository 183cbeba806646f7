"""A session backend whose load() has another thread read the session's key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import async_to_sync
from django.contrib.sessions.backends.db import SessionStore as Database


class SessionStore(Database):
    def load(self):
        async def key():
            return self.session_key

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lambda: self.session_key).result(5) == async_to_sync(key)()
        return super().load()
