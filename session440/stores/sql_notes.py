"""Notes in a relational database: a table that is created when the first one is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Executable,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ..core.record import digest
from .notes import NOTES_SWEPT
from .sql_tables import Escaped, create, lacking

T = TypeVar("T")


class Database(Protocol):
    """Runs what is asked of its tables, and raises a ``StoreError`` if it fails."""

    def __call__(self, work: Callable[[Connection], T]) -> T:
        """Return the result of *work*."""


class SQLNotes:
    """The notes of a :class:`~session440.stores.SQLStore`.

    :param may_create: whether to create the table if it is missing.
    """

    def __init__(self, name: str, database: Database, may_create: bool) -> None:
        self.table = Table(
            f"{name}_note",
            MetaData(),
            Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
            Column("key_digest", String(32), nullable=False),
            Column("text_digest", String(32), nullable=False),
            Column("text", Escaped, nullable=False),
            Column("keep_until", Double, nullable=False),
            UniqueConstraint("key_digest", "text_digest", name=f"{name}_note_once"),
        )
        self._index = Index(f"{name}_note_by_keep_until", self.table.c.keep_until)
        self.statements = self._say = NoteStatements(self.table)
        self._database = database
        self._may_create = may_create
        self._has_table = False

    def create(self, connection: Connection) -> None:
        """Create what is missing; other processes may do the same at the same time."""
        create(self.table, connection)
        create(self._index, connection)

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """See :meth:`Notes.note <session440.stores.notes.Notes.note>`."""
        own = {"own_key": digest(key), "own_text": digest(text)}
        self._sweep(now)  # first: if it fails, nothing has been kept
        is_new = self._insert(key, text, keep_until)
        if not is_new and self._count(self._say.forget_one, now=now, **own):
            is_new = self._insert(key, text, keep_until)
        if not is_new:
            self._count(self._say.extend, keep=keep_until, **own)
        return is_new

    def notes(self, key: str, now: float) -> list[str]:
        """See :meth:`Notes.notes <session440.stores.notes.Notes.notes>`."""
        rows = self._rows(self._say.kept, own_key=digest(key), now=now)
        return [each["text"] for each in rows if each["text"] is not None]

    def _insert(self, key: str, text: str, keep_until: float) -> bool:
        digests = {"key_digest": digest(key), "text_digest": digest(text)}
        try:
            self._count(self._say.insert, text=text, keep_until=keep_until, **digests)
        except IntegrityError:
            return False
        return True

    def _sweep(self, now: float) -> None:
        """Forget a few that are over, always in the same order, so that nobody deadlocks."""
        numbers = sorted(each["number"] for each in self._rows(self._say.over, now=now))
        if numbers:
            self._count(self._say.forget, numbers=numbers, now=now)

    def _rows(self, statement: Executable, **values: Any) -> Sequence[RowMapping]:
        return self._ask(lambda connection: connection.execute(statement, values).mappings().all())

    def _count(self, statement: Executable, **values: Any) -> int:
        return self._ask(lambda connection: connection.execute(statement, values).rowcount)

    def _ask(self, work: Callable[[Connection], T]) -> T:
        def prepared(connection: Connection) -> T:
            try:
                self._prepare(connection)
                return work(connection)
            except IntegrityError:
                raise
            except Exception:
                self._has_table = False  # another database may be in its place now
                raise

        return self._database(prepared)

    def _prepare(self, connection: Connection) -> None:
        if self._has_table:
            return
        if self._may_create:
            self.create(connection)
        elif not inspect(connection).has_table(self.table.name):
            raise lacking(self.table.name)
        self._has_table = True


class NoteStatements:
    """Every statement on the table, built once. Each is one round trip."""

    def __init__(self, table: Table) -> None:
        own = table.c
        is_it = (own.key_digest == bindparam("own_key"), own.text_digest == bindparam("own_text"))
        is_over = own.keep_until <= bindparam("now")
        self.insert = insert(table).inline()  # nobody asks for the number
        self.extend = (
            update(table)
            .where(*is_it, own.keep_until < bindparam("keep"))
            .values(keep_until=bindparam("keep"))
        )
        self.kept = (
            select(own.text)
            .where(own.key_digest == bindparam("own_key"), own.keep_until > bindparam("now"))
            .order_by(own.number)
        )
        self.forget_one = delete(table).where(*is_it, is_over)
        self.over = select(own.number).where(is_over).order_by(own.keep_until).limit(NOTES_SWEPT)
        self.forget = delete(table).where(
            own.number.in_(bindparam("numbers", expanding=True)), is_over
        )
