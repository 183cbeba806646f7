"""The tables of :class:`~session440.stores.SQLStore`, and the statements on them."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Double,
    Executable,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    case,
    delete,
    func,
    insert,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ..exceptions import StoreError


class Escaped(TypeDecorator[str]):
    r"""Text as Python escapes it: printable ASCII, in every database and character set.

    MySQL converts text between its character sets, PostgreSQL does not accept ``\0``, and no
    database accepts a lone surrogate. (JSON would turn a pair of them into one character.)
    Other text is read as ``None``, with which a record is not valid.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the value escaped."""
        return None if value is None else value.encode("unicode_escape").decode("ascii")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the value read back, or ``None`` if it is not such text."""
        if not isinstance(value, str):  # SQLite lets anything into any column
            return None
        if value.isascii() and "\\" not in value:
            return value
        try:
            return value.encode("ascii").decode("unicode_escape")
        except (UnicodeError, DeprecationWarning):  # the latter for one backslash too many
            return None


class Epoch(FunctionElement[float]):
    """The database's own time, in UTC epoch seconds."""

    name = "epoch"
    inherit_cache = True
    type = Double()

    #: By dialect; standard SQL has no expression for it.
    TEXTS: ClassVar = {
        "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
        "postgresql": "extract(epoch from clock_timestamp())",
        "mysql": "unix_timestamp(sysdate(6))",
        "mssql": "datediff_big(millisecond, '1970-01-01', sysutcdatetime()) / 1000.0",
    }


@compiles(Epoch)
def _compile_epoch(element: Epoch, compiler: Any, **kwargs: Any) -> str:
    dialect = compiler.dialect.name
    return Epoch.TEXTS["mysql" if dialect == "mariadb" else dialect]


class Tables:
    """Three tables: of records, of the name of their generation, and of nodes."""

    def __init__(self, name: str) -> None:
        metadata = MetaData()
        self.records = Table(name, metadata, *_record_columns())
        own = self.records.c
        Index(f"{name}_by_subject", own.subject_digest, own.number)
        Index(f"{name}_by_keep_until", own.keep_until)
        self.generations = Table(
            f"{name}_generation",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("token", String(32), nullable=False),
        )
        self.nodes = Table(
            f"{name}_member",  # the old name: databases have it already
            metadata,
            Column("id", String(32), primary_key=True),
            Column("words", Text, nullable=False),
            Column("since", Double, nullable=False),
            Column("heard_at", Double, nullable=False),
        )
        self.statements = Statements(self.records, self.generations, self.nodes)

    def exist(self, connection: Connection) -> bool:
        """Return whether all tables exist."""
        database = inspect(connection)
        tables = (self.records, self.generations, self.nodes)
        return all(database.has_table(each.name) for each in tables)

    def create(self, connection: Connection) -> str:
        """Create what is missing; other processes may do the same at the same time.

        Return the name of the generation; ``""`` if another process gave it just now.
        """
        tables = (self.generations, self.nodes)
        parts: list[Table | Index] = [self.records, *self.records.indexes, *tables]
        for each in parts:
            create(each, connection)
        known = connection.scalar(self.statements.generation)
        if known is not None:
            return str(known)
        token = secrets.token_hex(4)
        try:
            connection.execute(insert(self.generations), {"number": 1, "token": token})
        except IntegrityError:
            return ""  # another process was faster: its token counts
        return token


