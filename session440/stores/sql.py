"""Logins in a relational database, through SQLAlchemy."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Executable, RowMapping
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ..cause import Cause
from ..core.record import Record, digest
from ..exceptions import StoreError
from .nodes import NODE_STAYS, Node
from .notes import as_kept, with_valid_from
from .reading import read_record
from .sql_engine import open_engine
from .sql_lookup import DRIVERS, LookUp, is_watched
from .sql_notes import SQLNotes
from .sql_tables import Tables, lacking

T = TypeVar("T")

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
        self._engine: Engine
        if isinstance(database, Engine):
            self._engine = database.execution_options(isolation_level="AUTOCOMMIT")
        else:
            self._engine = open_engine(database, timeout)
            weakref.finalize(self, self._engine.dispose)
        self._failures = (SQLAlchemyError, OSError, self._engine.dialect.loaded_dbapi.Error)
        self._tables = Tables(table)
        self._notes = SQLNotes(table, self._patiently, create)
        self._say = self._tables.statements
        is_known = not isinstance(database, Engine) and self._engine.dialect.driver in DRIVERS
        self._look_up = LookUp(self._engine, self._say.find) if is_known else None
        self._timeout = timeout
        self._may_create = create
        self._has_tables = False
        self._token = ""  # the generation, as it was when it was last read

    def create_tables(self) -> None:
        """Create the tables and indices that are missing."""
        self._patiently(self._tables.create)
        self._patiently(self._notes.create)

    def is_made(self) -> bool:
        """Return whether its tables exist; this creates nothing, not even a file.

        :raises StoreError: if the database is out, or if tables are missing that this store
            must not create.
        """
        url = self._engine.url
        path = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        if path and not path.exists() and path.parent.is_dir():
            return False
        made = self._patiently(self._tables.exist)
        if not made and not self._may_create:
            raise self._lacking()
        return made

    def close(self) -> None:
        """Close the connections of the pool. The next call opens new ones."""
        self._engine.dispose()

    def find(self, id: str) -> Record | None:
        """See :meth:`TicketStore.find <session440.stores.TicketStore.find>`."""
        if self._look_up is not None and self._has_tables and not is_watched(self._engine):
            started = monotonic()
            try:
                row = self._look_up.row(id)
            except self._failures as error:
                self._fail(error, started, may_retry=True)
            else:
                return None if row is None else self._read(row)
        return next(iter(self._records(self._say.find, stored=id)), None)

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
            self._has_tables = False
            raise StoreError(f"the table {self._tables.generations.name} is empty")
        self._token = str(rows[0]["token"])
        return self._token

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

    def _rows(self, statement: Executable, **values: Any) -> Sequence[RowMapping]:
        return self._ask(lambda connection: connection.execute(statement, values).mappings().all())

    def _count(self, statement: Executable, **values: Any) -> int:
        return self._ask(lambda connection: connection.execute(statement, values).rowcount)

    def _ask(self, work: Callable[[Connection], T]) -> T:
        def prepared(connection: Connection) -> T:
            if not self._has_tables:
                self._prepare(connection)
            return work(connection)

        return self._patiently(prepared)

    def _prepare(self, connection: Connection) -> None:
        if self._may_create:
            self._token = self._tables.create(connection)
        elif not self._tables.exist(connection):
            raise self._lacking()
        self._has_tables = True

    def _lacking(self) -> StoreError:
        return lacking(f"{self._tables.records.name}, or one that belongs to it is missing")

    def _patiently(self, work: Callable[[Connection], T], may_retry: bool = True) -> T:
        """Return the result of *work*, which is tried once more if it fails at once.

        It fails at once if a pooled connection is dead, because its server was restarted, or if
        the statement loses a deadlock. Nothing is done twice, unless the server died between a
        commit and its answer.
        """
        started = monotonic()
        try:
            with self._engine.connect() as connection:
                return work(connection)
        except IntegrityError:
            raise
        except self._failures as error:
            self._fail(error, started, may_retry)
        return self._patiently(work, may_retry=False)

    def _fail(self, error: Exception, started: float, may_retry: bool) -> None:
        """Raise a :class:`StoreError`, unless what failed has failed at once and may be retried."""
        self._has_tables = False  # another database may be in its place now
        if not may_retry or monotonic() - started > self._timeout / 2:
            raise StoreError(self._complaint(error)) from error

    def _complaint(self, error: Exception) -> str:
        """Return the kind of failure; the driver's text, which may show values, is chained."""
        kind = type(getattr(error, "orig", None) or error).__name__
        return f"{self._engine.dialect.name} fails, or is too slow: {kind}"


def _values(record: Record) -> dict[str, Any]:
    return {**record._asdict(), "subject_digest": digest(record.subject)}
