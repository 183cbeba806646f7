"""The stores under test, each on a server of its own in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from patience import PATIENT
from redis_servers import redis_cluster, redis_server
from sql_servers import mariadb_server, postgresql_server
from sqlalchemy import NullPool, create_engine, inspect, make_url, text

from session440.stores import MemoryStore, TicketStore, open_store
from session440.stores.sql_drivers import for_threads


@dataclass
class Backend:
    """One store's memory; every :meth:`open` is a client of its own to the same one."""

    name: str
    open: Callable[[], TicketStore]
    empty: Callable[[], None]
    url: str | None = None  # for other processes; see open_there
    is_shared: bool = True
    forgets_by_itself: bool = False
    leave: Callable[[], None] = lambda: None  # what a thread does last


@contextmanager
def memory(folder: Path) -> Iterator[Backend]:
    yield Backend("memory", MemoryStore, lambda: None, is_shared=False)


@contextmanager
def sqlite(folder: Path) -> Iterator[Backend]:
    yield _sql("sqlite", f"sqlite:///{folder / 'logins.db'}")


@contextmanager
def postgresql(folder: Path) -> Iterator[Backend]:
    with postgresql_server(folder) as server:
        yield _sql("postgresql", server.url)


@contextmanager
def aiosqlite(folder: Path) -> Iterator[Backend]:
    yield _sql("aiosqlite", f"sqlite+aiosqlite:///{folder / 'logins.db'}")


@contextmanager
def asyncpg(folder: Path) -> Iterator[Backend]:
    with postgresql_server(folder) as server:
        yield _sql("asyncpg", server.url.replace("+psycopg", "+asyncpg"))


@contextmanager
def mariadb(folder: Path) -> Iterator[Backend]:
    with mariadb_server(folder) as server:
        yield _sql("mariadb", server.url)


def _sql(name: str, url: str) -> Backend:
    def empty() -> None:
        open_store(url, timeout=PATIENT).find("")  # makes the tables
        engine = create_engine(for_threads(make_url(url)), poolclass=NullPool)
        with engine.begin() as connection:
            for table in ("session440_ticket", "session440_ticket_member"):
                connection.execute(text(f"DELETE FROM {table}"))
            if inspect(connection).has_table("session440_ticket_note"):
                connection.execute(text("DELETE FROM session440_ticket_note"))
            # As it was before anybody's logins were ended.
            generations = "session440_ticket_generation"
            token = connection.execute(text(f"SELECT token FROM {generations}")).scalar_one()
            former = {"name": token.partition("@")[0]}
            connection.execute(text(f"UPDATE {generations} SET token = :name"), former)

    return Backend(name, lambda: open_store(url, timeout=PATIENT), empty, url)


@contextmanager
def redis(folder: Path) -> Iterator[Backend]:
    with redis_server(folder) as server:
        yield _redis("redis", server.url, [server])


@contextmanager
def cluster(folder: Path) -> Iterator[Backend]:
    with redis_cluster(folder) as servers:
        yield _redis("redis-cluster", servers.url, servers.nodes)


def _redis(name: str, url: str, servers: list) -> Backend:
    def empty() -> None:
        for server in servers:
            server.command("FLUSHALL")

    return Backend(
        name, lambda: open_store(url, timeout=PATIENT), empty, url, forgets_by_itself=True
    )


@contextmanager
def django(folder: Path) -> Iterator[Backend]:
    from django.conf import settings
    from django.db import connections

    from session440.django.store import DjangoStore

    def empty() -> None:
        from session440.django.models import Generation, Login, Member, Note

        for each in (Login, Member, Note, Generation):
            each.objects.all().delete()

    url = f"{DJANGO}{settings.FOLDER}"
    yield Backend("django", DjangoStore, empty, url, leave=connections.close_all)


#: Begins the URL of the project's own database, which ends with its folder.
DJANGO = "django:"


def open_there(url: str) -> TicketStore:
    """Open a backend's store in another process than the one that tests it."""
    if not url.startswith(DJANGO):
        return open_store(url, timeout=PATIENT)
    os.environ["SESSION440_TESTS_FOLDER"] = url.removeprefix(DJANGO)
    os.environ["DJANGO_SETTINGS_MODULE"] = "django_settings"
    import django

    from session440.django.store import DjangoStore

    django.setup()
    return DjangoStore()


#: All stores under test; Django's on the project's own database.
BACKENDS = {
    "memory": memory,
    "sqlite": sqlite,
    "postgresql": postgresql,
    "mariadb": mariadb,
    "redis": redis,
    "redis-cluster": cluster,
    "django": django,
}

#: The same with drivers that only await; threads use others in their place.
ONLY_AWAITING = {"aiosqlite": aiosqlite, "asyncpg": asyncpg}
