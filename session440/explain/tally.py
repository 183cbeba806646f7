"""Counts under names that somebody else chose, of which there may be any number."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")

#: Names of nodes, policies and reasons are few. A log that seems to hold more is broken.
MOST_NAMES = 1000
#: Subjects are many; those whose logins end most often are met early.
MOST_SUBJECTS = 100_000
OTHERS = "(others)"


class Tally:
    """Counts by name, and by one thing more; names beyond the limit are counted together."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._most = most
        self.rows: dict[str, Counter[str]] = {}

    def add(self, name: str, column: str) -> str:
        """Count one more; give the name that it is counted under."""
        if name not in self.rows and len(self.rows) >= self._most:
            name = OTHERS
        self.rows.setdefault(name, Counter())[column] += 1
        return name

    def total(self, name: str) -> int:
        """How many there are of that name."""
        return self.rows[name].total() if name in self.rows else 0

    def ranked(self, most: int | None = None) -> list[tuple[str, Counter[str]]]:
        """Give the names, those with the most first."""
        return sorted(self.rows.items(), key=lambda row: (-row[1].total(), row[0]))[:most]


class Recent(Generic[Value]):
    """Remembers what was noted last; of no use to threads, and twice as fast for it."""

    def __init__(self, most: int = MOST_SUBJECTS) -> None:
        self._most = most
        self._values: OrderedDict[int, Value] = OrderedDict()

    def note(self, key: object, value: Value) -> None:
        """Remember *value*; of the key its hash alone is kept."""
        self._values[hash(key)] = value
        self._values.move_to_end(hash(key))
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def get(self, key: object) -> Value | None:
        """Give what is remembered."""
        return self._values.get(hash(key))

    def forget(self, key: object) -> None:
        """Know nothing of it any more."""
        self._values.pop(hash(key), None)
