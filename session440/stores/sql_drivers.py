"""Which driver runs the statements of threads, and which one those of coroutines."""

from __future__ import annotations

from sqlalchemy import URL

from ..exceptions import ConfigurationError

#: The drivers that only await, and those that stand in for them in threads: the command line,
#: ``engine.revoke()`` in a view that is no coroutine, and live connections ask there.
FOR_THREADS = {"asyncpg": "psycopg", "psycopg": "psycopg", "aiosqlite": "pysqlite"}
#: The drivers with which coroutines await. With others, such as SQLite's own, a thread runs the
#: whole call: one hop, where aiosqlite makes one for each step of a statement.
AWAITING = ("psycopg", "asyncpg", "aiosqlite")
#: What only asyncpg's dialect understands in a URL, and what psycopg calls it.
_SAID_OTHERWISE = {"ssl": "sslmode"}
_UNKNOWN = ("prepared_statement_cache_size", "prepared_statement_name_func", "async_fallback")


def for_threads(url: URL) -> URL:
    """Return the URL for threads.

    :raises ConfigurationError: if its driver only awaits, and no other one is known in its place.
    """
    dialect = url.get_dialect()
    if not dialect.is_async:
        return url
    driver = FOR_THREADS.get(dialect.driver)
    if driver is None:
        raise ConfigurationError(
            f"the driver {dialect.driver} only awaits, and session440 also asks in threads; "
            f"give postgresql+psycopg://, postgresql+asyncpg://, sqlite:// or mysql+pymysql://"
        )
    said = {_SAID_OTHERWISE.get(name, name): value for name, value in url.query.items()}
    known = {name: value for name, value in said.items() if name not in _UNKNOWN}
    return url.set(drivername=f"{url.get_backend_name()}+{driver}", query=known)


def can_await(url: URL) -> bool:
    """Return whether coroutines await with the driver of *url*."""
    return url.get_dialect().driver in AWAITING


def is_in_memory(url: URL) -> bool:
    """Return whether the database is in this process, so that asking it never waits."""
    is_sqlite = url.get_backend_name() == "sqlite"
    return is_sqlite and url.database in (None, "", ":memory:")
