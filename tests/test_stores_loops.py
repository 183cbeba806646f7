"""Stores and event loops: many at once, one after another, busy ones, and forks."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from backends import BACKENDS, ONLY_AWAITING
from redis import Redis
from redis_servers import wait_until
from sqlalchemy import NullPool, create_engine, make_url, text
from test_stores import ONE, record
from turning import turn

from session440.exceptions import ConfigurationError, StoreError
from session440.stores import AsyncStore, MemoryStore, RedisStore, SQLStore, open_store
from session440.stores.awaiting import awaited, awaits
from session440.stores.sql_drivers import for_threads

AWAITING = {name: BACKENDS[name] for name in ("postgresql", "redis", "redis-cluster")}
AWAITING |= ONLY_AWAITING
TESTS = Path(__file__).parent


@pytest.fixture(scope="session", params=AWAITING)
def backend(request, launch):
    return launch(AWAITING[request.param])


def by_loop(store):
    """What the store holds for each event loop."""
    return store._servers._awaited if hasattr(store, "_servers") else store._calls._in_loops


def connections(backend) -> set[object]:
    """The server's names of its connections; aiosqlite has a thread for each."""
    if "redis" in backend.name:
        hosts = backend.url.partition("://")[2].partition("/")[0].split(",")
        return set().union(*map(_clients, hosts))
    url = for_threads(make_url(backend.url))
    if url.get_backend_name() == "sqlite":
        return {each for each in threading.enumerate() if "_connection_worker" in each.name}
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return {*connection.execute(text("SELECT pid FROM pg_stat_activity")).scalars()}


def _clients(host: str) -> set[object]:
    with Redis.from_url(f"redis://{host}") as client:
        return {(host, each["id"]) for each in client.client_list()}


def test_a_hundred_calls_at_once_are_answered_each_with_its_own(store):
    many = [record(f"{number}", f"person {number}") for number in range(100)]

    async def scenario():
        asked = AsyncStore(store)
        assert await asyncio.gather(*map(asked.insert, many)) == [True] * 100
        found = await asyncio.gather(*[asked.find(each.id) for each in many])
        ended = await asyncio.gather(*[asked.end(ONE.id, None, 1) for _ in range(100)])
        return found, ended

    store.insert(ONE)
    found, ended = asyncio.run(scenario())
    assert found == many
    assert sorted(ended) == [False] * 99 + [True], "a login ends once"


def test_a_loop_that_ends_closes_its_connections_without_a_word_of_the_app(store, backend):
    before = connections(backend)

    async def scenario():
        assert await AsyncStore(store).insert(ONE)
        assert len(by_loop(store)) == 1
        opened = connections(backend) - before
        await AsyncStore(store).find(ONE.id)
        return opened & connections(backend)  # without the one that has just asked

    opened = asyncio.run(scenario())
    assert opened
    assert len(by_loop(store)) == 0
    wait_until(lambda: not opened & connections(backend))


def test_loops_one_after_another_leave_nothing(store):
    """Neither connections nor objects; asgiref has a loop for each call of async_to_sync()."""

    def objects() -> int:
        gc.collect()
        return len(gc.get_objects())

    for _ in range(20):
        asyncio.run(AsyncStore(store).find(ONE.id))
    before = objects()
    for _ in range(100):
        asyncio.run(AsyncStore(store).find(ONE.id))
    assert objects() - before < 100
    assert len(by_loop(store)) == 0


def test_loops_of_several_threads_share_a_store_with_threads_that_have_none(store):
    many = [record(f"{number}") for number in range(40)]
    failed = []

    def in_a_loop(part):
        async def scenario():
            await asyncio.gather(*map(AsyncStore(store).insert, part))

        try:
            asyncio.run(scenario())
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=in_a_loop, args=(many[at::4],)) for at in range(3)]
    for each in threads:
        each.start()
    for each in many[3::4]:
        store.insert(each)
    for each in threads:
        each.join()
    assert failed == []
    assert store.find_many([each.id for each in many]) == {each.id: each for each in many}


