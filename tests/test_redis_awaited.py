"""RedisStore where coroutines ask it: Sentinel, sockets, odd URLs, keys of another type."""

from __future__ import annotations

import asyncio

import pytest
from redis import Redis
from redis_servers import redis_sentinel, redis_server, wait_until
from test_stores import ONE, record
from turning import turn

from session440.exceptions import StoreError
from session440.stores import AsyncStore, RedisStore


@pytest.fixture(scope="module")
def server(launch, tmp_path_factory):
    socket = tmp_path_factory.mktemp("socket") / "s"
    return launch(redis_server, unixsocket=socket)


@pytest.fixture
def url(server):
    server.command("FLUSHALL")
    return server.url


def inserted_and_found(store):
    async def scenario():
        asked = AsyncStore(store)
        assert await asked.insert(ONE)
        assert await asked.by_subject("alice") == [ONE]
        assert await asked.end(ONE.id, None, 5)
        return await asked.find(ONE.id)

    return asyncio.run(scenario())


def test_a_server_behind_sentinel_is_found_also_after_it_has_died(launch):
    servers = launch(redis_sentinel)
    store = RedisStore(servers.url)
    assert inserted_and_found(store) == ONE._replace(ended_at=5)
    former = servers.master_port()
    next(each for each in servers.servers if each.port == former).kill()
    wait_until(lambda: servers.master_port() != former)

    def is_inserted():
        async def scenario():
            return await AsyncStore(store).insert(record("two"))

        return asyncio.run(scenario())

    wait_until(is_inserted)
    assert store.find(record("two").id) == record("two")


def test_a_unix_socket_is_as_good(server, url):
    path = server.command("CONFIG GET", "unixsocket")["unixsocket"]
    assert inserted_and_found(RedisStore(f"unix://{path}")) == ONE._replace(ended_at=5)


@pytest.mark.parametrize("options", ["?decode_responses=true", "?max_connections=2", "?protocol=3"])
def test_what_a_url_says_besides_changes_no_answer(url, options):
    store = RedisStore(url + options)
    assert inserted_and_found(store) == ONE._replace(ended_at=5)

    async def scenario():
        asked = AsyncStore(store)
        return await asyncio.gather(*[asked.find(ONE.id) for _ in range(20)])

    assert asyncio.run(scenario()) == [ONE._replace(ended_at=5)] * 20


def test_a_key_of_another_type_is_no_record_and_no_failure(url, server):
    store = RedisStore(url)
    server.command("SET", store._key(ONE.id), "something else")

    async def scenario():
        asked = AsyncStore(store)
        return await asked.find(ONE.id), await asked.find_many([ONE.id])

    assert asyncio.run(scenario()) == (None, {})


def test_scripts_are_sent_again_to_a_server_that_has_forgotten_them(url, server):
    async def scenario():
        asked = AsyncStore(RedisStore(url))
        await asked.insert(ONE)
        server.command("SCRIPT FLUSH")
        assert await asked.touch(ONE.id, ONE.seen_at + 1, ONE.keep_until)
        server.command("SCRIPT FLUSH")
        return await asked.end_everybody(ONE.issued_at + 1)

    assert asyncio.run(scenario()) == 1


def test_connections_that_the_server_has_closed_are_replaced(url):
    async def scenario():
        asked = AsyncStore(RedisStore(url))
        await asked.insert(ONE)
        with Redis.from_url(url) as client:
            client.client_kill_filter(_type="normal")
        for _ in range(100):  # the loop hears of it
            await turn()
        return await asked.find(ONE.id), await asked.end(ONE.id, None, 5)

    assert asyncio.run(scenario()) == (ONE, True)


def test_a_server_that_is_not_there_is_a_failure_without_its_address(launch):
    gone = launch(redis_server)
    gone.kill()
    store = RedisStore(gone.url)

    async def scenario():
        await AsyncStore(store).find(ONE.id)

    with pytest.raises(StoreError, match="Redis fails: ConnectionError"):
        asyncio.run(scenario())
