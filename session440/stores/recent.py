"""What was lately so: a bounded memory, which threads may share."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")

#: How many logins a process remembers something of; about 200 bytes each.
REMEMBERED = 10_000


class Lately(Generic[Value]):
    """Remembers a value for each id; what was noted longest ago gives way.

    :param missing: what is given for an id of which nothing is known.
    """

    def __init__(self, missing: Value, most: int = REMEMBERED) -> None:
        self._missing = missing
        self._most = most
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = Lock()
        self.forgotten = 0  # how often something was

    def get(self, id: str) -> Value:
        """Return what is known of *id*."""
        return self._values.get(id, self._missing)

    def note(self, id: str, value: Value) -> None:
        """Remember *value*."""
        with self._lock:
            self._values[id] = value
            self._values.move_to_end(id)
            if len(self._values) > self._most:
                self._values.popitem(last=False)

    def forget(self, id: str) -> None:
        """Know nothing of *id* any more."""
        with self._lock:
            self._values.pop(id, None)
            self.forgotten += 1

    def __len__(self) -> int:
        return len(self._values)
