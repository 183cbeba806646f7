"""What is special to logins in SQL databases: their statements, their tables, their outages."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial

import pytest
from patience import PATIENT, SHIPPED
from redis_servers import wait_until
from sqlalchemy import Engine, NullPool, create_engine, event, inspect, text
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable

from session440 import Cause, Ticket
from session440.exceptions import ConfigurationError, StoreError
from session440.stores import Record, SQLStore
from session440.stores.sql_tables import Tables

NOW = 1_800_000_000.0
KEEP = NOW + 100_000
SILENCE = 0.2  # seconds that a store waits for a server that says nothing


def record(id: str = "one", subject: str = "alice", **changes) -> Record:
    ticket = Ticket(id, subject, NOW, NOW, "default", None, "n0de")
    return Record.of(ticket, KEEP)._replace(**changes)


ONE = record()
CALLS = {
    "insert": lambda store: store.insert(ONE),
    "find": lambda store: store.find(ONE.id),
    "touch": lambda store: store.touch(ONE.id, NOW + 1, KEEP),
    "by_subject": lambda store: store.by_subject("alice"),
    "generation": lambda store: store.generation(ONE.id),
    "end": lambda store: store.end(ONE.id, Cause.REVOKED, NOW),
    "purge of nothing": lambda store: store.purge(NOW),
}


@contextmanager
def opened(database, table: str, **options) -> Iterator[SQLStore]:
    with closing(SQLStore(database, table=table, **options)) as store:
        yield store


def execute(sql_url: str, statement: str, **values) -> None:
    """Do behind the store's back what only an administrator would."""
    with create_engine(sql_url, poolclass=NullPool).begin() as connection:
        connection.execute(text(statement), values)


@contextmanager
def heard(name: str) -> Iterator[list[tuple]]:
    """Note what SQLAlchemy tells of an event, of all engines."""
    seen: list[tuple] = []

    def note(*args) -> None:
        seen.append(args)

    event.listen(Engine, name, note)
    try:
        yield seen
    finally:
        event.remove(Engine, name, note)


def statements() -> AbstractContextManager[list[tuple]]:
    """Note what goes through SQLAlchemy."""
    return heard("before_cursor_execute")


def fails(call) -> tuple[int, str]:
    """Have a call fail; return how often it tried its server, and why it failed at last."""
    with heard("do_connect") as connects, statements() as executed:
        with pytest.raises(StoreError) as caught:
            call()
    return len(connects) + len(executed), str(caught.value.__cause__)


def test_a_store_waits_for_a_fifth_of_a_second():
    assert SHIPPED[SQLStore] == SILENCE


# --- one call, one statement


def test_each_call_is_one_statement(sql_url, table):
    with opened(sql_url, table, timeout=PATIENT) as store:
        store.create_tables()
        store.find(ONE.id)
        for name, call in CALLS.items():
            with statements() as seen:
                call(store)
            assert len(seen) == 1, name


def test_no_call_sends_begin_or_commit_to_postgresql(postgresql, table):
    """The server's log shows what it was sent: one statement for each call."""
    with opened(postgresql.url, table, timeout=PATIENT) as store:
        store.find(ONE.id)
        before = len(postgresql.log.read_text())
        for call in CALLS.values():
            call(store)
    log = postgresql.log.read_text()[before:]
    sent = re.findall(r"LOG:  (?:statement|execute [^:]*): (\w+)", log)
    assert sent == ["INSERT", "SELECT", "UPDATE", "SELECT", "SELECT", "UPDATE", "SELECT"]


def test_no_call_sends_begin_or_commit_to_mariadb(mariadb, table):
    """The server counts what it is sent."""
    watch = create_engine(mariadb.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    questions = text("SHOW GLOBAL STATUS LIKE 'Questions'")
    with opened(mariadb.url, table, timeout=PATIENT) as store, watch.connect() as connection:
        store.find(ONE.id)
        before = int(connection.execute(questions).one()[1])
        for call in CALLS.values():
            call(store)
        after = int(connection.execute(questions).one()[1])
    assert after - before - 1 == len(CALLS)


def test_sqlite_runs_in_wal_mode(sqlite_url, table):
    with opened(sqlite_url, table) as store:
        store.insert(ONE)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("statement", vars(Tables("login").statements).values())
def test_every_statement_compiles_for_sql_server(statement):
    assert " LIMIT " not in str(statement.compile(dialect=mssql.dialect()))


def test_the_tables_compile_for_sql_server():
    tables = Tables("login")
    made = str(CreateTable(tables.records).compile(dialect=mssql.dialect()))
    assert "number BIGINT NOT NULL IDENTITY" in made
    assert made.count("DOUBLE PRECISION") == 5
    assert "IDENTITY" not in str(CreateTable(tables.generations).compile(dialect=mssql.dialect()))
    for index in tables.records.indexes:
        assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=mssql.dialect()))


# --- tables

