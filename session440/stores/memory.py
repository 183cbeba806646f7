"""Logins in the memory of one process: for tests, and for an app that has one process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from math import inf
from secrets import token_urlsafe
from threading import Lock
from time import time

from ..cause import Cause
from ..core.record import Record
from .nodes import NODE_STAYS, Node
from .notes import NOTES_SWEPT, as_kept, with_valid_from


class MemoryStore:
    """Keeps logins in this process, and nowhere else.

    After a restart, and in another process, it is another memory, with another generation: a
    login from before goes on and is recorded again, and earlier revocations are forgotten.

    :param limit: the most records it keeps; with one more the oldest is forgotten (its login
        is then ``lost``). It keeps as many notes; with one more it forgets the note that ends
        first.
    """

    awaits = True  # it never waits for anything

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._records: dict[str, Record] = {}
        self._ids: dict[str, dict[str, None]] = {}  # by subject; a dict keeps their order
        self._over: list[tuple[float, str]] = []  # a heap; the first may be over, unless touched
        self._nodes: dict[str, Node] = {}
        self._notes: dict[str, dict[str, float]] = {}  # until when each text is kept, by its key
        self._notes_over: list[tuple[float, str, str]] = []  # a heap, as above
        self._generation = token_urlsafe(8)
        self._lock = Lock()

    def find(self, id: str) -> Record | None:
        """See :meth:`TicketStore.find <session440.stores.TicketStore.find>`."""
        return self._records.get(id)

    def find_many(self, ids: Sequence[str]) -> dict[str, Record]:
        """See :meth:`FindsMany.find_many <session440.stores.many.FindsMany.find_many>`."""
        found = {id: self._records.get(id) for id in ids}
        return {id: record for id, record in found.items() if record is not None}

    def insert(self, record: Record) -> bool:
        """See :meth:`TicketStore.insert <session440.stores.TicketStore.insert>`."""
        with self._lock:
            if record.id in self._records:
                return False
            while len(self._records) >= self._limit:
                self._forget(next(iter(self._records)))
            self._records[record.id] = as_kept(record, self._generation)
            self._note_end(record)
            self._ids.setdefault(record.subject, {})[record.id] = None
            return True

    def touch(self, id: str, seen_at: float, keep_until: float) -> bool:
        """See :meth:`TicketStore.touch <session440.stores.TicketStore.touch>`."""
        with self._lock:
            record = self._records.get(id)
            if record is None or not record.is_live:
                return False
            self._records[id] = record._replace(
                seen_at=max(record.seen_at, seen_at),
                keep_until=max(record.keep_until, keep_until),
            )
            return True

    def end(self, id: str, cause: Cause | None, at: float) -> bool:
        """See :meth:`TicketStore.end <session440.stores.TicketStore.end>`."""
        with self._lock:
            record = self._records.get(id)
            if record is None or not record.is_live:
                return False
            self._records[id] = record._replace(cause=cause, ended_at=at)
            return True

    def by_subject(self, subject: str) -> list[Record]:
        """See :meth:`TicketStore.by_subject <session440.stores.TicketStore.by_subject>`."""
        with self._lock:
            records = [self._records[id] for id in self._ids.get(subject, ())]
        return [each for each in records if each.is_live]

    def purge(self, now: float, limit: int = 1000) -> int:
        """See :meth:`TicketStore.purge <session440.stores.TicketStore.purge>`."""
        forgotten = 0
        with self._lock:
            while forgotten < limit and self._over and self._over[0][0] <= now:
                _, id = heappop(self._over)
                record = self._records.get(id)
                if record is not None and record.keep_until > now:
                    heappush(self._over, (record.keep_until, id))
                elif record is not None:
                    self._forget(id)
                    forgotten += 1
        return forgotten

    def generation(self, id: str) -> str:
        """See :meth:`TicketStore.generation <session440.stores.TicketStore.generation>`."""
        return self._generation

    def generations(self, ids: Sequence[str]) -> dict[str, str]:
        """See :meth:`FindsMany.generations <session440.stores.many.FindsMany.generations>`."""
        return dict.fromkeys(ids, self._generation)

    def time(self) -> float:
        """See :meth:`NodeDirectory.time <session440.stores.nodes.NodeDirectory.time>`."""
        return time()

    def announce(self, node: Node, now: float) -> None:
        """See :meth:`NodeDirectory.announce <session440.stores.nodes.NodeDirectory.announce>`."""
        node = node.heard(now, self.time())
        with self._lock:
            known = self._nodes.get(node.id, node)
            self._nodes[node.id] = node._replace(since=known.since)
            for id, each in [*self._nodes.items()]:
                if each.heard_at < node.heard_at - NODE_STAYS:
                    del self._nodes[id]

    def nodes(self) -> list[Node]:
        """See :meth:`NodeDirectory.nodes <session440.stores.nodes.NodeDirectory.nodes>`."""
        with self._lock:
            return sorted(self._nodes.values(), key=lambda each: each.since)

    def records(self) -> Iterator[Record]:
        """See :meth:`NodeDirectory.records <session440.stores.nodes.NodeDirectory.records>`."""
        with self._lock:
            return iter([*self._records.values()])

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """See :meth:`Notes.note <session440.stores.notes.Notes.note>`."""
        with self._lock:
            known = self._notes.get(key, {}).get(text, -inf)
            if known <= now:  # it goes behind the others
                self._forget_note(key, text)
            if known < keep_until:
                self._notes.setdefault(key, {})[text] = keep_until
                heappush(self._notes_over, (keep_until, key, text))
            self._sweep_notes(now)
        return known <= now

    def notes(self, key: str, now: float) -> list[str]:
        """See :meth:`Notes.notes <session440.stores.notes.Notes.notes>`."""
        with self._lock:
            kept = [*self._notes.get(key, {}).items()]
        return [text for text, keep_until in kept if keep_until > now]

    def move_end(self, id: str, not_after: float | None, keep_until: float) -> bool:
        """See :meth:`Notes.move_end <session440.stores.notes.Notes.move_end>`."""
        with self._lock:
            record = self._records.get(id)
            if record is None or not record.is_live:
                return False
            later = max(record.keep_until, keep_until)
            self._records[id] = record._replace(not_after=not_after, keep_until=later)
            return True

    def end_everybody(self, at: float) -> int:
        """See :meth:`Notes.end_everybody <session440.stores.notes.Notes.end_everybody>`."""
        with self._lock:
            self._generation = with_valid_from(self._generation, at)
            live = [each for each in self._records.values() if each.is_live]
            for each in live:
                self._records[each.id] = each._replace(cause=Cause.REVOKED, ended_at=at)
        return len(live)

    def _sweep_notes(self, now: float) -> None:
        """Forget a few notes that are over; if there are too many, others as well."""
        for _ in range(NOTES_SWEPT):
            if not self._notes_over:
                return
            keep_until, key, text = self._notes_over[0]
            if keep_until > now and len(self._notes_over) <= self._limit:
                return
            heappop(self._notes_over)
            if self._notes.get(key, {}).get(text) == keep_until:  # else it was kept for longer
                self._forget_note(key, text)

    def _forget_note(self, key: str, text: str) -> None:
        texts = self._notes.get(key, {})
        texts.pop(text, None)
        if not texts:
            self._notes.pop(key, None)

    def _note_end(self, record: Record) -> None:
        if len(self._over) > 2 * self._limit:  # most belong to records that were forgotten
            self._over = [(each.keep_until, id) for id, each in self._records.items()]
            heapify(self._over)
        else:
            heappush(self._over, (record.keep_until, record.id))

    def _forget(self, id: str) -> None:
        record = self._records.pop(id)
        ids = self._ids[record.subject]
        del ids[id]
        if not ids:
            del self._ids[record.subject]
