"""Counts under names that others choose, in limited memory."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")

#: There are few nodes, policies and reasons. A log that seems to name more is broken.
MOST_NAMES = 1000
#: There are many subjects; those whose logins end most often are met early.
MOST_SUBJECTS = 100_000
OTHERS = "(others)"


class Tally:
    """Counts by name and by one more word; names beyond the limit are counted together."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._most = most
        self.rows: dict[str, Counter[str]] = {}

    def add(self, name: str, column: str) -> str:
        """Count one more, and return the name under which it is counted."""
        if name not in self.rows and len(self.rows) >= self._most:
            name = OTHERS
        self.rows.setdefault(name, Counter())[column] += 1
        return name

    def total(self, name: str) -> int:
        """Return how often *name* was counted, with any word."""
        return self.rows[name].total() if name in self.rows else 0

    def ranked(self, most: int | None = None) -> list[tuple[str, Counter[str]]]:
        """Return the names, those with the highest counts first."""
        return sorted(self.rows.items(), key=lambda row: (-row[1].total(), row[0]))[:most]


class Recent(Generic[Value]):
    """Remembers what was noted last; not safe for threads, but twice as fast for that."""

    def __init__(self, most: int = MOST_SUBJECTS) -> None:
        self._most = most
        self._values: OrderedDict[int, Value] = OrderedDict()

    def note(self, key: object, value: Value) -> None:
        """Remember *value*; only the hash of the key is kept."""
        self._values[hash(key)] = value
        self._values.move_to_end(hash(key))
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def get(self, key: object) -> Value | None:
        """Return what is remembered for *key*."""
        return self._values.get(hash(key))

    def forget(self, key: object) -> None:
        """Forget *key*."""
        self._values.pop(hash(key), None)
