"""An Engine.IO connection, and its login."""

from __future__ import annotations

from math import inf
from threading import Lock
from typing import Any

from ..engine import Engine
from ..exceptions import PHRASE
from ..http.live_documents import Reader, document_of
from ..live import LiveLogin
from ..live.flag import Flag


class Socket:
    """A connection that stays open, with its Socket.IO connections by their namespaces."""

    __slots__ = ("_asked_at", "_namespaces", "_reader", "engine", "lock", "login")

    def __init__(self, engine: Engine, login: LiveLogin[Flag], reader: Reader) -> None:
        self.engine = engine
        self.login = login
        self.lock = Lock()  # between a look at the clock and what is sent then
        self._reader = reader
        self._namespaces: dict[str, str] = {}
        self._asked_at = -inf

    @property
    def namespaces(self) -> list[tuple[str, str]]:
        """The namespaces that are connected, and the id of each connection."""
        return [*self._namespaces.items()]

    @property
    def now(self) -> float:
        """The time of the app, in UTC epoch seconds."""
        return self.engine.clock()

    def enter(self, namespace: str, sid: str) -> None:
        """Note a namespace that connects."""
        self._namespaces[namespace] = sid

    def leave(self, namespace: str) -> None:
        """Forget a namespace."""
        self._namespaces.pop(namespace, None)

    def leave_all(self) -> list[tuple[str, str]]:
        """Return the namespaces that are connected, and forget them: each is told once."""
        with self.lock:
            left, self._namespaces = self._namespaces, {}
        return [*left.items()]

    def document(self) -> dict[str, Any]:
        """Return how the login stands: the problem document once it is over."""
        return document_of(self.engine, self.login, self._reader)

    def refusal(self) -> tuple[str, dict[str, Any]]:
        """Return the message and the document for who connects after the end."""
        return PHRASE, self.document()

    def is_asking_due(self) -> bool:
        """Return whether the page is to be asked now to extend the login; not at each event."""
        ticket, now = self.login.ticket, self.now
        if ticket is None or self.login.is_over:
            return False
        if 0 <= now - self._asked_at < self.engine.policy(ticket.policy).renewal:
            return False
        self._asked_at = now
        return True
