"""What a call costs a real server: its processor's time, the bytes it keeps and those it logs.

How long a call takes is not measured: that is for the most part the network and the client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any, NamedTuple

from redis.connection import AbstractConnection, Connection
from sqlalchemy import NullPool, create_engine, text

from session440 import Cause
from session440.stores import TicketStore

from ..filled import (
    KEEP,
    NOW,
    OVER,
    FilledRedis,
    FilledSQL,
    filled_postgresql,
    filled_redis,
    is_over,
    login,
)
from .model import Costs

IN_REDIS, IN_POSTGRESQL = 100_000, 40_000  # logins
CALLS = 4000
PURGES = 1500  # a tenth of the logins can be purged
FIRST = 100  # calls after a checkpoint: few enough that most change a page for the first time
CONNECTIONS = 50

Call = Callable[[TicketStore], object]


class Calls:
    """Calls of each method, on logins in a random order; each login is ended once at most."""

    def __init__(self, logins: int, is_limited: bool = True) -> None:
        self._logins, self._is_limited = logins, is_limited
        self._chance = Random(440)  # noqa: S311  # the same each time
        self._ended = iter(self._chance.sample(range(logins), logins))
        self._moment, self._new = 0, logins

    def find(self) -> Call:
        id = self._any()
        return lambda store: store.find(id)

    def touch(self) -> Call:
        """With an absolute timeout the time until which a login is kept stays as it is."""
        id = self._any()
        self._moment += 1
        now, keep = NOW + self._moment, KEEP if self._is_limited else KEEP + self._moment
        return lambda store: store.touch(id, now, keep)

    def insert(self) -> Call:
        self._new += 1
        record = login(self._new, self._logins)
        return lambda store: store.insert(record)

    def end(self) -> Call:
        id = login(next(self._ended), self._logins).id
        return lambda store: store.end(id, Cause.IDLE, NOW)

    def generation(self) -> Call:
        id = self._any()
        return lambda store: store.generation(id)

    def purge(self) -> Call:
        """In the long run each login takes one with it."""
        return lambda store: store.purge(OVER, 1)

    def _any(self) -> str:
        number = self._chance.randrange(self._logins)
        while is_over(number % (self._logins // 5)):
            number = self._chance.randrange(self._logins)
        return login(number, self._logins).id


@contextmanager
def folders(count: int) -> Iterator[list[Path]]:
    with ExitStack() as stack:
        made = [TemporaryDirectory(prefix="session440-scale-") for _ in range(count)]
        yield [Path(stack.enter_context(each)) for each in made]


# --- Redis


def redis_costs() -> tuple[Costs, Costs, str]:
    """Return the costs of a server alone, of one of a Cluster, and the version."""
    with ExitStack() as stack:
        places = stack.enter_context(folders(2))
        told, twin = (stack.enter_context(filled_redis(each, IN_REDIS)) for each in places)
        calls, warm = Calls(IN_REDIS), Calls(IN_REDIS)
        for each in (told, twin):
            for call in (warm.touch(), warm.end()):
                call(each.store)  # so that both know these scripts
        methods = {"find": calls.find, "touch": calls.touch, "insert": calls.insert}
        methods |= {"end": calls.end, "generation": calls.generation}
        cpu = {name: _redis_cpu(told, twin, make) for name, make in methods.items()}
        told.store._servers.is_cluster = True  # it speaks to one server as to a Cluster
        clustered = {**cpu, "touch": _redis_cpu(told, twin, calls.touch)}
        size = told.bytes_per_login
        return (
            Costs("Redis", cpu, size, {}, {}),
            Costs("Redis Cluster", clustered, size, {}, {}),
            told.version,
        )


def _redis_cpu(told: FilledRedis, twin: FilledRedis, make: Callable[[], Call]) -> float:
    """Return the microseconds of a call: what one server is told is said to its twin.

    The twin holds the same, and hears it from many connections at once, as a busy server does;
    one that waits for each command spends most of its time on falling asleep and waking up.
    """
    messages = [said for _ in range(CALLS) for said in _said(make(), told)]
    client = twin.store._servers._client()
    arguments = client.connection_pool.connection_kwargs
    lines = [Connection(**arguments) for _ in range(CONNECTIONS)]
    for each in lines:
        each.connect()
    before = _seconds(twin)
    for first in range(0, len(messages), CONNECTIONS):
        _say_at_once(lines, messages[first : first + CONNECTIONS])
    spent = _seconds(twin) - before
    for each in lines:
        each.disconnect()
    return spent * 1e6 / CALLS


def _say_at_once(lines: list[Connection], messages: list[Any]) -> None:
    for line, message in zip(lines, messages, strict=False):
        line.send_packed_command(message)
    for line, _ in zip(lines, messages, strict=False):
        line.read_response()


def _said(call: Call, filled: FilledRedis) -> list[Any]:
    """Make the call, and return what its store said to the server."""
    said, send = [], AbstractConnection.send_packed_command

    def note(connection: Any, command: Any, check_health: bool = True) -> None:
        said.append(command)
        send(connection, command, check_health)

    AbstractConnection.send_packed_command = note
    try:
        call(filled.store)
    finally:
        AbstractConnection.send_packed_command = send
    return said


def _seconds(filled: FilledRedis) -> float:
    used = filled._server.command("INFO", "cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


# --- PostgreSQL


#: Room on each page for the next version of its rows.
ROOMY = ("ALTER TABLE session440_ticket SET (fillfactor = 70)", "VACUUM FULL session440_ticket")


class Measured(NamedTuple):
    """Of one call: microseconds, bytes logged, those right after a checkpoint, and share of HOT."""

    cpu: float
    log: float
    first_log: float
    hot: float


def postgresql_costs() -> tuple[list[Costs], str]:
    """Return the costs of a table as it is created, and with room on its pages."""
    with folders(1) as (folder,), filled_postgresql(folder, IN_POSTGRESQL) as filled:
        calls, endless = Calls(IN_POSTGRESQL), Calls(IN_POSTGRESQL, is_limited=False)
        server, size = PostgreSQL(filled.url), filled.bytes_per_login
        first = {"find": calls.find, "touch": calls.touch}
        created = {name: _postgresql_call(filled, make) for name, make in first.items()}
        for statement in ROOMY:
            server.ask(statement)
        roomy_size = server.size() / IN_POSTGRESQL
        # The last ones leave fewer logins to touch.
        others = {"touch": calls.touch, "endless": endless.touch, "insert": calls.insert}
        others |= {"generation": calls.generation, "end": calls.end}
        roomy = {name: _postgresql_call(filled, make) for name, make in others.items()}
        roomy["purge"] = _postgresql_call(filled, calls.purge, PURGES)
        without = {**created, **roomy, "touch": roomy["endless"]}
        return [
            _postgresql_costs("PostgreSQL, as created", {**roomy, **created}, size),
            _postgresql_costs("PostgreSQL, fillfactor 70", {**created, **roomy}, roomy_size),
            _postgresql_costs("the same, no absolute timeout", without, roomy_size),
        ], filled.version


def _postgresql_costs(name: str, parts: dict[str, Measured], size: float) -> Costs:
    return Costs(
        name,
        {key: each.cpu for key, each in parts.items()},
        size,
        {key: each.log for key, each in parts.items()},
        {key: each.first_log for key, each in parts.items()},
        parts["touch"].hot,
    )


def _postgresql_call(filled: FilledSQL, make: Callable[[], Call], calls: int = CALLS) -> Measured:
    server = PostgreSQL(filled.url)
    server.ask("CHECKPOINT")
    began, (updated, hot) = server.logged(), server.updates()
    _make(FIRST, make, filled)
    first = (server.logged() - began) / FIRST
    _make(calls, make, filled)  # from now on most pages have been logged
    before, began = server.microseconds(), server.logged()
    _make(calls, make, filled)
    spent, logged = server.microseconds() - before, server.logged() - began
    filled.store.close()
    server.settle()
    now_updated, now_hot = server.updates()
    share = (now_hot - hot) / max(now_updated - updated, 1)
    return Measured(spent / calls, logged / calls, first, share)


def _make(count: int, make: Callable[[], Call], filled: FilledSQL) -> None:
    for _ in range(count):
        assert make()(filled.store) is not False


class PostgreSQL:
    """What a server says about itself."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def ask(self, statement: str) -> list[Any]:
        with self._engine.connect() as connection:
            result = connection.execute(text(statement))
            return [*result] if result.returns_rows else []

    def logged(self) -> int:
        return int(self.ask("SELECT pg_current_wal_insert_lsn() - '0/0'")[0][0])

    def size(self) -> int:
        return int(self.ask("SELECT pg_total_relation_size('session440_ticket')")[0][0])

    def updates(self) -> tuple[int, int]:
        """Return how many rows were updated, and how many of these heap-only (HOT)."""
        query = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = "
        (row,) = self.ask(query + "'session440_ticket'")
        return row[0], row[1]

    def settle(self) -> None:
        """Wait until all other connections have ended: then they have told their counts."""
        others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        while self.ask(others)[0][0] > 1:
            Event().wait(0.02)

    def microseconds(self) -> float:
        """Return the processor's time of all its processes, as Linux counts it."""
        rows = self.ask("SELECT pid FROM pg_stat_activity")
        used = [_nanoseconds(Path(f"/proc/{pid}/schedstat")) for (pid,) in rows]
        return sum(used) / 1000


def _nanoseconds(path: Path) -> int:
    try:
        return int(path.read_text().split()[0])
    except OSError:  # it has ended: the connection that asked
        return 0
