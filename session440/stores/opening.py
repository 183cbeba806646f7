"""Opens stores by their URLs."""

from __future__ import annotations

from typing import Any

from ..exceptions import ConfigurationError
from .contract import TicketStore
from .memory import MemoryStore

#: The schemes of redis-py, and those for Sentinel and Cluster that other libraries use.
REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "redis+cluster", "rediss+cluster")
#: The databases whose DDL and statements are tested; a driver may follow after a "+".
SQL_SCHEMES = ("sqlite", "postgresql", "mysql", "mariadb", "mssql")


def open_store(url: str, **options: Any) -> TicketStore:
    """Return the store at *url*; it connects when it is first used.

    ``"memory:"``, ``"sqlite:///logins.db"``, ``"postgresql+psycopg://…"``,
    ``"mysql+pymysql://…"``, ``"redis://…"``, ``"redis+sentinel://…"``, ``"redis+cluster://…"``.
    With a driver that only awaits, such as ``"postgresql+asyncpg://…"`` and
    ``"sqlite+aiosqlite://…"``, threads use another one: psycopg, and SQLite's own.

    :param options: options of the store, such as ``timeout``.
    :raises ConfigurationError: if the URL names no store, or a library that it needs is missing.
    """
    kind = check_url(url)
    try:
        if kind == "redis":
            from .redis import RedisStore

            return RedisStore(url, **options)
        if kind == "sql":
            from .sql import SQLStore

            return SQLStore(url, **options)
    except ImportError as error:
        raise ConfigurationError(
            f"the store needs {error.name or error}; install it, or 'session440[{kind}]'"
        ) from error
    return MemoryStore(**options)


def check_url(url: str) -> str:
    """Return which kind of store *url* names, without opening it.

    :raises ConfigurationError: if it names none; the message shows only the scheme, because
        there may be a password in the rest.
    """
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if url == "memory:":
        return "memory"
    if scheme in REDIS_SCHEMES:
        return "redis"
    if scheme.partition("+")[0] in SQL_SCHEMES:
        return "sql"
    raise ConfigurationError(
        f"no store has the scheme {scheme!r}; give memory:, "
        f"{', '.join(f'{each}://' for each in (*REDIS_SCHEMES, *SQL_SCHEMES))}"
    )
