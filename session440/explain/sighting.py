"""One fact about a login, from a line of a log or a record of the store."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from ..moments import spoken

#: The name of a logout among the causes.
LOGOUT = "logout"
#: The end of the year 9998; a later time, from a broken line, has no date in some time zones.
_LATEST = 253370764800.0
#: A time later in a line belongs to something else.
_FAR = 200

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


class Sighting(NamedTuple):
    """What is known about one event. All text is as it was found, and may be hostile.

    :param kind: the kind of the :class:`~session440.events.Event`.
    :param at: its time in UTC epoch seconds; ``None`` if the line does not say.
    :param cause: a :class:`~session440.Cause` as text, or ``logout``.
    :param ticket: the login's id, or the first eight characters of it.
    :param idle: seconds; so is ``age``.
    :param zoned: false if the time was written without its zone, and is taken as UTC.
    :param returned: whether the store knows that the person began another login soon after.
    """

    kind: str
    at: float | None = None
    cause: str | None = None
    subject: str | None = None
    ticket: str | None = None
    policy: str | None = None
    idle: float | None = None
    age: float | None = None
    node: str | None = None
    here: str | None = None
    reason: str | None = None
    enforced: bool = True
    zoned: bool = True
    returned: bool = False


def read_moment(text: str) -> tuple[float, bool] | None:
    """Return the first ISO 8601 time in *text*.

    :return: UTC epoch seconds, and whether it names its zone: without one it is taken as UTC.
    """
    found = _MOMENT.search(text[:_FAR])
    if found is None:
        return None
    day, time, fraction, zone = found.groups()
    try:
        whole = datetime.fromisoformat(f"{day}T{time}{_offset(zone)}").timestamp()
    except ValueError:
        return None
    at = plausible(whole + float(f"0.{fraction or 0}"))
    return None if at is None else (at, zone is not None)


def _offset(zone: str | None) -> str:
    """Return a zone as Python 3.10 can read it."""
    if zone is None or zone == "Z":
        return "+00:00"
    return zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"


def plausible(at: float | None) -> float | None:
    """Return *at*, or ``None`` if it cannot be shown as a date."""
    return at if at is not None and 0 <= at < _LATEST else None


def span(seconds: float) -> str:
    """Return a length of time that was measured, in its two largest units."""
    return spoken(seconds, most=2)


def shown(text: str | None, most: int = 60) -> str:
    """Return text that may be hostile in a form that does nothing to a terminal."""
    if text is None:
        return "unknown"
    cut = text if len(text) <= most else f"{text[: most - 3]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
