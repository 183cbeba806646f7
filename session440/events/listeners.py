"""Tells listeners what happens to logins."""

from __future__ import annotations

from threading import Lock
from typing import Any

from ..cause import Cause
from ..core.record import Record, stored_id
from ..core.ticket import Ticket
from ..greenlets import call_foreign
from . import Event, Hears, Kind, Listener, is_logged, log, shielded

#: Of how many ends of logins a process remembers that it has told them; about 200 bytes each.
REMEMBERED = 10_000


class Teller:
    """Makes events and passes them on.

    The end of a login is told once: cookies that are sent again tell nothing new.

    :param listener: gets each event first; an error that it raises is raised where the event
        happened.
    :param here: keyed hash of this host's name.
    """

    def __init__(self, listener: Listener, here: str) -> None:
        hears = is_logged if listener is log else _hears_all
        self._listener = listener
        self._blocks = listener is not log
        self._others: tuple[Listener, ...] = ()
        self._hears: tuple[Hears, ...] = (hears,)
        self._here = here
        self._ends: dict[tuple[object, ...], object] = {}  # the oldest first
        self._lock = Lock()

    def add(self, listener: Listener, hears: Hears | None = None, blocks: bool = True) -> None:
        """Pass events to *listener* too, after the others; an error that it raises is logged.

        :param blocks: whether it may, so that a coroutine has it called in a thread.
        """
        self._others = (*self._others, listener)
        self._blocks = self._blocks or blocks
        self._hears = (*self._hears, hears or _hears_all)

    def is_heard(self, kind: Kind) -> bool:
        """Return whether events of *kind* need be made: frequent ones often need not."""
        for hears in self._hears:  # noqa: SIM110  # in half the time of any()
            if hears(kind):
                return True
        return False

    def tell(
        self, kind: Kind, now: float, login: Ticket | Record | None = None, **facts: Any
    ) -> None:
        """Pass on an event.

        :param login: that it is about.
        """
        if kind == "ended" and login is not None and self._was_told(login, **facts):
            return
        about = {} if login is None else _about(login, now)
        event = Event(kind, now, here=self._here, **about, **facts)
        if not self._blocks:
            self._listener(event)
            for each in self._others:
                shielded(each, event)
        else:  # all of them in one thread, so that a cancellation leaves none of them out
            call_foreign(self._pass_on, event)

    def _pass_on(self, event: Event) -> None:
        self._listener(event)
        for each in self._others:
            shielded(each, event)

    def _was_told(
        self,
        login: Ticket | Record,
        cause: Cause | None = None,
        reason: str | None = None,
        enforced: bool = True,
    ) -> bool:
        """Return whether this end has been told; from now on it has."""
        # A login that ended before its ticket could be read is known by its subject alone.
        id = login.id and stored_id(login.id)
        end, mine = (id or login.subject, cause, enforced, None if id else reason), object()
        if self._ends.setdefault(end, mine) is not mine:  # atomic: of two threads one tells
            return True
        self._ends[end] = None
        self._forget_oldest()
        return False

    def _forget_oldest(self) -> None:
        with self._lock:
            while len(self._ends) > REMEMBERED:
                self._ends.pop(next(iter(self._ends)))


def _hears_all(kind: Kind) -> bool:
    return True


def _about(login: Ticket | Record, now: float) -> dict[str, Any]:
    return {
        "subject": login.subject,
        # Hashed, so that no log has what is in a cookie, and all lines are of one id.
        "ticket_id": login.id and stored_id(login.id),
        "policy": login.policy,
        "idle": now - login.seen_at,
        "age": now - login.issued_at,
        "node": login.node or None,
    }
