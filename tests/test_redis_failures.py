"""Redis servers that fail, and several of them: a cluster, and Sentinel's failover."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from redis import Connection
from redis.exceptions import TimeoutError as NoAnswerError
from redis_records import HOUR, INDEX, KEY, NOW, ONE, SILENCE, key, record
from redis_servers import (
    HOST,
    SERVICE,
    redis_cluster,
    redis_sentinel,
    wait_until,
)

from session440.exceptions import StoreError
from session440.stores import RedisStore, stored_id


@pytest.fixture
def waited(monkeypatch):
    """Have a call fail, and give the timeouts, in seconds, that it waited for in vain."""
    seen: list[float] = []

    def noting(work, timeout: str):
        def noted(connection, *args, **kwargs):
            try:
                return work(connection, *args, **kwargs)
            except (NoAnswerError, TimeoutError):
                seen.append(getattr(connection, timeout))
                raise

        return noted

    waits = {"_connect": "socket_connect_timeout", "read_response": "socket_timeout"}
    for name, timeout in waits.items():
        monkeypatch.setattr(Connection, name, noting(getattr(Connection, name), timeout))

    def failing(call, *args) -> list[float]:
        seen.clear()
        with pytest.raises(StoreError):
            call(*args)
        return seen

    return failing


# --- failures


@pytest.fixture
def server(emptied_redis):
    return emptied_redis


@pytest.fixture
def store(server):
    return RedisStore(server.url)


@pytest.fixture
def mortal(server):
    """The server, which is brought back to life behind the test."""
    yield server
    server.thaw()
    if server.process.poll() is not None:
        server.start()


def test_a_generation_ends_with_its_server(mortal, store):
    first = store.generation(ONE.id)
    store.insert(ONE)
    assert store.generation(ONE.id) == first
    mortal.kill()
    mortal.start()
    assert store.generation(ONE.id) not in ("", first)
    assert store.find(ONE.id) is None


def test_a_killed_server_fails_at_once_and_works_again_at_once(mortal, store, waited):
    store.insert(ONE)
    mortal.kill()
    assert waited(store.find, ONE.id) == []
    assert waited(store.insert, ONE) == []
    mortal.start()
    assert store.insert(ONE)


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.find(ONE.id),
        lambda store: store.insert(ONE),
        lambda store: store.touch(ONE.id, NOW, NOW + HOUR),
        lambda store: store.end(ONE.id, None, NOW),
        lambda store: store.by_subject("alice"),
        lambda store: store.generation(ONE.id),
    ],
)
def test_a_frozen_server_fails_when_its_timeout_is_over_once(mortal, store, waited, call):
    """On a connection that was open, and on a new one."""
    store.insert(ONE)
    used, fresh = (RedisStore(mortal.url, timeout=SILENCE) for _ in range(2))
    wait_until(lambda: used.find(ONE.id) == ONE)
    mortal.freeze()
    assert waited(call, used) == [SILENCE]
    assert waited(call, fresh) == [SILENCE]
    mortal.thaw()
    wait_until(lambda: used.find(ONE.id) == ONE)


def test_a_server_without_memory_fails(server, store):
    store.insert(ONE)
    server.command("CONFIG SET", "maxmemory", 1)
    try:
        with pytest.raises(StoreError):
            store.insert(record("two"))
        assert store.find(ONE.id) == ONE
    finally:
        server.command("CONFIG SET", "maxmemory", 0)


def test_a_replica_that_is_read_only_fails(server, store):
    server.command("REPLICAOF", HOST, server.port + 1)
    try:
        with pytest.raises(StoreError):
            store.insert(ONE)
    finally:
        server.command("REPLICAOF", "NO", "ONE")


# --- Cluster


@pytest.fixture(scope="session")
def running_cluster(launch):
    return launch(redis_cluster)


@pytest.fixture
def cluster(running_cluster):
    for node in running_cluster.nodes:
        node.command("FLUSHALL")
    return running_cluster


def test_a_cluster_spreads_logins_and_lists_them_all(cluster):
    store = RedisStore(cluster.url)
    logins = [record(f"{number}") for number in range(9)]
    assert all(store.insert(each) for each in logins)
    assert all(node.command("DBSIZE") for node in cluster.nodes)
    assert store.by_subject("alice") == logins
    assert len({store.generation(each.id) for each in logins}) == 3


def test_touch_puts_back_what_a_clusters_index_lost(cluster):
    store = RedisStore(cluster.url)
    store.insert(ONE)
    cluster.owner(INDEX).command("DEL", INDEX)
    store.touch(ONE.id, NOW, NOW + HOUR)
    assert store.by_subject("alice") == [ONE]


def test_a_clusters_index_is_seen_to_once_in_half_its_time(cluster):
    """Every other touch is one command there too."""
    store, index = RedisStore(cluster.url), cluster.owner(INDEX)
    store.insert(ONE)
    store.touch(ONE.id, NOW, NOW + HOUR)
    index.command("DEL", INDEX)
    store.touch(ONE.id, NOW + 1799, NOW + 1799 + HOUR)
    assert index.command("EXISTS", INDEX) == 0
    store.touch(ONE.id, NOW + 1800, NOW + 1800 + HOUR)
    assert index.command("EXISTS", INDEX) == 1


@contextmanager
def moved(slot, source, target):
    """Give a slot, with what is in it, to another node, and take it back."""
    for giver, taker in ((source, target), (target, source)):
        names = [each.command("CLUSTER MYID") for each in (giver, taker)]
        taker.command("CLUSTER SETSLOT", slot, "IMPORTING", names[0])
        giver.command("CLUSTER SETSLOT", slot, "MIGRATING", names[1])
        for each in giver.command("CLUSTER GETKEYSINSLOT", slot, 100):
            giver.command("MIGRATE", HOST, taker.port, each, 0, 5000)
        for node in (taker, giver):
            node.command("CLUSTER SETSLOT", slot, "NODE", names[1])
        if giver is source:
            yield


def test_a_cluster_is_followed_when_a_slot_moves(cluster):
    """Also by a list, whose commands go to several nodes."""
    store, other = RedisStore(cluster.url), RedisStore(cluster.url)
    assert store.insert(ONE)
    assert other.by_subject("alice") == [ONE]
    slot = cluster.nodes[0].command("CLUSTER KEYSLOT", KEY)
    source = cluster.owner(KEY)
    target = next(node for node in cluster.nodes if node is not source)
    with moved(slot, source, target):
        assert other.by_subject("alice") == [ONE]
        assert store.touch(ONE.id, NOW + 1, NOW + HOUR)


@pytest.mark.slow
def test_a_dead_node_fails_its_own_logins_fast_and_no_others(cluster, waited):
    """A client asks a second time who has the slot, and a new one has to learn the Cluster."""
    long = 2.0  # seconds; the nodes that live answer in time on any machine
    store = RedisStore(cluster.url, timeout=long)
    logins = {cluster.owner(key(f"{number}")).port: f"{number}" for number in range(30)}
    for id in logins.values():
        store.insert(record(id, id))
    dead, *alive = cluster.nodes
    for stop, waits in ((dead.freeze, 1), (dead.kill, 0)):
        stop()
        for client in (store, RedisStore(cluster.url, timeout=long)):
            assert len(waited(client.find, stored_id(logins[dead.port]))) <= 3 * waits
            assert len(waited(client.touch, stored_id(logins[dead.port]), NOW, NOW)) == waits
            for node in alive:
                assert client.find(stored_id(logins[node.port])) is not None
    dead.start()
    wait_until(lambda: dead.command("CLUSTER INFO")["cluster_state"] == "ok")
    assert store.find(stored_id(logins[dead.port])) is None


# --- Sentinel


def test_a_failover_is_followed_and_begins_a_new_generation(launch, waited):
    watched = launch(redis_sentinel)
    store = RedisStore(watched.url)
    master, replica = watched.servers
    generation = store.generation(ONE.id)
    store.insert(ONE)
    wait_until(lambda: replica.command("EXISTS", KEY))
    master.kill()
    assert waited(store.find, ONE.id) == []
    wait_until(lambda: watched.master_port() == replica.port)
    wait_until(lambda: replica.command("ROLE")[0] == b"master")
    assert store.find(ONE.id) == ONE
    assert store.touch(ONE.id, NOW + 1, NOW + HOUR)
    assert store.generation(ONE.id) != generation


def test_dead_sentinels_fail_at_once(waited):
    store = RedisStore(f"redis+sentinel://{HOST}:1,{HOST}:2/{SERVICE}")
    assert waited(store.find, ONE.id) == []
