"""A find by the driver's own cursor does what SQLAlchemy's Core would, in failure too."""

from __future__ import annotations

import itertools
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import PATIENT
from redis_servers import wait_until
from sqlalchemy import Engine, NullPool, Pool, create_engine, event, text

from session440 import Cause, Ticket
from session440.exceptions import StoreError
from session440.stores import Record, SQLStore, stored_id
from session440.stores.sql_lookup import LookUp, is_watched

NOW = 1_800_000_000.0
SILENCE = 0.2  # seconds that a store waits for a server that says nothing


def record(id: str = "one", subject: str = "alice") -> Record:
    return Record.of(Ticket(id, subject, NOW, NOW, "default", None, "n0de"), NOW + 100_000)


ONE = record()


@contextmanager
def opened(database, table: str, timeout: float = PATIENT) -> Iterator[SQLStore]:
    """Open a store that knows its tables, with one login."""
    with closing(SQLStore(database, table=table, timeout=timeout)) as store:
        wait_until(lambda: store.insert(ONE) or store.find(ONE.id))
        yield store


@contextmanager
def heard(target, name: str) -> Iterator[list[tuple]]:
    seen: list[tuple] = []

    def note(*args) -> None:
        seen.append(args)

    event.listen(target, name, note)
    try:
        yield seen
    finally:
        event.remove(target, name, note)


@pytest.fixture
def looked_up(monkeypatch) -> list[str]:
    """Note each look-up by the driver's own cursor."""
    seen: list[str] = []
    row = LookUp.row

    def noting(look_up, id: str):
        seen.append(id)
        return row(look_up, id)

    monkeypatch.setattr(LookUp, "row", noting)
    return seen


# --- what it finds

texts = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["zoë", "\N{GRINNING FACE}", "\ud83d", "\0", "a\\x41", "\\", "'; --", "%s %(stored)s ?"]
)
times = st.floats(0, 4e9) | st.sampled_from([0.1 + 0.2, 1e-300, 1_800_000_000.123456])
ends = st.tuples(st.sampled_from([None, *Cause]), times) | st.just((None, None))
texts_and_times = st.tuples(texts, times, times, texts, st.none() | times, texts, times)


def test_the_driver_finds_what_core_finds(sql_url, table, looked_up):
    """Whatever the record: its text, its times, what it has not."""
    numbers = itertools.count()
    with opened(sql_url, table) as store:

        @settings(max_examples=60, deadline=None, database=None)
        @given(texts_and_times, ends)
        def agrees(values: tuple, end: tuple) -> None:
            kept = Record(stored_id(f"{next(numbers)}"), *values, *end)
            assert store.insert(kept)
            looked_up.clear()
            assert store.find(kept.id) == kept
            assert looked_up == [kept.id]
            with heard(Engine, "before_cursor_execute") as statements:
                assert store.find(kept.id) == kept
            assert (len(statements), looked_up) == (1, [kept.id])

        agrees()
        assert store.find("f" * 32) is None


def test_the_id_is_a_value_and_no_sql(sql_url, table):
    with opened(sql_url, table) as store:
        assert store.find("' OR '1'='1") is None


def test_an_engine_of_the_callers_runs_every_statement_itself(sql_url, table, looked_up):
    """Its events, its options and its transactions are its owner's."""
    with opened(create_engine(sql_url), table) as store:
        assert store.find(ONE.id) == ONE
    assert looked_up == []


# --- what it leaves behind


def test_no_transaction_is_left_open_in_postgresql(postgresql, table):
    watch = create_engine(postgresql.url, poolclass=NullPool)
    ours = text(
        "SELECT state, xact_start FROM pg_stat_activity WHERE datname IS NOT NULL"
        " AND pid <> pg_backend_pid() AND query LIKE :query"
    )
    with opened(postgresql.url, table) as store, watch.connect() as connection:
        store.find(ONE.id)
        (left,) = connection.execute(ours, {"query": f"SELECT {table}.%"}).all()
    assert tuple(left) == ("idle", None)


