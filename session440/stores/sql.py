"""Logins in a relational database, through SQLAlchemy."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Executable
from sqlalchemy.exc import IntegrityError

from ..cause import Cause
from ..core.record import Record, digest
from ..exceptions import StoreError
from .many import batches
from .nodes import NODE_STAYS, Node
from .notes import as_kept, with_valid_from
from .reading import read_record
from .sql_access import open_accesses
from .sql_calls import SQLCalls
from .sql_notes import SQLNotes
from .sql_tables import Tables, lacking

#: How many numbers one DELETE names. SQL Server takes at most 2100 parameters.
_BATCH = 1000
#: A number that no record reaches.
_ENDLESS = 2**63 - 1
#: How many characters of a generation's name it keeps.
_TOKEN = 32
#: How often a login is inserted into a generation that has just been renamed.
_TRIES = 5


class SQLStore:
    """Keeps logins in SQLite, PostgreSQL, MySQL, MariaDB, or another database of SQLAlchemy.

    SQLite runs in WAL mode. Every call except :meth:`purge` is one statement and one round
    trip, and commits itself. A call that fails at once is tried once more, so that a restarted
    server or a deadlock does no harm; :meth:`find`, whose first try is made without
    SQLAlchemy's Core, is tried twice more.

    With SQLite, psycopg and PyMySQL, connections and statements wait *timeout* at most. Other
    drivers have no such deadline: give an engine with the ``connect_args`` that they do have.
    The look-up of a host's name has no deadline either.

    :param database: a URL, or an engine, which is used as it is: its owner chooses its pool,
        its timeouts, and what it does at a fork.
    :param table: the name of the table of logins; the names of the others begin with it.
    :param timeout: seconds to wait for a connection of the pool, for a new one, and for each
        statement.
    :param create: whether to create missing tables; otherwise call :meth:`create_tables`.
    """

    def __init__(
        self,
        database: str | URL | Engine,
        *,
        table: str = "session440_ticket",
        timeout: float = 0.2,
        create: bool = True,
    ) -> None:
        self._tables = Tables(table)
        self._say = self._tables.statements
        accesses = open_accesses(database, timeout, self._say.find)
        if accesses.is_ours:
            weakref.finalize(self, accesses.in_threads.engine.dispose)
        #: Whether coroutines await; see :mod:`session440.stores.awaiting`.
        self.awaits = accesses.awaits
        self._calls = SQLCalls(accesses, self._say.find, timeout, self._prepare)
        self._rows, self._count = self._calls.rows, self._calls.count
        self._notes = SQLNotes(table, self._calls, create)
        self._may_create = create
        self._token = ""  # the generation, as it was when it was last read

    def create_tables(self) -> None:
        """Create the tables and indices that are missing."""
        self._calls(self._tables.create)
        self._calls(self._notes.create)

    def is_made(self) -> bool:
        """Return whether its tables exist; this creates nothing, not even a file.

        :raises StoreError: if the database is out, or if tables are missing that this store
            must not create.
        """
        url = self._calls.engine.url
        path = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        if path and not path.exists() and path.parent.is_dir():
            return False
        made = self._calls(self._tables.exist)
        if not made and not self._may_create:
            raise self._lacking()
        return made

    def close(self) -> None:
        """Close the connections of the pool. The next call opens new ones."""
        self._calls.engine.dispose()

    def find(self, id: str) -> Record | None:
        """See :meth:`TicketStore.find <session440.stores.TicketStore.find>`."""
        row = self._calls.row(id)
        return None if row is None else self._read(row)

    def find_many(self, ids: Sequence[str]) -> dict[str, Record]:
        """See :meth:`FindsMany.find_many <session440.stores.many.FindsMany.find_many>`."""
        found = [self._records(self._say.find_many, ids=each) for each in batches(ids, _BATCH)]
        return {each.id: each for records in found for each in records}

    def insert(self, record: Record) -> bool:
        """See :meth:`TicketStore.insert <session440.stores.TicketStore.insert>`."""
        try:
            return self._begin(record) if record.is_live else self._keep(record)
        except IntegrityError:
            return False

    def _begin(self, record: Record) -> bool:
        """Insert a live record; if everybody has been revoked since it was issued, it is over."""
        for _ in range(_TRIES):
            token = self._token or self.generation(record.id)
            kept = as_kept(record, token)
            if not kept.is_live:
                return self._keep(kept)
            if self._count(self._say.begin, token=token, **_values(record)) == 1:
                return True
            self._token = ""
        raise StoreError(f"the table {self._tables.generations.name} changes all the time")

    def _keep(self, tombstone: Record) -> bool:
        self._count(self._say.insert, **_values(tombstone))
        return True

    def touch(self, id: str, seen_at: float, keep_until: float) -> bool:
        """See :meth:`TicketStore.touch <session440.stores.TicketStore.touch>`."""
        return self._count(self._say.touch, stored=id, seen=seen_at, keep=keep_until) == 1

    def end(self, id: str, cause: Cause | None, at: float) -> bool:
        """See :meth:`TicketStore.end <session440.stores.TicketStore.end>`."""
        return self._count(self._say.end, stored=id, why=cause, at=at) == 1

    def by_subject(self, subject: str) -> list[Record]:
        """See :meth:`TicketStore.by_subject <session440.stores.TicketStore.by_subject>`."""
        return self._records(self._say.by_subject, digest=digest(subject))

    def purge(self, now: float, limit: int = _BATCH) -> int:
        """See :meth:`TicketStore.purge <session440.stores.TicketStore.purge>`."""
        over = self._rows(self._say.over, now=now, most=min(limit, _BATCH))
        # Always in the same order, so that two processes that purge cannot deadlock.
        numbers = sorted(each["number"] for each in over)
        return self._count(self._say.forget, numbers=numbers, now=now) if numbers else 0

    def generation(self, id: str) -> str:
        """See :meth:`TicketStore.generation <session440.stores.TicketStore.generation>`."""
        rows = self._rows(self._say.generation)
        if not rows:
            self._calls.prepare_again()
            raise StoreError(f"the table {self._tables.generations.name} is empty")
        self._token = str(rows[0]["token"])
        return self._token

    def generations(self, ids: Sequence[str]) -> dict[str, str]:
        """See :meth:`FindsMany.generations <session440.stores.many.FindsMany.generations>`."""
        return dict.fromkeys(ids, self.generation("")) if ids else {}

    def time(self) -> float:
        """See :meth:`NodeDirectory.time <session440.stores.nodes.NodeDirectory.time>`."""
        return float(next(iter(self._rows(self._say.time)[0].values())))

    def announce(self, node: Node, now: float) -> None:
        """See :meth:`NodeDirectory.announce <session440.stores.nodes.NodeDirectory.announce>`."""
        node = node.heard(now, self.time())
        said = {"words": node.words, "heard_at": node.heard_at}
        if not self._hear(node):
            try:
                self._count(self._say.join, id=node.id, since=node.heard_at, **said)
            except IntegrityError:
                self._hear(node)  # another process of this node was faster
        self._count(self._say.dismiss, before=node.heard_at - NODE_STAYS)

    def _hear(self, node: Node) -> int:
        return self._count(self._say.hear, node=node.id, said=node.words, at=node.heard_at)

    def nodes(self) -> list[Node]:
        """See :meth:`NodeDirectory.nodes <session440.stores.nodes.NodeDirectory.nodes>`."""
        rows = self._rows(self._say.nodes)
        found = [Node.parse(each["words"], each["since"], each["heard_at"]) for each in rows]
        return [each for each in found if each is not None]

    def records(self) -> Iterator[Record]:
        """See :meth:`NodeDirectory.records <session440.stores.nodes.NodeDirectory.records>`."""
        after = 0
        while rows := self._rows(self._say.some, after=after, most=_BATCH):
            after = rows[-1]["number"]
            yield from [each for each in map(self._read, rows) if each is not None]

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """See :meth:`Notes.note <session440.stores.notes.Notes.note>`."""
        return self._notes.note(key, text, keep_until, now)

    def notes(self, key: str, now: float) -> list[str]:
        """See :meth:`Notes.notes <session440.stores.notes.Notes.notes>`."""
        return self._notes.notes(key, now)

    def move_end(self, id: str, not_after: float | None, keep_until: float) -> bool:
        """See :meth:`Notes.move_end <session440.stores.notes.Notes.move_end>`."""
        return self._count(self._say.move_end, stored=id, end=not_after, keep=keep_until) == 1

    def end_everybody(self, at: float) -> int:
        """See :meth:`Notes.end_everybody <session440.stores.notes.Notes.end_everybody>`."""
        last = next(iter(self._rows(self._say.last)[0].values())) or 0
        self._void_before(at)
        end = {"last": last, "at": at, "why": Cause.REVOKED}
        edge = ended = 0
        while edge < _ENDLESS:
            after, edge = edge, self._edge(edge)
            ended += self._count(self._say.end_former, after=after, edge=edge, **end)
        return ended

    def _edge(self, after: int) -> int:
        """Return the number of a record that comes a batch after another one."""
        rows = self._rows(self._say.edge, after=after, most=_BATCH)
        return int(rows[0]["number"]) if rows else _ENDLESS

    def _void_before(self, at: float) -> None:
        """Keep the moment in the name of the generation; others may do so at the same time."""
        while (name := with_valid_from(former := self.generation(""), at, _TOKEN)) != former:
            if self._count(self._say.rename, former=former, name=name):
                self._token = name

    def _records(self, statement: Executable, **values: Any) -> list[Record]:
        records = [self._read(each) for each in self._rows(statement, **values)]
        return [each for each in records if each is not None]

    def _read(self, row: Mapping[Any, Any]) -> Record | None:
        return read_record(row, f"row {row['number']} of {self._tables.records.name}")

    def _prepare(self, connection: Connection) -> None:
        if self._may_create:
            self._token = self._tables.create(connection)
        elif not self._tables.exist(connection):
            raise self._lacking()

    def _lacking(self) -> StoreError:
        return lacking(f"{self._tables.records.name}, or one that belongs to it is missing")


def _values(record: Record) -> dict[str, Any]:
    return {**record._asdict(), "subject_digest": digest(record.subject)}
