"""What real servers count of a simulation, beside what its calls come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from redis_servers import RedisServer, redis_server
from sql_servers import postgresql_server

from session440 import Cause
from session440.stores import Record, RedisStore, SQLStore
from session440.stores.nodes import Node

from .calls import folders
from .load import Load, Setup
from .postgresql_costs import PostgreSQL
from .simulation import NOW, simulate

Counts = Counter[str]


@dataclass(frozen=True)
class Counted:
    """One simulation on a real server.

    :param record: the bytes that a login takes.
    """

    server: str
    expected: dict[str, int]
    counted: dict[str, int]
    record: float

    @property
    def agrees(self) -> bool:
        return self.expected == self.counted


def on_redis(load: Load, setup: Setup, people: int, calls: Counts) -> Counted:
    """Let the same people use a real Redis, which counts its commands.

    :param calls: of the same simulation in memory.
    """
    with folders(1) as (folder,), redis_server(folder) as server:
        store = RedisStore(server.url, timeout=5.0)
        commands = _commands_of_calls(server, store)
        server.command("FLUSHDB")
        size, before = _used(server), _commands(server)
        outcome = simulate(load, setup, people, store)
        counted, record = _since(server, before), (_used(server) - size) / people
        store._servers._client().close()
    assert outcome.calls == calls
    expected: Counter[str] = Counter()
    for method, count in calls.items():
        expected.update({name: each * count for name, each in commands[method].items()})
    return Counted("Redis", {**expected}, {name: counted[name] for name in expected}, record)


def _commands_of_calls(server: RedisServer, store: RedisStore) -> dict[str, Counter[str]]:
    """Return which commands one call of each method makes, those within its script included."""
    records = [
        Record(id * 32, f"person {id}", NOW, NOW, "default", None, "node", NOW + 90_000)
        for id in "01"
    ]
    announced = Node("node", "0", "app", (), "")
    methods: dict[str, Callable[[Record], object]] = {
        "insert": store.insert,
        "find": lambda each: store.find(each.id),
        "touch": lambda each: store.touch(each.id, NOW + 1, each.keep_until),
        "end": lambda each: store.end(each.id, Cause.IDLE, NOW),
        "generation": lambda each: store.generation(each.id),
        "purge": lambda each: store.purge(NOW),
        "announce": lambda each: store.announce(announced, NOW),
    }
    made = {}
    for method, call in methods.items():
        call(records[0])  # so that the server knows its script
        before = _commands(server)
        call(records[1])
        made[method] = _since(server, before)
    return made


def _commands(server: RedisServer) -> Counter[str]:
    told = server.command("INFO", "commandstats")
    counts = {name.removeprefix("cmdstat_"): each["calls"] for name, each in told.items()}
    greetings = ("hello", "client|setinfo")  # of the connections, ours included
    return Counter({name: each for name, each in counts.items() if name not in greetings})


def _since(server: RedisServer, before: Counter[str]) -> Counter[str]:
    """Return what has been counted since then, without the question that came before."""
    return _commands(server) - before - Counter(info=1)


def _used(server: RedisServer) -> int:
    return int(server.command("INFO", "memory")["used_memory"])


def on_postgresql(load: Load, setup: Setup, people: int, calls: Counts) -> Counted:
    """Let the same people use a real PostgreSQL, which counts transactions and rows."""
    with folders(1) as (folder,), postgresql_server(folder) as server:
        told = PostgreSQL(server.url)
        told.ask("ALTER ROLE us SET log_statement = 'none'")
        with closing(SQLStore(server.url, timeout=5.0)) as store:
            store.create_tables()
            store.generation("")
            store.close()
            told.settle()
            before, size = _rows(told), told.size()
            outcome = simulate(load, setup, people, store)
        told.settle()
        counted, record = _rows(told) - before, (told.size() - size) / people
    assert outcome.calls == calls
    expected = Counter(
        inserted=calls["insert"],
        updated=calls["touch"] + calls["end"],
        **{"found by index": calls["find"] + calls["touch"] + calls["end"]},
    )
    return Counted("PostgreSQL", {**expected}, {name: counted[name] for name in expected}, record)


def _rows(told: PostgreSQL) -> Counter[str]:
    """Return what PostgreSQL has counted: of the table, and of the index of its ids."""
    ((inserted, updated),) = told.ask(
        "SELECT n_tup_ins, n_tup_upd FROM pg_stat_user_tables WHERE relname = 'session440_ticket'"
    )
    ((found,),) = told.ask(
        "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'session440_ticket_id_key'"
    )
    return Counter({"inserted": inserted, "updated": updated, "found by index": found})
