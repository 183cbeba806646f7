"""The seconds that a store costs when its server is out. `make soak`: it wants an idle machine.

`make test` counts the same, in test_redis_failures.py and test_sql_store.py.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from functools import partial
from time import monotonic

import pytest
from patience import SHIPPED
from redis_servers import redis_cluster, redis_server
from sql_servers import mariadb_server, postgresql_server
from sqlalchemy import Engine, event

from session440 import Cause, Ticket
from session440.exceptions import StoreError
from session440.stores import Record, RedisStore, SQLStore, open_store

NOW = 1_800_000_000.0
KEEP = NOW + 100_000
#: It takes 0.2 to 0.23 seconds on an idle machine.
SILENT = 0.3
AT_ONCE = 0.15
CALLS = {
    "insert": lambda store: store.insert(ONE),
    "find": lambda store: store.find(ONE.id),
    "touch": lambda store: store.touch(ONE.id, NOW + 1, KEEP),
    "by_subject": lambda store: store.by_subject("alice"),
    "generation": lambda store: store.generation(ONE.id),
    "end": lambda store: store.end(ONE.id, Cause.REVOKED, NOW),
}


def record(id: str = "one", subject: str = "alice") -> Record:
    return Record.of(Ticket(id, subject, NOW, NOW, "default", None, "n0de"), KEEP)


ONE = record()


def seconds(call) -> float:
    """How long the call takes to fail."""
    start = monotonic()
    with pytest.raises(StoreError):
        call()
    return monotonic() - start


@pytest.fixture(scope="module", params=[redis_server, postgresql_server, mariadb_server])
def server(request, launch):
    return launch(request.param)


@pytest.fixture
def opened(server):
    """Open a store that waits as long as it is shipped to."""
    kind = RedisStore if server.url.startswith("redis:") else SQLStore
    return partial(open_store, server.url, timeout=SHIPPED[kind])


def test_a_killed_server_fails_at_once(server, opened):
    store = opened()
    store.insert(ONE)
    server.kill()
    try:
        for name, call in CALLS.items():
            assert seconds(partial(call, store)) < AT_ONCE, name
    finally:
        server.start()


def test_a_frozen_server_fails_within_the_timeout(server, opened):
    store = opened()
    store.insert(ONE)
    server.freeze()
    try:
        for name, call in CALLS.items():
            assert seconds(partial(call, store)) < SILENT, name
            assert seconds(partial(call, opened())) < SILENT, name
    finally:
        server.thaw()


def test_a_dead_node_of_a_cluster_fails_its_own_logins_fast(launch):
    cluster = launch(redis_cluster)
    store = RedisStore(cluster.url, timeout=0.1)
    logins = [record(f"{number}", f"{number}") for number in range(30)]
    assert all(store.insert(each) for each in logins)
    dead, *alive = cluster.nodes
    lost = next(each.id for each in logins if cluster.owner(store._key(each.id)) is dead)
    kept = next(each.id for each in logins if cluster.owner(store._key(each.id)) is alive[0])
    for stop, limit in ((dead.freeze, SILENT), (dead.kill, AT_ONCE)):
        stop()
        for client in (store, RedisStore(cluster.url, timeout=0.1)):
            assert seconds(lambda client=client: client.find(lost)) < limit + 0.1
            assert seconds(lambda client=client: client.touch(lost, NOW, NOW)) < limit
            assert client.find(kept) is not None


def test_nobody_waits_long_for_another_writer_of_sqlite(tmp_path):
    path = tmp_path / "logins.db"
    with closing(SQLStore(f"sqlite:///{path}", timeout=SHIPPED[SQLStore])) as store:
        store.insert(ONE)
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            assert seconds(lambda: store.touch(ONE.id, NOW + 1, KEEP)) < SILENT


def test_nobody_waits_long_for_a_pool_whose_connections_are_all_in_use():
    at_work, may_end = threading.Event(), threading.Event()

    def hold(*_) -> None:
        at_work.set()
        may_end.wait(60)

    with closing(SQLStore("sqlite://", timeout=SHIPPED[SQLStore])) as store:
        store.insert(ONE)
        event.listen(Engine, "before_cursor_execute", hold)
        thread = threading.Thread(target=store.find, args=(ONE.id,))
        thread.start()
        try:
            assert at_work.wait(60)
            assert seconds(lambda: store.find(ONE.id)) < SILENT
        finally:
            may_end.set()
            thread.join()
            event.remove(Engine, "before_cursor_execute", hold)