def test_no_transaction_is_left_open_in_mariadb(mariadb, table):
    watch = create_engine(mariadb.url, poolclass=NullPool)
    with opened(mariadb.url, table) as store, watch.connect() as connection:
        store.find(ONE.id)
        opens = connection.execute(text("SELECT COUNT(*) FROM information_schema.innodb_trx"))
        assert opens.scalar() == 0


def test_no_transaction_is_left_open_in_sqlite(sqlite_url, table):
    """Another connection may take the whole log into the database, which a reader would stop."""
    with opened(sqlite_url, table) as store:
        store.find(ONE.id)
        with create_engine(sqlite_url, poolclass=NullPool).connect() as connection:
            done = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
    assert tuple(done) == (0, 0, 0)


def test_each_connection_goes_back_to_the_pool(sql_url, table):
    with opened(sql_url, table) as store:
        for id in (ONE.id, "f" * 32) * 20:
            store.find(id)
        assert (
            store._calls.engine.pool.checkedout(),
            store._calls.engine.pool.checkedin(),
        ) == (0, 1)


def test_psycopg_prepares_the_statement_unless_it_is_told_not_to(postgresql, table):
    """PgBouncer, where each transaction may have another server, may not allow it."""
    forbidden = {"prepare_threshold": None}
    plain = create_engine(postgresql.url, connect_args=forbidden)
    for database, prepared in ((postgresql.url, True), (plain, False)):
        with opened(database, table) as store:
            before = len(postgresql.log.read_text())
            for _ in range(8):
                store.find(ONE.id)
        log = postgresql.log.read_text()[before:]
        assert bool(re.search(r"execute _pg3_\w+: SELECT", log)) is prepared


# --- failures


def execute(sql_url: str, statement: str) -> None:
    with create_engine(sql_url, poolclass=NullPool).begin() as connection:
        connection.execute(text(statement))


def test_an_error_of_the_driver_is_the_same_store_error_as_by_core(sql_url, table, looked_up):
    with opened(sql_url, table) as store:
        execute(sql_url, f"ALTER TABLE {table} DROP COLUMN node")
        with pytest.raises(StoreError) as quick:
            store.find(ONE.id)
        assert looked_up == [ONE.id]
        with heard(Engine, "before_cursor_execute"), pytest.raises(StoreError) as plain:
            store.find(ONE.id)
        assert str(quick.value) == str(plain.value)
        assert type(quick.value.__cause__) is type(plain.value.__cause__)
        assert store._calls.engine.pool.checkedout() == 0


def test_a_table_that_was_dropped_is_made_again(sql_url, table, looked_up):
    """Also where the server has prepared the statement on it."""
    with opened(sql_url, table) as store:
        for _ in range(8):
            store.find(ONE.id)
        for name in (table, f"{table}_generation"):
            execute(sql_url, f"DROP TABLE {name}")
        assert store.find(ONE.id) is None
        assert store.insert(ONE)
        assert store.find(ONE.id) == ONE


def all_at_once(store: SQLStore, number: int, monkeypatch) -> None:
    """Find a login in so many threads, none of which ends before all have a connection."""
    together = Barrier(number)
    fetch = LookUp._fetch

    def meeting(look_up, *args):
        together.wait(PATIENT)
        return fetch(look_up, *args)

    with monkeypatch.context() as patch, ThreadPoolExecutor(number) as threads:
        patch.setattr(LookUp, "_fetch", meeting)
        assert [*threads.map(store.find, [ONE.id] * number)] == [ONE] * number


def test_a_restart_of_the_server_is_not_noticed_by_any_connection(sql_server, table, monkeypatch):
    with opened(sql_server.url, table) as store:
        all_at_once(store, 4, monkeypatch)
        assert store._calls.engine.pool.checkedin() == 4
        sql_server.kill()
        sql_server.start()
        for _ in range(5):
            assert store.find(ONE.id) == ONE