CREATE = """
import sys
from session440.stores import SQLStore
store = SQLStore(sys.argv[1], table=sys.argv[2], timeout=60)
print("ready", flush=True)
sys.stdin.readline()
print(store.generation(""))
store.close()
"""


def test_processes_that_create_the_tables_at_once_all_succeed(sql_url, table):
    """They agree on the generation, and no index is lost."""
    command = [sys.executable, "-W", "error", "-c", CREATE, sql_url, table]
    pipe = partial(subprocess.Popen, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    processes = [pipe(command) for _ in range(5)]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    generations = {process.communicate(timeout=60)[0] for process in processes}
    assert [process.returncode for process in processes] == [0] * 5
    assert len(generations) == 1
    indices = inspect(create_engine(sql_url, poolclass=NullPool)).get_indexes(table)
    assert {f"{table}_by_subject", f"{table}_by_keep_until"} <= {each["name"] for each in indices}


def test_without_create_a_missing_table_is_an_error_that_says_who_creates_it(sql_url, table):
    with opened(sql_url, table, create=False, timeout=PATIENT) as store:
        for call in CALLS.values():
            with pytest.raises(StoreError, match=r"create_tables\(\)"):
                call(store)
        store.create_tables()
        assert store.insert(ONE)


def test_tables_that_were_dropped_are_created_again_as_another_generation(sql_url, table):
    with opened(sql_url, table, timeout=PATIENT) as store:
        store.insert(ONE)
        generation = store.generation(ONE.id)
        execute(sql_url, f"DROP TABLE {table}")
        execute(sql_url, f"DROP TABLE {table}_generation")
        assert store.find(ONE.id) is None
        assert store.generation(ONE.id) != generation


def test_a_generation_survives_a_restart(sql_server, table):
    with opened(sql_server.url, table, timeout=PATIENT) as store:
        store.insert(ONE)
        generation = store.generation(ONE.id)
        sql_server.kill()
        sql_server.start()
        assert store.generation(ONE.id) == generation
        assert store.find(ONE.id) == ONE


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("cause", "unheard-of"),  # by a newer version
        ("subject", "C:\\x"),  # by another program
        ("subject", b"\x80"),
        ("subject", "\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("keep_until", 1e400),
    ],
)
def test_a_row_that_is_no_record_is_not_found_and_is_logged(
    column, value, sqlite_url, table, caplog
):
    with opened(sqlite_url, table) as store:
        store.insert(ONE)
        store.insert(record("two"))
        execute(
            sqlite_url,
            f"UPDATE {table} SET {column} = :value, ended_at = NULL WHERE id = :id",
            value=value,
            id=ONE.id,
        )
        assert store.find(ONE.id) is None
        assert store.by_subject("alice") == [record("two")]
    assert f"row 1 of {table} holds no record" in caplog.text


@pytest.mark.parametrize("value", ["noon", b"\x80\x04\x95"])
def test_what_is_no_time_is_not_found_and_is_logged(value, sqlite_url, table, caplog):
    """Only SQLite lets anything into any column."""
    with opened(sqlite_url, table) as store:
        store.insert(ONE)
        execute(sqlite_url, f"UPDATE {table} SET seen_at = :value", value=value)
        assert store.find(ONE.id) is None
    assert "holds no record" in caplog.text


# --- outages


def test_a_killed_server_is_an_error_at_once_and_a_restarted_one_works_at_once(sql_server, table):
    with opened(sql_server.url, table, timeout=PATIENT) as store:
        store.insert(ONE)
        sql_server.kill()
        try:
            for call in CALLS.values():
                tries, why = fails(partial(call, store))
                assert tries <= 2
                assert "refused" in why, "nobody waited for an answer"
        finally:
            sql_server.start()
        assert store.find(ONE.id) == ONE


def test_a_restart_between_two_calls_is_not_noticed(sql_server, table):
    with opened(sql_server.url, table, timeout=PATIENT) as store:
        store.insert(ONE)
        sql_server.kill()
        sql_server.start()
        assert store.touch(ONE.id, NOW + 1, KEEP)


def test_a_frozen_server_is_tried_once_and_is_an_error_in_time(sql_server, table):
    """On a connection that was open, on a new one, and for a store that never had one."""
    with opened(sql_server.url, table, timeout=PATIENT) as patient:
        patient.insert(ONE)
    used, fresh = (opened(sql_server.url, table, timeout=SILENCE) for _ in range(2))
    with used as store, fresh as unused:
        wait_until(lambda: store.find(ONE.id) == ONE)
        sql_server.freeze()
        try:
            calls = [partial(each, store) for each in CALLS.values()]
            for call in (*calls, partial(unused.find, ONE.id), unused.create_tables):
                tries, why = fails(call)
                assert tries == 1
                assert re.search("no answer in time|timed out", why)
        finally:
            sql_server.thaw()
        wait_until(lambda: store.find(ONE.id) == ONE)


