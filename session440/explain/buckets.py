"""How long people had been idle: counts by length, each about twice as long as the one before."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

from ..moments import HOUR, MINUTE

_MINUTES = (0, 1, 2, 5, 10, 15, 20, 25, 30, 45, 60, 90, 120, 240, 480, 1440)
#: Where buckets begin, in seconds; a bucket begins at each usual timeout.
EDGES = tuple(float(MINUTE * each) for each in _MINUTES)


class Bucket(NamedTuple):
    """Logins that ended after *start* seconds or more, but before *end*.

    :param end: ``None`` for the last one.
    :param back: how many of their people logged in again soon after.
    """

    start: float
    end: float | None
    ended: int
    back: int

    @property
    def label(self) -> str:
        """Return its name."""
        if self.end is None:
            return "1 day or more"
        if self.start == 0:
            return "under 1 min"
        unit, name = (MINUTE, "min") if self.end <= HOUR else (HOUR, "h")
        return f"{self.start / unit:g}-{self.end / unit:g} {name}"


class Buckets:
    """Counts logins by how long they had been idle when they ended."""

    def __init__(self) -> None:
        self._ended = [0] * len(EDGES)
        self._back = [0] * len(EDGES)
        self.shortest: float | None = None  # seconds

    def add(self, idle: float) -> None:
        """Count a login that ended after *idle* seconds."""
        self._ended[_place(idle)] += 1
        self.shortest = idle if self.shortest is None else min(idle, self.shortest)

    def add_back(self, idle: float) -> None:
        """Count a person who came back soon after such an end."""
        self._back[_place(idle)] += 1

    def include(self, other: Buckets) -> None:
        """Add the counts of another policy."""
        self._ended = [a + b for a, b in zip(self._ended, other._ended, strict=True)]
        self._back = [a + b for a, b in zip(self._back, other._back, strict=True)]
        known = [each for each in (self.shortest, other.shortest) if each is not None]
        self.shortest = min(known, default=None)

    @property
    def ended(self) -> int:
        """Return how many logins are counted."""
        return sum(self._ended)

    @property
    def back(self) -> int:
        """Return how many of the people came back soon."""
        return sum(self._back)

    def back_below(self, idle: float) -> int:
        """Return how many who came back had been idle for less than *idle* seconds."""
        return sum(each.back for each in self.rows() if each.start < idle)

    def rows(self) -> list[Bucket]:
        """Return the buckets from the first to the last that holds a login."""
        ends = [*(end for _, end in pairwise(EDGES)), None]
        rows = list(map(Bucket, EDGES, ends, self._ended, self._back))
        held = [number for number, row in enumerate(rows) if row.ended]
        return rows[held[0] : held[-1] + 1] if held else []


def _place(idle: float) -> int:
    return max(0, bisect_right(EDGES, idle) - 1)
