"""A store for code that awaits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, cast

from ..cause import Cause
from ..core.record import Record
from .awaiting import awaited
from .contract import TicketStore
from .many import FindsMany
from .notes import Notes

Given = ParamSpec("Given")
Result = TypeVar("Result")


class AsyncStore:
    """The methods of a store as coroutines; what they do and raise is what its own do.

    While the store works out an answer other coroutines run. Any number of event loops, and of
    threads that call the store itself, may share it.

    :param store: any store; one that cannot await is called in a thread.
    """

    def __init__(self, store: TicketStore) -> None:
        self.store = store
        self._noting, self._finding_many = cast(Notes, store), cast(FindsMany, store)

    async def find(self, id: str) -> Record | None:
        """See :meth:`TicketStore.find <session440.stores.TicketStore.find>`."""
        return await self._ask(self.store.find, id)

    async def insert(self, record: Record) -> bool:
        """See :meth:`TicketStore.insert <session440.stores.TicketStore.insert>`."""
        return await self._ask(self.store.insert, record)

    async def touch(self, id: str, seen_at: float, keep_until: float) -> bool:
        """See :meth:`TicketStore.touch <session440.stores.TicketStore.touch>`."""
        return await self._ask(self.store.touch, id, seen_at, keep_until)

    async def end(self, id: str, cause: Cause | None, at: float) -> bool:
        """See :meth:`TicketStore.end <session440.stores.TicketStore.end>`."""
        return await self._ask(self.store.end, id, cause, at)

    async def by_subject(self, subject: str) -> list[Record]:
        """See :meth:`TicketStore.by_subject <session440.stores.TicketStore.by_subject>`."""
        return await self._ask(self.store.by_subject, subject)

    async def purge(self, now: float, limit: int = 1000) -> int:
        """See :meth:`TicketStore.purge <session440.stores.TicketStore.purge>`."""
        return await self._ask(self.store.purge, now, limit)

    async def generation(self, id: str) -> str:
        """See :meth:`TicketStore.generation <session440.stores.TicketStore.generation>`."""
        return await self._ask(self.store.generation, id)

    # What a site's own store may lack: then this is an AttributeError

    async def find_many(self, ids: Sequence[str]) -> dict[str, Record]:
        """See :meth:`FindsMany.find_many <session440.stores.many.FindsMany.find_many>`."""
        return await self._ask(self._finding_many.find_many, ids)

    async def generations(self, ids: Sequence[str]) -> dict[str, str]:
        """See :meth:`FindsMany.generations <session440.stores.many.FindsMany.generations>`."""
        return await self._ask(self._finding_many.generations, ids)

    async def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """See :meth:`Notes.note <session440.stores.notes.Notes.note>`."""
        return await self._ask(self._noting.note, key, text, keep_until, now)

    async def notes(self, key: str, now: float) -> list[str]:
        """See :meth:`Notes.notes <session440.stores.notes.Notes.notes>`."""
        return await self._ask(self._noting.notes, key, now)

    async def move_end(self, id: str, not_after: float | None, keep_until: float) -> bool:
        """See :meth:`Notes.move_end <session440.stores.notes.Notes.move_end>`."""
        return await self._ask(self._noting.move_end, id, not_after, keep_until)

    async def end_everybody(self, at: float) -> int:
        """See :meth:`Notes.end_everybody <session440.stores.notes.Notes.end_everybody>`."""
        return await self._ask(self._noting.end_everybody, at)

    async def _ask(self, method: Callable[Given, Result], *given: Any, **named: Any) -> Result:
        return await awaited(self.store, method, *given, **named)
