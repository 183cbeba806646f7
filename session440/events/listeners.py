"""Tells listeners what happens to logins."""

from __future__ import annotations

from typing import Any

from ..core.record import Record, stored_id
from ..core.ticket import Ticket
from . import Event, Kind, Listener, shielded


class Teller:
    """Makes events and passes them on.

    :param listener: gets each event first; an error that it raises is raised where the event
        happened.
    :param here: keyed hash of this host's name.
    """

    def __init__(self, listener: Listener, here: str) -> None:
        self._listener = listener
        self._others: tuple[Listener, ...] = ()
        self._here = here

    def add(self, listener: Listener) -> None:
        """Pass events to *listener* too, after the others; an error that it raises is logged."""
        self._others = (*self._others, listener)

    def tell(self, kind: Kind, now: float, **facts: Any) -> None:
        """Pass on an event that is not about a login."""
        event = Event(kind, now, here=self._here, **facts)
        self._listener(event)
        for each in self._others:
            shielded(each, event)

    def tell_of(self, kind: Kind, now: float, login: Ticket | Record, **more: Any) -> None:
        """Pass on an event about a login."""
        self.tell(
            kind,
            now,
            subject=login.subject,
            # Hashed, so that no log shows what is in a cookie, and all log lines show the same id.
            ticket_id=login.id and stored_id(login.id),
            policy=login.policy,
            idle=now - login.seen_at,
            age=now - login.issued_at,
            node=login.node or None,
            **more,
        )
