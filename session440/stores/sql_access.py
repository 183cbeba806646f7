"""How :class:`~session440.stores.SQLStore` reaches its database: from threads and event loops."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from sqlalchemy import URL, Engine, Select, make_url
from sqlalchemy.exc import SQLAlchemyError

from ..greenlets import greenlet_spawn
from .awaiting import to_thread
from .loops import ByLoop
from .sql_drivers import can_await, is_in_memory
from .sql_engine import open_engine
from .sql_lookup import DRIVERS, LookUp


class Access(NamedTuple):
    """How statements are run: by threads, or by the coroutines of one event loop.

    :param look_up: how a login is looked up without SQLAlchemy's Core, with drivers that are known.
    :param failures: what the driver, its pool and SQLAlchemy raise.
    """

    engine: Engine
    look_up: LookUp | None
    failures: tuple[type[Exception], ...]

    @classmethod
    def by(cls, engine: Engine, find: Select[Any], is_ours: bool = True) -> Access:
        """Return the access by an engine.

        :param is_ours: false for an engine of the site's own, which runs every statement itself.
        """
        is_known = is_ours and engine.dialect.driver in DRIVERS
        return cls(engine, LookUp(engine, find) if is_known else None, _failures(engine))


class Accesses(NamedTuple):
    """How threads and coroutines reach one database.

    :param in_loops: ``None`` if coroutines use what threads use.
    :param awaits: whether nothing blocks in a coroutine's greenlet.
    :param is_ours: whether the engine is ours to close.
    """

    in_threads: Access
    in_loops: ByLoop[Access] | None
    awaits: bool
    is_ours: bool


def open_accesses(database: str | URL | Engine, timeout: float, find: Select[Any]) -> Accesses:
    """Return how to reach *database*; it is connected to when that is needed.

    :raises ConfigurationError: if the URL is malformed, or its driver is not known to await.
    """
    if isinstance(database, Engine):
        engine = database.execution_options(isolation_level="AUTOCOMMIT")
        return Accesses(Access.by(engine, find, is_ours=False), None, False, False)
    in_threads = Access.by(open_engine(database, timeout), find)
    url = make_url(database)
    if is_in_memory(url):
        return Accesses(in_threads, None, True, True)
    in_loops = _in_loops(url, timeout, find) if can_await(url) else None
    return Accesses(in_threads, in_loops, in_loops is not None, True)


def _in_loops(url: URL, timeout: float, find: Select[Any]) -> ByLoop[Access]:
    def access() -> Access:
        from .sql_async_engine import open_async_engine

        return Access.by(open_async_engine(url, timeout).sync_engine, find)

    return ByLoop(access, lambda each: greenlet_spawn(each.engine.dispose, in_thread=to_thread))


def _failures(engine: Engine) -> tuple[type[Exception], ...]:
    failures = (SQLAlchemyError, OSError, asyncio.TimeoutError, engine.dialect.loaded_dbapi.Error)
    if engine.dialect.driver != "psycopg":
        return failures
    from .sql_timeouts import SilentError

    return (*failures, SilentError)
