"""The engines of :class:`~session440.stores.SQLStore` for coroutines: one for each event loop."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .sql_engine import OPTIONS, prepare_sqlite

#: For how many times as long as for an answer a coroutine waits for a connection of the pool:
#: there may be many more of them than threads.
_PATIENCE = 5


def open_async_engine(url: URL, timeout: float) -> AsyncEngine:
    """Return an engine for one event loop; it connects when it is first used."""
    options = {"pool_timeout": _PATIENCE * timeout, "connect_args": _arguments(url, timeout)}
    engine = create_async_engine(url, **OPTIONS, **options)
    if engine.dialect.driver == "aiosqlite":
        event.listen(engine.sync_engine, "connect", prepare_sqlite)
    return engine


def _arguments(url: URL, timeout: float) -> dict[str, Any]:
    driver = url.get_dialect().driver
    if driver == "psycopg":
        from .sql_timeouts import timed_async_connection

        return {"async_creator_fn": timed_async_connection(timeout).connect}
    if driver == "asyncpg":
        from .sql_asyncpg import ShortConnection

        limits = {"timeout": timeout, "command_timeout": timeout}
        return {**limits, "connection_class": ShortConnection}
    return {"timeout": timeout}