def test_a_killed_server_is_an_error_at_once(sql_server, table, looked_up):
    with opened(sql_server.url, table) as store:
        store.find(ONE.id)
        looked_up.clear()
        sql_server.kill()
        try:
            with heard(Engine, "do_connect") as connects, pytest.raises(StoreError) as caught:
                store.find(ONE.id)
        finally:
            sql_server.start()
        assert looked_up == [ONE.id]
        assert len(connects) <= 2
        assert "refused" in str(caught.value.__cause__)
        assert store.find(ONE.id) == ONE


def test_a_frozen_server_is_waited_for_once(sql_server, table, looked_up):
    with opened(sql_server.url, table, SILENCE) as store:
        wait_until(lambda: store.find(ONE.id) == ONE)
        looked_up.clear()
        sql_server.freeze()
        try:
            with heard(Engine, "do_connect") as connects, pytest.raises(StoreError) as caught:
                store.find(ONE.id)
        finally:
            sql_server.thaw()
        assert (looked_up, connects) == ([ONE.id], [])
        assert re.search("no answer in time|timed out", str(caught.value.__cause__))
        wait_until(lambda: store.find(ONE.id) == ONE)


def test_a_pool_without_a_free_connection_is_waited_for_once_and_shortly(table, looked_up):
    """As long as the store waits for anything, and not for SQLAlchemy's 30 seconds."""
    with opened("sqlite://", table, SILENCE) as store:  # it has one connection
        held = store._calls.engine.raw_connection()
        with heard(Pool, "connect") as connects, pytest.raises(StoreError) as caught:
            store.find(ONE.id)
        held.close()
        assert (looked_up, connects) == ([ONE.id], [])
        assert f"timed out, timeout {SILENCE:.2f}" in str(caught.value.__cause__)
        assert store.find(ONE.id) == ONE


def test_a_connection_that_was_interrupted_is_not_used_again(postgresql, table, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with opened(postgresql.url, table) as store:
        store.find(ONE.id)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(psycopg.Cursor, "fetchone", interrupt)
            store.find(ONE.id)
        with heard(Pool, "connect") as connects:
            assert store.find(ONE.id) == ONE
    assert len(connects) == 1


FORK = """
import os, sys
from sqlalchemy import Pool, event
from session440.stores import SQLStore
connects = []
event.listen(Pool, "connect", lambda *_: connects.append(os.getpid()))
store = SQLStore(sys.argv[1], table=sys.argv[2], timeout=60)
found = [store.find(sys.argv[3]) for _ in range(2)]
child = os.fork()
found += [store.find(sys.argv[3]) for _ in range(50)]
assert found[0] and len(set(found)) == 1
store.close()
if child:
    assert connects == [os.getpid()], "the parent keeps its connection"
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert connects == [os.getppid(), os.getpid()], "the child has one of its own"
"""


def test_a_fork_shares_no_connection(sql_url, table):
    with opened(sql_url, table):
        command = [sys.executable, "-W", "error", "-c", FORK, sql_url, table, ONE.id]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


EVENTS = ["before_execute", "after_execute", "before_cursor_execute", "after_cursor_execute"]


@pytest.mark.parametrize("name", [*EVENTS, "do_execute", "handle_error"])
def test_whoever_listens_to_statements_hears_of_each(name):
    """Then SQLAlchemy runs them, and not we."""
    with closing(SQLStore("sqlite://")) as store:
        assert not is_watched(store._calls.engine)
        event.listen(store._calls.engine, name, lambda *given, **named: None)
        assert is_watched(store._calls.engine)


def test_a_log_that_is_to_have_each_statement_has_it(caplog):
    with (
        caplog.at_level(logging.INFO, "sqlalchemy.engine"),
        closing(SQLStore("sqlite://")) as store,
    ):
        caplog.clear()
        assert store.find("f" * 32) is None
        assert "SELECT" in caplog.text
