"""Stores on real servers, filled in bulk: by their own statements, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from redis_servers import RedisServer, redis_server
from sql_servers import postgresql_server
from sqlalchemy import NullPool, create_engine, text

from session440.core.record import digest
from session440.stores import Record, RedisStore, SQLStore
from session440.stores.redis import _INDEX_STAYS, _fields, _milliseconds
from session440.stores.redis_scripts import ENTER, INSERT

NOW = 1_800_000_000.0
#: When a tenth of the logins is over, and when the others are.
OVER, KEEP = NOW + 3600, NOW + 100_000
BATCH = 10_000
EACH = 5  # logins of a person
WATCHED = 5  # seconds


def login(number: int, logins: int) -> Record:
    """Return one of so many; those of a person are not inserted one after the other."""
    person = number % (logins // EACH)
    keep_until = OVER if is_over(person) else KEEP
    subject = f"person-{person}@example.com"
    return Record(
        digest(f"login {number}"), subject, NOW, NOW, "default", None, "n0deh4sh", keep_until
    )


def is_over(person: int) -> bool:
    return person % 10 == 0


class FilledRedis:
    """A Redis with so many logins."""

    def __init__(self, server: RedisServer, logins: int) -> None:
        self.url, self.logins, self._server = server.url, logins, server
        self.store = RedisStore(self.url, timeout=5.0)
        self.store.insert(login(0, logins))  # so that the server knows the scripts
        before = self._size()
        _fill(self._insert, logins)
        self.bytes_per_login = (self._size() - before) / logins
        self.version = f"Redis {server.command('INFO', 'server')['redis_version']}"

    def close(self) -> None:
        self.store._servers._client().close()

    def _size(self) -> int:
        return int(self._server.command("INFO", "memory")["used_memory"])

    def _insert(self, batch: list[Record]) -> None:
        pipeline = self.store._servers._client().pipeline(transaction=False)
        for each in batch:
            index = self.store._index(digest(each.subject))
            pipeline.evalsha(ENTER.sha, 1, index, each.id, _keep(each) + _INDEX_STAYS)
        for each, order in zip(batch, pipeline.execute(), strict=True):
            fields = {**_fields(each), "index": digest(each.subject), "order": order}
            pairs = [part for pair in fields.items() for part in pair]
            pipeline.evalsha(INSERT.sha, 1, self.store._key(each.id), _keep(each), *pairs)
        pipeline.execute()


def _keep(record: Record) -> int:
    return _milliseconds(record.keep_until - record.seen_at)


class FilledSQL:
    """A database with so many logins.

    :param size: a query for its bytes.
    """

    def __init__(self, url: str, logins: int, settle: list[str], size: str, version: str) -> None:
        self.url, self.logins = url, logins
        self.store = SQLStore(url, timeout=5.0)
        self.store.create_tables()
        self._engine = create_engine(url, poolclass=NullPool)
        before = self._ask(size)
        _fill(self._insert, logins)
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in settle:
                connection.execute(text(statement))
        self.bytes_per_login = (self._ask(size) - before) / logins
        self.version = f"{self._engine.dialect.name} {self._ask(version)}"

    def close(self) -> None:
        self.store.close()

    def _ask(self, query: str) -> Any:
        with self._engine.connect() as connection:
            return connection.scalar(text(query))

    def _insert(self, batch: list[Record]) -> None:
        rows = [{**each._asdict(), "subject_digest": digest(each.subject)} for each in batch]
        with self._engine.begin() as connection:
            connection.execute(self.store._say.insert, rows)


def _fill(insert: Callable[[list[Record]], None], logins: int) -> None:
    for first in range(0, logins, BATCH):
        last = min(first + BATCH, logins)
        insert([login(number, logins) for number in range(first, last)])


@contextmanager
def filled_redis(folder: Path, logins: int) -> Iterator[FilledRedis]:
    with redis_server(folder) as server, closing(FilledRedis(server, logins)) as filled:
        yield filled


@contextmanager
def filled_sqlite(folder: Path, logins: int) -> Iterator[FilledSQL]:
    settle = ["PRAGMA wal_checkpoint(TRUNCATE)", "ANALYZE"]
    size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    url = f"sqlite:///{folder / 'logins.db'}"
    version = "SELECT sqlite_version()"
    with closing(FilledSQL(url, logins, settle, size, version)) as filled:
        yield filled


@contextmanager
def filled_postgresql(folder: Path, logins: int) -> Iterator[FilledSQL]:
    size = "SELECT pg_total_relation_size('session440_ticket')"
    with postgresql_server(folder) as server:
        with create_engine(server.url, poolclass=NullPool).begin() as connection:
            # The tests' server logs each statement.
            connection.execute(text("ALTER ROLE us SET log_statement = 'none'"))
        settle = ["VACUUM ANALYZE", "CHECKPOINT"]
        version = "SHOW server_version"
        with closing(FilledSQL(server.url, logins, settle, size, version)) as filled:
            yield filled


Filled = FilledRedis | FilledSQL
Opener = Callable[[Path, int], AbstractContextManager[Filled]]

STORES: dict[str, Opener] = {
    "redis": filled_redis,
    "sqlite": filled_sqlite,
    "postgresql": filled_postgresql,
}


# --- what another process does, while this one goes on asking


def forget(url: str, logins: int) -> None:
    """Purge what is over, in batches; Redis itself is made to forget as much."""
    if url.startswith("redis:"):
        _expire(RedisStore(url, timeout=5.0), logins)
        return
    with closing(SQLStore(url, timeout=5.0)) as store:
        assert sum(iter(partial(store.purge, OVER), 0)) == logins // 10


def _expire(store: RedisStore, logins: int) -> None:
    """Redis takes expired logins away little by little; what that costs is seen for a while."""
    over = [number for number in range(logins) if is_over(number % (logins // EACH))]
    pipeline = store._servers._client().pipeline(transaction=False)
    for first in range(0, len(over), 1000):
        for number in over[first : first + 1000]:
            pipeline.pexpire(store._key(login(number, logins).id), 1)
        pipeline.execute()
    Event().wait(WATCHED)
