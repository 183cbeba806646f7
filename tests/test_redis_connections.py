"""How many connections a store has to Redis, and what becomes of one that failed."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest
from patience import PATIENT
from redis import Connection, Redis
from redis_records import HOUR, KEY, NOW, ONE, SILENCE, record
from redis_servers import HOST, monitored, wait_until

from session440.exceptions import StoreError
from session440.stores import RedisStore

TWO = record("two", "bob")


@pytest.fixture
def server(emptied_redis):
    """With two logins; it is brought back to life behind the test."""
    filler = RedisStore(emptied_redis.url, timeout=PATIENT)
    assert filler.insert(ONE)
    assert filler.insert(TWO)
    yield emptied_redis
    emptied_redis.thaw()
    if emptied_redis.process.poll() is not None:
        emptied_redis.start()


@pytest.fixture
def store(server):
    return RedisStore(server.url, timeout=PATIENT)


@pytest.fixture
def opened(server):
    """Count the connections that a call opens."""

    def received() -> int:
        return server.command("INFO", "stats")["total_connections_received"]

    def counted(call, *args) -> int:
        before = received()
        call(*args)
        return received() - before - 1  # the last is that of the second look

    return counted


def all_at_once(store, number: int) -> None:
    """Find a login in so many threads, none of which ends before all have asked."""
    together = Barrier(number)
    read_response = Connection.read_response

    def meeting(connection, *args, **kwargs):
        if "disable_decoding" in kwargs:  # not while it connects
            together.wait(PATIENT)
        return read_response(connection, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(number) as threads:
        patch.setattr(Connection, "read_response", meeting)
        assert [*threads.map(store.find, [ONE.id] * number)] == [ONE] * number


# --- how many there are


def test_reads_and_changes_in_turn_use_one_connection(store, opened):
    def work() -> None:
        for number in range(3):
            assert store.find(ONE.id) == ONE
            assert store.insert(record(f"new {number}"))
            assert store.find(TWO.id) == TWO
            assert store.touch(TWO.id, NOW, NOW + HOUR)
            assert store.by_subject("bob") == [TWO]
            assert len(store.generation(ONE.id)) == 16
            assert len([*store.records()]) == 3 + number

    assert opened(work) == 1


def test_threads_one_after_another_use_one_connection(store, opened):
    """A thread that ends leaves its connection to the next."""

    def work() -> None:
        for _ in range(10):
            thread = Thread(target=store.find, args=(ONE.id,))
            thread.start()
            thread.join()

    assert opened(work) == 1


def test_there_are_as_many_connections_as_calls_at_the_same_time(store, opened):
    assert opened(all_at_once, store, 4) == 4
    assert opened(all_at_once, store, 4) == 0
    assert opened(store.insert, record("new")) == 0


def test_a_limit_in_the_url_holds_for_reads_and_changes_together(server):
    store = RedisStore(f"{server.url}?max_connections=1", timeout=PATIENT)
    for _ in range(2):
        assert store.find(ONE.id) == ONE
        assert store.touch(ONE.id, NOW, NOW + HOUR)
        assert store.by_subject("alice") == [ONE]


def test_a_client_of_the_callers_keeps_all_its_connections(server):
    """Its pool has one, which is free again after each call."""
    with Redis(HOST, server.port, max_connections=1) as client:
        store = RedisStore(client)
        for _ in range(2):
            assert store.find(ONE.id) == ONE
            assert client.ping()


# --- what is sent


def test_a_find_is_one_command_on_a_new_connection_and_on_a_kept_one(server, store):
    with monitored(server) as seen:
        store.find(ONE.id)
        store.find(ONE.id)
    assert [each for each in seen if each not in ("CLIENT", "SELECT")] == ["HGETALL", "HGETALL"]


def test_a_find_by_the_third_protocol_is_the_same(server):
    store = RedisStore(f"{server.url}?protocol=3", timeout=PATIENT)
    assert [store.find(each) for each in (ONE.id, TWO.id, "f" * 32)] == [ONE, TWO, None]


# --- forks


def find_often(store, wanted):
    for _ in range(200):
        assert store.find(wanted.id) == wanted


def test_a_fork_does_not_read_on_a_kept_connection_of_its_parent(store, opened):
    """Each gets its own answers, at the same time, and the child has one connection more."""

    def work() -> None:
        find_often(store, ONE)
        child = multiprocessing.get_context("fork").Process(target=find_often, args=(store, TWO))
        child.start()
        find_often(store, ONE)
        child.join()
        assert child.exitcode == 0
        find_often(store, ONE)

    assert opened(work) == 2


# --- failures


def test_kept_connections_that_a_restart_closed_are_replaced(server, store, opened):
    """No read fails, however many were kept, and nothing is lost by it."""
    all_at_once(store, 3)
    server.kill()
    server.start()
    assert RedisStore(server.url, timeout=PATIENT).insert(ONE)
    for _ in range(3):
        assert store.find(ONE.id) == ONE
    assert store.insert(TWO)


def test_a_kept_connection_that_its_server_closed_is_replaced_once(server, store, opened):
    store.find(ONE.id)

    def work() -> None:
        server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        assert store.find(ONE.id) == ONE
        assert store.find(TWO.id) == TWO

    assert opened(work) == 2  # the other is the command's


def test_a_late_answer_is_not_taken_for_the_next_one(server):
    store = RedisStore(server.url, timeout=SILENCE)
    wait_until(lambda: store.find(ONE.id) == ONE)
    server.freeze()
    with pytest.raises(StoreError):
        store.find(ONE.id)
    server.thaw()
    found = []
    wait_until(lambda: found.append(store.find(TWO.id)) or found)
    assert found == [TWO]


def test_a_read_that_was_interrupted_leaves_no_answer_behind(server, store, monkeypatch):
    """A server of requests ends one by raising an exception in the middle of it.

    The answer may come when the next question is already on its way.
    """
    store.find(ONE.id)
    server.freeze()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Connection, "read_response", interrupt)
        store.find(ONE.id)
    send_command = Connection.send_command

    def thawing(*args, **kwargs):
        server.thaw()
        send_command(*args, **kwargs)

    monkeypatch.setattr(Connection, "send_command", thawing)
    assert store.find(TWO.id) == TWO


def interrupt(*_, **__):
    raise KeyboardInterrupt


def test_a_key_of_another_type_costs_no_connection(server, store, opened):
    server.command("SET", KEY, "foreign")
    store.find(TWO.id)

    def work() -> None:
        for _ in range(3):
            assert store.find(ONE.id) is None

    assert opened(work) == 0
