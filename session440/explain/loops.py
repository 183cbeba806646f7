"""Finds people who log in again and again, because their browser does not send the new cookie."""

from __future__ import annotations

from typing import NamedTuple

from ..moments import MINUTE
from .sighting import LOGOUT, Sighting
from .tally import Recent

#: So many logins of one person in a row, none of which is ever used, are no coincidence.
_MANY = 3
#: Seconds between two of them at most.
_SOON = 10.0 * MINUTE
_SHORT_ID = 8  # characters: lines of text have no more


class _Run(NamedTuple):
    """Logins of one person in a row, of which none has been seen in use."""

    at: float
    ticket: str | None
    logins: int


class Loops:
    """Counts logins of people who had just logged in, and were not seen in between."""

    def __init__(self) -> None:
        self.people = 0
        self.logins = 0
        self._runs: Recent[_Run] = Recent()

    def add(self, seen: Sighting) -> None:
        """Note what becomes of a login."""
        if seen.subject is None or seen.at is None:
            return
        run = self._runs.get(seen.subject)
        if seen.kind == "started":
            self._runs.note(seen.subject, self._longer(run, seen, seen.at))
        elif run is not None and _is_use(seen, run):
            self._runs.forget(seen.subject)

    def _longer(self, run: _Run | None, seen: Sighting, at: float) -> _Run:
        if run is None or not 0 <= at - run.at <= _SOON:
            return _Run(at, seen.ticket, 1)
        if run.logins + 1 == _MANY:
            self.people += 1
            self.logins += _MANY
        elif run.logins >= _MANY:
            self.logins += 1
        return _Run(at, seen.ticket, run.logins + 1)


def _is_use(seen: Sighting, run: _Run) -> bool:
    """Return whether an event shows that the person's browser sends its cookies."""
    if seen.kind not in ("renewed", "ended"):
        return False
    # A login from before, found to have ended, is what an older cookie of that name brings.
    is_last = (seen.ticket or "")[:_SHORT_ID] == (run.ticket or "")[:_SHORT_ID]
    return is_last or seen.kind == "renewed" or seen.cause == LOGOUT
