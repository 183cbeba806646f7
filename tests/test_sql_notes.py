"""Notes in SQL databases, which have a table of their own; and everybody out there."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager

import pytest
from patience import PATIENT
from sqlalchemy import Engine, NullPool, create_engine, event, inspect, text
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable

from session440 import Cause, Ticket
from session440.exceptions import StoreError
from session440.stores import Record, SQLStore
from session440.stores.sql_notes import SQLNotes
from session440.stores.sql_tables import Tables

NOW = 1_800_000_000.0
KEEP = NOW + 100_000


def record(id: str = "one", subject: str = "alice", **changes) -> Record:
    ticket = Ticket(id, subject, NOW, NOW, "default", None, "n0de")
    return Record.of(ticket, KEEP)._replace(**changes)


ONE = record()


@contextmanager
def opened(database, table: str, **options) -> Iterator[SQLStore]:
    with closing(SQLStore(database, table=table, timeout=PATIENT, **options)) as store:
        yield store


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note what goes through SQLAlchemy."""
    seen: list[str] = []

    def note(connection, cursor, statement, *more) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def tables(url: str, name: str) -> set[str]:
    found = inspect(create_engine(url, poolclass=NullPool)).get_table_names()
    return {each.removeprefix(name) for each in found if each.startswith(name)}


FORMER = {"", "_generation", "_member"}


def use(store: SQLStore) -> None:
    """Do all that a site does that keeps no notes."""
    store.insert(ONE)
    store.find(ONE.id)
    store.touch(ONE.id, NOW + 1, KEEP)
    store.by_subject("alice")
    store.generation(ONE.id)
    store.end(ONE.id, None, NOW)
    store.purge(KEEP)


def test_a_site_without_notes_gets_no_table_of_them(sql_url, table):
    with opened(sql_url, table) as store:
        use(store)
        store.end_everybody(NOW)
    assert tables(sql_url, table) == FORMER


def test_a_database_of_the_former_version_works_on_and_gets_its_notes_when_one_is_written(
    sql_url, table
):
    with opened(sql_url, table) as store:
        use(store)
    with opened(sql_url, table) as store:
        assert store.notes("sid:1", NOW) == []
        assert store.note("sid:1", "one", KEEP, NOW)
    assert tables(sql_url, table) == {*FORMER, "_note"}


def test_who_must_create_no_table_is_told_which_one_is_missing_when_a_note_is_written(
    sql_url, table
):
    """And not before: a site without notes goes on as it was."""
    with opened(sql_url, table) as store:
        store.find("")
    with opened(sql_url, table, create=False) as store:
        assert store.is_made()
        use(store)
        store.insert(record("two"))
        assert store.move_end(record("two").id, KEEP, KEEP)
        assert store.end_everybody(NOW + 1) == 1
        for call in (
            lambda: store.note("sid:1", "one", KEEP, NOW),
            lambda: store.notes("sid:1", NOW),
        ):
            with pytest.raises(StoreError, match=rf"no table {table}_note; .*create_tables\(\)"):
                call()
        store.create_tables()
        assert store.note("sid:1", "one", KEEP, NOW)
        assert store.notes("sid:1", NOW) == ["one"]


def test_a_table_of_notes_that_was_dropped_is_created_again(sql_url, table):
    with opened(sql_url, table) as store:
        store.note("sid:1", "one", KEEP, NOW)
        with create_engine(sql_url, poolclass=NullPool).begin() as connection:
            connection.execute(text(f"DROP TABLE {table}_note"))
        assert store.notes("sid:1", NOW) == []
        assert store.note("sid:1", "one", KEEP, NOW)


def test_a_note_and_the_notes_of_a_key_take_few_statements(sql_url, table):
    with opened(sql_url, table) as store:
        store.find("")
        for number in range(10):
            store.note("sid:1", f"{number}", NOW + 10, NOW)
        for call, count in (
            (lambda: store.note("sid:2", "one", KEEP, NOW), 2),
            (lambda: store.note("sid:2", "two", KEEP, NOW + 20), 3),  # some are over
            (lambda: store.notes("sid:2", NOW), 1),
            (lambda: store.move_end(ONE.id, None, KEEP), 1),
        ):
            with statements() as seen:
                call()
            assert len(seen) == count


def test_all_are_ended_in_batches(sqlite_url, table):
    """However many records there are, live or not, each statement reads few of them."""
    with opened(sqlite_url, table) as store:
        for number in range(2500):
            store.insert(record(f"{number}"))
        with statements() as seen:
            assert store.end_everybody(NOW + 1) == 2500
        updates = [each for each in seen if each.startswith(f"UPDATE {table} ")]
        assert len(updates) == 3
        assert len(seen) <= 12
        assert store.by_subject("alice") == []


def test_a_login_is_inserted_in_one_statement_and_its_lock_holds_up_who_revokes_everybody(
    sql_url, table
):
    """One whose INSERT is under way is ended as well: who revokes waits until it can be seen."""
    with opened(sql_url, table) as store, ThreadPoolExecutor(1) as pool:
        values = {**ONE._asdict(), "subject_digest": "0" * 32, "token": store.generation("")}
        with create_engine(sql_url, poolclass=NullPool).begin() as connection:
            say = Tables(table).statements
            assert connection.execute(say.begin, values).rowcount == 1
            revoking = pool.submit(store.end_everybody, NOW + 1)
            wait([revoking], timeout=0.5)  # if nothing holds it up, it is done by then
        assert revoking.result(60) == 1
        assert store.find(ONE.id).cause is Cause.REVOKED


def test_a_name_of_a_generation_that_fills_its_column_has_room_for_the_moment(sql_url, table):
    """An administrator may have given it."""
    with opened(sql_url, table) as store:
        store.find("")
        with create_engine(sql_url, poolclass=NullPool).begin() as connection:
            connection.execute(text(f"UPDATE {table}_generation SET token = '{'x' * 32}'"))
        store.end_everybody(NOW + 0.1234567)
        assert store.generation("").endswith(f"x@{NOW + 0.1234567!r}")
        assert len(store.generation("")) == 32


def test_everything_compiles_for_sql_server():
    notes, dialect = SQLNotes("login", None, True), mssql.dialect()
    made = str(CreateTable(notes.table).compile(dialect=dialect))
    assert "number BIGINT NOT NULL IDENTITY" in made
    assert "UNIQUE (key_digest, text_digest)" in made
    for index in notes.table.indexes:
        assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))
    for statement in vars(notes.statements).values():
        assert " LIMIT " not in str(statement.compile(dialect=dialect))
    begin = str(Tables("login").statements.begin.compile(dialect=dialect))
    assert "FOR SHARE" not in begin
    assert "LOCK IN" not in begin