def test_a_loop_that_was_closed_without_its_generators_is_forgotten(store):
    """As old frameworks' tests do; the connections then go with the loop."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(AsyncStore(store).find(ONE.id))
    (held,) = by_loop(store)._held.values()
    loop.run_until_complete(by_loop(store)._close(held.resource))  # so that nobody warns of them
    loop.close()
    asyncio.run(AsyncStore(store).find(ONE.id))
    assert len(by_loop(store)) == 0


@pytest.mark.parametrize("kind", ["redis", "postgresql"])
def test_a_store_that_hangs_delays_no_other_coroutine(kind, launch):
    """A coroutine that only gives way counts its turns, while another waits for the server."""
    server = launch_server(kind, launch)
    store = open_store(server.url, timeout=0.2)

    async def turns_while(call) -> int:
        task, turns = asyncio.ensure_future(call), 0
        while not task.done():
            await turn()
            turns += 1
        with pytest.raises(StoreError):
            task.result()
        return turns

    async def blocking():
        return store.find(ONE.id)

    async def scenario():
        await AsyncStore(store).find(ONE.id)  # connected
        server.freeze()
        try:
            awaited_turns = await turns_while(AsyncStore(store).find(ONE.id))
            connecting = await turns_while(AsyncStore(store).find(ONE.id))
            blocked_turns = await turns_while(blocking())
        finally:
            server.thaw()
        return awaited_turns, connecting, blocked_turns

    awaited_turns, connecting, blocked_turns = asyncio.run(scenario())
    assert blocked_turns <= 2, "this is what a call in place does"
    assert awaited_turns > 100
    assert connecting > 100


def launch_server(kind, launch):
    from redis_servers import redis_server
    from sql_servers import postgresql_server

    return launch({"redis": redis_server, "postgresql": postgresql_server}[kind])


def test_a_busy_loop_is_no_outage(launch):
    """The answer of a read has come long before the loop looks; nobody takes it for a silence."""
    from redis_servers import redis_server

    server = launch(redis_server)
    store = RedisStore(server.url, timeout=0.2)

    async def busy():
        await turn()
        threading.Event().wait(0.5)  # the loop stands still, as under a view that blocks

    async def scenario():
        asked = AsyncStore(store)
        await asked.insert(ONE)
        found, _ = await asyncio.gather(asked.find(ONE.id), busy())
        return found

    assert asyncio.run(scenario()) == ONE


def test_stores_that_block_are_called_in_a_thread_and_memory_in_place(tmp_path):
    here = threading.get_ident()

    async def thread_of(store):
        return await awaited(store, threading.get_ident)

    assert asyncio.run(thread_of(SQLStore(f"sqlite:///{tmp_path / 'it.db'}"))) != here
    assert asyncio.run(thread_of(RedisStore(Redis()))) != here
    assert asyncio.run(thread_of(MemoryStore())) == here
    assert asyncio.run(thread_of(SQLStore("sqlite://"))) == here


def test_what_is_in_memory_is_the_same_for_threads_and_coroutines():
    store = SQLStore("sqlite+aiosqlite://")
    assert awaits(store)
    assert asyncio.run(AsyncStore(store).insert(ONE))
    assert store.find(ONE.id) == ONE


@pytest.mark.parametrize("url", ["mysql+aiomysql://db/x", "mysql+asyncmy://db/x"])
def test_a_driver_that_only_awaits_and_has_no_stand_in_is_refused(url):
    with pytest.raises(ConfigurationError, match="only awaits"):
        open_store(url)


FORKING = """
import asyncio, os, sys
sys.path[:0] = sys.argv[2:]
import patience
from test_stores import ONE
from session440.stores import AsyncStore, open_store

store = open_store(sys.argv[1])
store.insert(ONE)

def find():
    return asyncio.run(AsyncStore(store).find(ONE.id)) == ONE

async def forking():
    asked = AsyncStore(store)
    assert await asked.find(ONE.id) == ONE
    child = os.fork()
    if not child:
        os._exit(0 if find() and store.find(ONE.id) == ONE else 1)
    status = os.waitpid(child, 0)[1]
    found = await asyncio.gather(*[asked.find(ONE.id) for _ in range(5)])
    return status == 0 and found == [ONE] * 5

assert find()
assert asyncio.run(forking())
assert find()
print("all well")
"""


def test_a_fork_opens_connections_of_its_own(backend, store):
    """Also one that happens while a loop runs, as multiprocessing's do."""
    paths = [str(TESTS), str(TESTS.parent)]
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "django_settings"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING, backend.url, *paths],
        capture_output=True,
        text=True,
        timeout=120,
        env=environ,
    )
    assert (done.stdout, done.stderr) == ("all well\n", "")
