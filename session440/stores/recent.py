"""A bounded memory of what was so recently; threads may share it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")

#: About how many logins a process remembers something; about 200 bytes each.
REMEMBERED = 10_000


class Lately(Generic[Value]):
    """Remembers a value for each id; when it is full it forgets what was noted longest ago.

    :param missing: what is returned for an unknown id.
    """

    def __init__(self, missing: Value, most: int = REMEMBERED) -> None:
        self._missing = missing
        self._most = most
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = Lock()
        self.forgotten = 0  # how often an id was forgotten

    def get(self, id: str) -> Value:
        """Return the value noted for *id*."""
        return self._values.get(id, self._missing)

    def note(self, id: str, value: Value) -> None:
        """Remember *value* for *id*."""
        with self._lock:
            self._values[id] = value
            self._values.move_to_end(id)
            if len(self._values) > self._most:
                self._values.popitem(last=False)

    def replace(self, id: str, known: Value, value: Value) -> None:
        """Remember *value* for *id* in place of *known*, unless another thread has changed it."""
        with self._lock:
            if self._values.get(id) is known:
                self._values[id] = value

    def forget(self, id: str) -> None:
        """Forget what is known about *id*."""
        with self._lock:
            self._values.pop(id, None)
            self.forgotten += 1

    def take(self, id: str) -> Value:
        """Return the value noted for *id*, and forget it."""
        with self._lock:
            return self._values.pop(id, self._missing)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self.forgotten += 1

    def __len__(self) -> int:
        return len(self._values)
