"""The tour of a demo: its clock, its journal, and what its pages are told."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from session440 import Visit
from session440.events import Event, log

from .clock import MINUTE, DemoClock
from .journal import Journal
from .steps import STEPS, distance

#: In place of a session's cookie: what a server finds that has no data for it.
LOST = "of-another-server"
NO_STORE = "The store of logins is out, and this step needs it."


class Tour:
    """The tour.

    :param clock: what the option ``clock`` of session440 is given too.
    """

    def __init__(self, clock: DemoClock) -> None:
        self.clock = clock
        self.journal = Journal()

    def hear(self, event: Event) -> None:
        """Take an event of session440: a value for the option ``on_event``."""
        log(event)
        self.journal.note_event(event)

    def note_answer(self, method: str, path: str, status: int, cause: str | None) -> None:
        """Take what a browser was answered."""
        self.journal.note_answer(self.clock(), method, path, status, cause or "")

    def move(self, step: str, visit: Visit, idle: float | None) -> None:
        """Move the clock as far as a step needs.

        :param idle: the idle timeout, in seconds.
        """
        self.clock.move(distance(step, visit, idle or MINUTE))

    def facts(self) -> dict[str, Any]:
        """Return what the pages show of it."""
        return {"steps": STEPS, "clock": self.time()}

    def time(self) -> dict[str, str]:
        """Return the time, and how far it is ahead."""
        minutes, seconds = divmod(round(self.clock.ahead), 60)
        parts = [f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds)
        ahead = f"{' '.join(parts)} ahead" if parts else "as on this machine"
        return {"now": _time(self.clock()), "ahead": ahead}

    def news(self, visit: Visit) -> dict[str, Any]:
        """Return the time, the seconds that are left, and what has happened in this browser."""
        entries = [{**each.members(), "at": _time(each.at)} for each in self.journal.entries()]
        left = visit.remaining.total_seconds() if visit.remaining else None
        return {"clock": self.time(), "left": left, "news": entries}


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, timezone.utc):%H:%M:%S}"


def end_of(visit: Visit) -> dict[str, str]:
    """Return until when a login lasts, for a page."""
    end = visit.expires_at
    left = visit.remaining
    if end is None or left is None:
        return {}
    return {
        "ends_at": f"{end:%H:%M:%S}",
        "ends_iso": end.isoformat(),
        "ends_in": str(round(left.total_seconds())),
    }
