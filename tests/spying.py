"""A store that counts what it is asked, and fails when it is told to."""

from __future__ import annotations

from typing import Any

from turning import turn

from session440.exceptions import StoreError
from session440.greenlets import await_only, is_spawned
from session440.stores import MemoryStore, TicketStore

METHODS = ("find", "insert", "touch", "end", "by_subject", "purge", "generation")
NOTING = ("note", "notes", "move_end", "end_everybody")
FINDING_MANY = ("find_many", "generations")


class SpyStore:
    """Passes every call on to another store.

    :param can_note: whether it is one that keeps notes.
    :param finds_many: whether it is one that finds many logins at once.
    """

    def __init__(
        self, store: TicketStore | None = None, can_note: bool = True, finds_many: bool = False
    ) -> None:
        self.behind = store or MemoryStore()
        self.methods = {*METHODS, *(NOTING if can_note else ())}
        self.methods |= {*(FINDING_MANY if finds_many else ())}
        self.calls: list[str] = []
        self.is_out = False
        self.out: set[str] = set()  # methods that fail

    def __getattr__(self, name: str) -> Any:
        if name not in self.methods:
            raise AttributeError(name)

        def call(*args: Any) -> Any:
            self.calls.append(name)
            if self.is_out or name in self.out:
                raise StoreError("the spy is out")
            return getattr(self.behind, name)(*args)

        return call

    def taken(self) -> list[str]:
        """What was called since the last look."""
        taken, self.calls = self.calls, []
        return taken


class AwaitingSpy(SpyStore):
    """Waits for one turn before each call, and after it, where a coroutine asks."""

    awaits = True

    def __getattr__(self, name: str) -> Any:
        method = super().__getattr__(name)

        def call(*given: Any) -> Any:
            if not is_spawned():
                return method(*given)
            await_only(turn())
            try:
                return method(*given)
            finally:
                await_only(turn())

        return call
