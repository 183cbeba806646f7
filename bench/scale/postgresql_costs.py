"""What a call costs PostgreSQL: its processors' time, the bytes it keeps and those it logs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from sqlalchemy import NullPool, create_engine, text

from ..filled import FilledSQL, filled_postgresql
from .calls import CALLS, ROUNDS, Call, Calls, folders
from .model import Costs

LOGINS = 40_000
PURGES = 400  # a tenth of the logins can be purged
FIRST = 100  # calls after a checkpoint: few enough that most change a page for the first time


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
    with folders(1) as (folder,), filled_postgresql(folder, LOGINS) as filled:
        calls, endless = Calls(LOGINS), Calls(LOGINS, is_limited=False)
        server, size = PostgreSQL(filled.url), filled.bytes_per_login
        first = {"find": calls.find, "touch": calls.touch}
        created = {name: _measured(filled, make) for name, make in first.items()}
        for statement in ROOMY:
            server.ask(statement)
        roomy_size = server.size() / LOGINS
        # The last ones leave fewer logins to touch.
        others = {"touch": calls.touch, "endless": endless.touch, "insert": calls.insert}
        others |= {"generation": calls.generation, "end": calls.end}
        roomy = {name: _measured(filled, make) for name, make in others.items()}
        roomy["purge"] = _measured(filled, calls.purge, PURGES)
        without = {**created, **roomy, "touch": roomy["endless"]}
        return [
            _costs("PostgreSQL, as created", {**roomy, **created}, size),
            _costs("PostgreSQL, fillfactor 70", {**created, **roomy}, roomy_size),
            _costs("the same, no absolute timeout", without, roomy_size),
        ], filled.version


def _costs(name: str, parts: dict[str, Measured], size: float) -> Costs:
    return Costs(
        name,
        {key: each.cpu for key, each in parts.items()},
        size,
        {key: each.log for key, each in parts.items()},
        {key: each.first_log for key, each in parts.items()},
        parts["touch"].hot,
    )


def _measured(filled: FilledSQL, make: Callable[[], Call], calls: int = CALLS) -> Measured:
    server = PostgreSQL(filled.url)
    server.ask("CHECKPOINT")
    began, (updated, hot) = server.logged(), server.updates()
    _make(FIRST, make, filled)
    first = (server.logged() - began) / FIRST
    _make(calls * ROUNDS, make, filled)  # from now on most pages have been logged
    began = server.logged()
    spent = min(_round(server, filled, make, calls) for _ in range(ROUNDS))
    logged = (server.logged() - began) / ROUNDS
    filled.store.close()
    server.settle()
    now_updated, now_hot = server.updates()
    share = (now_hot - hot) / max(now_updated - updated, 1)
    return Measured(spent / calls, logged / calls, first, share)


def _round(server: PostgreSQL, filled: FilledSQL, make: Callable[[], Call], calls: int) -> float:
    before = server.microseconds()
    _make(calls, make, filled)
    return server.microseconds() - before


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