class Statements:
    """Every statement on the tables, built once. Each is one round trip."""

    def __init__(self, records: Table, generations: Table, nodes: Table) -> None:
        own = records.c
        is_it, is_live = own.id == bindparam("stored"), own.ended_at.is_(None)
        self.find = select(records).where(is_it)
        self.insert = insert(records).inline()  # nobody asks for the number
        self.begin = _insert_in(generations, records)
        self.touch = (
            update(records)
            .where(is_it, is_live)
            .values(seen_at=_later(own.seen_at, "seen"), keep_until=_later(own.keep_until, "keep"))
        )
        self.end = (
            update(records)
            .where(is_it, is_live)
            .values(cause=bindparam("why"), ended_at=bindparam("at"))
        )
        self.move_end = (
            update(records)
            .where(is_it, is_live)
            .values(not_after=bindparam("end"), keep_until=_later(own.keep_until, "keep"))
        )
        self.by_subject = (
            select(records)
            .where(own.subject_digest == bindparam("digest"), is_live)
            .order_by(own.number)
        )
        self._of_generations(generations)
        self._of_all(records)
        self._of_purging(records)
        self._of_nodes(nodes)

    def _of_generations(self, generations: Table) -> None:
        own = generations.c
        self.generation = select(own.token).where(own.number == 1)
        self.rename = (
            update(generations)
            .where(own.number == 1, own.token == bindparam("former"))
            .values(token=bindparam("name"))
        )

    def _of_all(self, records: Table) -> None:
        own = records.c
        is_among = own.id.in_(bindparam("ids", expanding=True))
        self.find_many = select(records).where(is_among)
        is_live = own.ended_at.is_(None)
        # By their order, because clocks differ; and those that were begun while this was read.
        is_former = or_(own.number <= bindparam("last"), own.issued_at < bindparam("at"))
        self.some = (
            select(records)
            .where(own.number > bindparam("after"))
            .order_by(own.number)
            .limit(bindparam("most"))
        )
        self.last = select(func.max(own.number))
        is_next = own.number > bindparam("after")
        # By the records, of which some are live: no statement reads more than so many.
        self.edge = (
            select(own.number)
            .where(is_next)
            .order_by(own.number)
            .limit(1)
            .offset(bindparam("most"))
        )
        self.end_former = (
            update(records)
            .where(is_next, own.number <= bindparam("edge"), is_former, is_live)
            .values(cause=bindparam("why"), ended_at=bindparam("at"))
        )

    def _of_purging(self, records: Table) -> None:
        own = records.c
        is_over = own.keep_until <= bindparam("now")
        self.over = (
            select(own.number).where(is_over).order_by(own.keep_until).limit(bindparam("most"))
        )
        # The condition again: there may have been a touch in between.
        self.forget = delete(records).where(
            own.number.in_(bindparam("numbers", expanding=True)), is_over
        )

    def _of_nodes(self, nodes: Table) -> None:
        own = nodes.c
        self.time = select(Epoch())
        self.join = insert(nodes)
        self.hear = (
            update(nodes)
            .where(own.id == bindparam("node"))
            .values(words=bindparam("said"), heard_at=bindparam("at"))
        )
        self.dismiss = delete(nodes).where(own.heard_at < bindparam("before"))
        self.nodes = select(nodes).order_by(own.since)


def _record_columns() -> list[Column[Any]]:
    return [
        # The order of insertion. SQLite counts up only an INTEGER.
        Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("id", String(32), nullable=False, unique=True),
        Column("subject_digest", String(32), nullable=False),
        Column("subject", Escaped, nullable=False),
        Column("issued_at", Double, nullable=False),
        Column("seen_at", Double, nullable=False),
        Column("policy", Escaped, nullable=False),
        Column("not_after", Double),
        Column("node", Escaped, nullable=False),
        Column("keep_until", Double, nullable=False),
        Column("cause", String(32)),
        Column("ended_at", Double),
    ]


def _insert_in(generations: Table, records: Table) -> Executable:
    """Return the INSERT of a record into one generation; into another nothing is inserted.

    The lock, where a database has it, makes whoever changes the generation wait until what was
    inserted into the former one can be seen, and ended.
    """
    columns = [each for each in records.columns if each.name != "number"]
    values = [bindparam(each.name, type_=each.type) for each in columns]
    there = select(*values).where(
        generations.c.number == 1, generations.c.token == bindparam("token")
    )
    found = insert(records).from_select(columns, there.with_for_update(read=True)).inline()
    # Without it nobody learns how many rows an INSERT has inserted.
    return found.execution_options(preserve_rowcount=True)


def _later(column: Column[Any], name: str) -> ColumnElement[Any]:
    """Return the later of the kept and the given time; not all databases have GREATEST."""
    given = bindparam(name, type_=column.type)
    return case((column < given, given), else_=column)


def lacking(tables: str) -> StoreError:
    """Return the error of a store that must not create what is missing."""
    return StoreError(
        f"there is no table {tables}; "
        "SQLStore.create_tables() creates them, and so does a store without create=False"
    )


def create(part: Table | Index, connection: Connection) -> None:
    """Create a table or an index, unless it is there."""
    try:
        part.create(connection, checkfirst=True)
    except DBAPIError:
        # Another process created it after this one had looked: PostgreSQL then fails even with
        # IF NOT EXISTS, and MySQL has no such clause for an index. The second look sees it.
        part.create(connection, checkfirst=True)