def test_each_wait_of_pymysql_is_as_long_as_the_store_says(mariadb, table):
    with opened(mariadb.url, table, timeout=7) as store:  # its own are 10 s, and for ever
        store.find(ONE.id)
        with store._calls.engine.connect() as connection:
            driver = connection.connection.dbapi_connection
            waits = (driver.connect_timeout, driver._read_timeout, driver._write_timeout)
    assert waits == (7, 7, 7)


def test_nobody_waits_long_for_a_pool_whose_connections_are_all_in_use(table):
    at_work, may_end = threading.Event(), threading.Event()

    def hold(*_) -> None:
        at_work.set()
        may_end.wait(60)

    with opened("sqlite://", table, timeout=SILENCE) as store:  # it has one connection
        store.insert(ONE)
        event.listen(Engine, "before_cursor_execute", hold)
        thread = threading.Thread(target=store.find, args=(ONE.id,))
        thread.start()
        try:
            assert at_work.wait(60)
            with pytest.raises(StoreError) as caught:
                store.find(ONE.id)
        finally:
            may_end.set()
            thread.join()
            event.remove(Engine, "before_cursor_execute", hold)
        assert store.find(ONE.id) == ONE
    assert f"timed out, timeout {SILENCE:.2f}" in str(caught.value.__cause__)


def test_nobody_waits_long_for_another_writer_of_sqlite(sqlite_url, table):
    """Who only reads does not wait at all."""
    path = sqlite_url.removeprefix("sqlite:///")
    with opened(sqlite_url, table, timeout=SILENCE) as store:
        store.insert(ONE)
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            tries, why = fails(partial(store.touch, ONE.id, NOW + 1, KEEP))
            assert tries == 1
            assert "locked" in why
            assert store.find(ONE.id) == ONE
        assert store.touch(ONE.id, NOW + 1, KEEP)
        with store._calls.engine.connect() as connection:
            waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    assert waits == SILENCE * 1000  # milliseconds


def test_an_error_shows_neither_password_nor_parameters(sql_server, table):
    with opened(sql_server.url, table, timeout=PATIENT) as store:
        store.create_tables()
        execute(sql_server.url, f"ALTER TABLE {table} DROP COLUMN node")
        hers = record("one", "wonderland")
        with pytest.raises(StoreError) as caught:
            store.insert(hers)
    shown = "".join(traceback.format_exception(caught.value))
    assert "INSERT INTO" in shown
    assert "wonderland" not in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    "url", ["postgresql+nothing://us:s3cret@127.0.0.1", "us:s3cret", "sqlite://us:s3cret@h:x"]
)
def test_a_url_that_cannot_be_read_is_not_shown(url):
    with pytest.raises(ConfigurationError) as caught:
        SQLStore(url)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


# --- processes and threads

FORK = """
import os, sys
from sqlalchemy import Pool, event
from session440.stores import SQLStore
connects = []
event.listen(Pool, "connect", lambda *_: connects.append(os.getpid()))
store = SQLStore(sys.argv[1], table=sys.argv[2], timeout=60)
generation = store.generation("")
child = os.fork()
assert store.generation("") == generation
store.close()
if child:
    assert connects == [os.getpid()], "the parent keeps its connection"
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert connects == [os.getppid(), os.getpid()], "the child has one of its own"
"""


def test_a_fork_shares_no_connection(sql_url, table):
    command = [sys.executable, "-W", "error", "-c", FORK, sql_url, table]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_engine_of_the_callers_is_used_as_it_is(sql_url, table):
    engine = create_engine(sql_url)
    with opened(engine, table) as store, opened(sql_url, table, timeout=PATIENT) as other:
        assert store.insert(ONE)
        assert engine.pool.checkedin() == 1
        assert other.find(ONE.id) == ONE  # it is committed


def test_purge_touch_and_insert_at_once_disturb_nobody(sql_url, table):
    """They lock rows and indices in different orders; that is not seen."""
    old = [record(f"{each}", keep_until=NOW + each) for each in range(200)]
    with opened(sql_url, table, timeout=PATIENT) as store, ThreadPoolExecutor(8) as threads:
        assert all(threads.map(store.insert, old))
        purges, others = [], []
        for number, each in enumerate(reversed(old)):
            others.append(threads.submit(store.touch, each.id, NOW + 1, each.keep_until + 1))
            others.append(threads.submit(store.insert, record(f"new {number}")))
            if number % 10 == 0:
                purges.append(threads.submit(store.purge, KEEP - 1, 20))
        assert all(isinstance(each.result(), bool) for each in others)
        forgotten = sum(each.result() for each in purges)
        assert forgotten + store.purge(KEEP - 1) == len(old)
        assert len(store.by_subject("alice")) == 200


def test_threads_share_sqlites_memory(table):
    with opened("sqlite://", table, timeout=PATIENT) as store, ThreadPoolExecutor(8) as threads:
        assert all(threads.map(store.insert, [record(f"{each}") for each in range(20)]))
        assert len(store.by_subject("alice")) == 20
