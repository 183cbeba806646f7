"""A store's answer, and a whole request that waits for it, over the plain driver's."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ..subject import Group, Subject, Work, must
from ..tickets import ALICE
from .floor import FLOOR_SUBJECT
from .wsgi import stored

#: Seconds: on a busy machine no answer is to come too late.
PATIENCE = 5.0
#: The variables that hold the servers' URLs.
URLS = {"redis": "SESSION440_BENCH_REDIS", "postgresql": "SESSION440_BENCH_POSTGRESQL"}
FIND, REQUEST = "find", "a whole request"
DRIVERS = {
    "redis": "redis-py: HGETALL",
    "sqlite": "sqlite3: SELECT by key",
    "postgresql": "psycopg: SELECT by key",
}
PREPARED = "psycopg: SELECT by key, prepared"


def _url(kind: str) -> str:
    if kind == "sqlite":
        folder = tempfile.mkdtemp(prefix="session440-bench-")
        return f"sqlite:///{folder}/logins.db"
    return os.environ[URLS[kind]]


def _open(url: str) -> Any:
    from session440.stores import open_store

    return open_store(url, timeout=PATIENCE)


def _kept(store: Any) -> str:
    """Keep the record of a login in the store, and return its id."""
    from session440.stores import Record, stored_id

    id, now = stored_id(f"ticket of {os.getpid()}"), time.time()
    store.insert(Record(id, ALICE, now, now, "default", None, "0a1b2c3d", now + 90_000))
    return id


def _asking(call: Callable[[], Any], seen: Callable[[Any], bool]) -> Work:
    def serve(calls: int) -> None:
        for _ in range(calls):
            call()

    def check() -> str:
        answer = call()
        must(seen(answer), answer)
        return "one record"

    return Work(serve, check)


def find(kind: str) -> Work:
    """Return the work of the store's own method, as the engine calls it."""
    store = _open(_url(kind))
    id = _kept(store)
    return _asking(partial(store.find, id), lambda record: record.subject == ALICE)


def request(kind: str) -> Work:
    return stored(lambda: _open(_url(kind)))


def redis_alone() -> Work:
    """Return the work of one round trip for the same hash, by the client that users have."""
    from redis import Redis

    url = _url("redis")
    id = _kept(_open(url))
    client = Redis.from_url(url)
    key = next(client.scan_iter(match=f"*{id}*", _type="hash"))
    return _asking(partial(client.hgetall, key), lambda record: record[b"subject"])


def sqlite_alone() -> Work:
    import sqlite3

    url = _url("sqlite")
    id = _kept(_open(url))
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    query = f"{_select()} WHERE id = ?"
    return _asking(lambda: connection.execute(query, (id,)).fetchone(), lambda row: row[0] == id)


def postgresql_alone(prepare: bool) -> Work:
    import psycopg

    url = _url("postgresql")
    id = _kept(_open(url))
    connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    query = f"{_select()} WHERE id = %s"
    execute = partial(connection.execute, query, (id,), prepare=prepare)
    return _asking(lambda: execute().fetchone(), lambda row: row[0] == id)


def _select() -> str:
    from session440.stores import Record

    columns = ", ".join(Record._fields)
    return f"SELECT {columns} FROM session440_ticket"  # noqa: S608  # names of our own


ALONE: dict[str, Callable[[], Work]] = {
    "redis": redis_alone,
    "sqlite": sqlite_alone,
    "postgresql": partial(postgresql_alone, prepare=False),
}


def _subjects(kind: str) -> list[Subject]:
    driver, server = DRIVERS[kind], kind if kind in URLS else ""
    return [
        Subject(driver, ALONE[kind], server=server),
        *[
            Subject(f"session440, {kind}: {what}", partial(work, kind), driver, "ours", server)
            for what, work in ((FIND, find), (REQUEST, request))
        ],
    ]


STORES = [
    FLOOR_SUBJECT,
    *_subjects("redis"),
    *_subjects("sqlite"),
    *_subjects("postgresql"),
    Subject(PREPARED, partial(postgresql_alone, prepare=True), server="postgresql"),
]
GROUPS = {
    "stores": Group(
        "Stores, on servers on this machine",
        STORES,
        clock="wall",
        note="psycopg prepares a query once it has been made five times on a connection; it is "
        "compared with the query as it is made before.",
    )
}
