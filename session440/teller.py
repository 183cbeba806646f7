"""Tells the listener what happens to logins."""

from __future__ import annotations

from typing import Any

from .events import Event, Kind, Listener
from .stores import Record, stored_id
from .ticket import Ticket


class Teller:
    """Makes events and passes them on.

    :param here: keyed hash of this host's name.
    """

    def __init__(self, listener: Listener, here: str) -> None:
        self._listener = listener
        self._here = here

    def tell(self, kind: Kind, now: float, **facts: Any) -> None:
        """Pass on an event that is about no login."""
        self._listener(Event(kind, now, here=self._here, **facts))

    def tell_of(self, kind: Kind, now: float, login: Ticket | Record, **more: Any) -> None:
        """Pass on an event about a login."""
        self.tell(
            kind,
            now,
            subject=login.subject,
            # Hashed, so that no log has what is in a cookie, and all lines are of one id.
            ticket_id=login.id and stored_id(login.id),
            policy=login.policy,
            idle=now - login.seen_at,
            age=now - login.issued_at,
            node=login.node or None,
            **more,
        )
