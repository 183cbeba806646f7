"""The engine of :class:`~session440.stores.SQLStore`: nothing waits long, nothing is shared."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from ..exceptions import ConfigurationError


def open_engine(url: str | URL, timeout: float) -> Engine:
    """Make the engine for *url*; it connects when it is first used.

    Statements stand alone and commit themselves, so that each is one round trip: no BEGIN,
    no COMMIT, and no ROLLBACK when a connection goes back to the pool.

    :raises ConfigurationError: for a URL that SQLAlchemy cannot read.
    """
    try:
        parsed = make_url(url)
        engine = create_engine(
            parsed,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            skip_autocommit_rollback=True,
            hide_parameters=True,
            pool_timeout=timeout,
            **_driver_options(parsed, timeout),
        )
    except (ArgumentError, ValueError):
        # Not from it: its message may show the URL, and the password in it.
        raise ConfigurationError("SQLAlchemy cannot read the URL of the store") from None
    _listen(engine, timeout)
    _engines.add(engine)
    return engine


def _driver_options(url: URL, timeout: float) -> dict[str, Any]:
    driver = url.get_dialect().driver
    if driver == "pymysql":
        limits = ("connect_timeout", "read_timeout", "write_timeout")
        return {"connect_args": dict.fromkeys(limits, timeout)}
    if driver != "pysqlite":
        return {}
    if url.database in (None, "", ":memory:"):
        # Its one connection is the database, and a thread has it for itself.
        lone = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
        return {**lone, "connect_args": {"timeout": timeout, "check_same_thread": False}}
    return {"connect_args": {"timeout": timeout}}


def _listen(engine: Engine, timeout: float) -> None:
    if engine.dialect.driver == "pysqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    if engine.dialect.driver == "psycopg":
        from .sql_timeouts import timed_connection

        timed = timed_connection(timeout)
        event.listen(
            engine, "do_connect", lambda _, __, args, options: timed.connect(*args, **options)
        )


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Readers and the writer do not wait for each other, and a commit does not wait for the
    # disk; a loss of power may undo the last ones, and corrupts nothing.
    # https://www.sqlite.org/wal.html#performance_considerations
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


# --- forks: gunicorn --preload, multiprocessing

_engines: WeakSet[Engine] = WeakSet()
#: Kept for ever: not even closing them is safe in a child.
#: https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_connection_across_a_fork_
_inherited: list[object] = []


def _leave_connections_to_the_parent() -> None:
    for engine in list(_engines):
        _inherited.append(engine.pool)
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_leave_connections_to_the_parent)
