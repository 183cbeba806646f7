"""The engine of :class:`~session440.stores.SQLStore`: no long waits, nothing shared by forks."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from ..exceptions import ConfigurationError
from .sql_drivers import for_threads

#: Each statement stands alone and commits itself, so that it takes one round trip: no BEGIN,
#: no COMMIT, and no ROLLBACK when a connection goes back to the pool.
OPTIONS: dict[str, Any] = {
    "isolation_level": "AUTOCOMMIT",
    "pool_reset_on_return": None,
    "skip_autocommit_rollback": True,
    "hide_parameters": True,
}


def open_engine(url: str | URL, timeout: float) -> Engine:
    """Return the engine for *url*, for threads; it connects when it is first used.

    :raises ConfigurationError: if SQLAlchemy cannot read the URL, or its driver only awaits.
    """
    try:
        parsed = for_threads(make_url(url))
        options = {"pool_timeout": timeout, **_driver_options(parsed, timeout)}
        engine = create_engine(parsed, **OPTIONS, **options)
    except ConfigurationError:
        raise
    except (ArgumentError, ValueError):
        # "from None": the error's own message may show the URL, with its password.
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
        # Its only connection is the database; one thread at a time uses it.
        lone = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
        return {**lone, "connect_args": {"timeout": timeout, "check_same_thread": False}}
    return {"connect_args": {"timeout": timeout}}


def _listen(engine: Engine, timeout: float) -> None:
    if engine.dialect.driver == "pysqlite":
        event.listen(engine, "connect", prepare_sqlite)
    if engine.dialect.driver == "psycopg":
        from .sql_timeouts import timed_connection

        timed = timed_connection(timeout)
        event.listen(
            engine, "do_connect", lambda _, __, args, options: timed.connect(*args, **options)
        )


def prepare_sqlite(connection: Any, _: object) -> None:
    """Set up a new connection to SQLite."""
    # Readers and the writer do not wait for each other, and a commit does not wait for the
    # disk. A loss of power may undo the last commits, but corrupts nothing.
    # https://www.sqlite.org/wal.html#performance_considerations
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


# --- forks: gunicorn --preload, multiprocessing

_engines: WeakSet[Engine] = WeakSet()
#: Kept for ever: in a child it is not even safe to close them.
#: https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_connection_across_a_fork_
_inherited: list[object] = []


def _leave_connections_to_the_parent() -> None:
    for engine in list(_engines):
        _inherited.append(engine.pool)
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_leave_connections_to_the_parent)
