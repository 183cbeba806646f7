"""What stores can do in addition, in Redis: its keys, slots, times to live and round trips."""

from __future__ import annotations

import pytest
from redis.crc import key_slot
from redis_records import HOUR, INDEX, KEY, NOW, ONE, record
from redis_servers import monitored, redis_cluster

from session440.stores import RedisStore, stored_id
from session440.stores.notes import valid_from_of
from session440.stores.redis_slots import SLOTS, slot_tag, slot_tags


@pytest.fixture
def server(emptied_redis):
    return emptied_redis


@pytest.fixture
def store(server):
    return RedisStore(server.url)


@pytest.fixture(scope="module")
def running_cluster(launch):
    return launch(redis_cluster)


@pytest.fixture
def cluster(running_cluster):
    for node in running_cluster.nodes:
        node.command("FLUSHALL")
    return running_cluster


def sent(server, call) -> list[str]:
    with monitored(server) as seen:
        call()
    return [each for each in seen if each not in ("CLIENT", "HELLO")]


def test_a_login_costs_three_commands_as_before(server, store):
    """Its generation, with the moment from which logins are valid; its index; its record."""
    for number in range(2):  # a server that has just started is sent the scripts, once
        store.generation(ONE.id)
        store.insert(record(f"first {number}"))

    def log_in() -> None:
        store.generation(ONE.id)
        store.insert(ONE)

    assert sent(server, log_in) == ["EVALSHA"] * 3
    store.end_everybody(NOW)
    assert sent(server, log_in) == ["EVALSHA"] * 3


def test_a_note_is_one_command_and_so_are_the_notes_of_a_key(server, store):
    store.note("sid:1", "one", NOW + 60, NOW)
    store.notes("sid:1", NOW)
    assert sent(server, lambda: store.note("sid:1", "two", NOW + 60, NOW)) == ["EVALSHA"]
    assert sent(server, lambda: store.notes("sid:1", NOW)) == ["EVALSHA"]


def test_redis_forgets_notes_by_itself(server, store):
    store.note("sid:1", "one", NOW + 60, NOW)
    store.note("sid:1", "two", NOW + 30, NOW)
    keys = server.command("KEYS", "session440:note:*")
    assert len(keys) == 2
    for key in keys:
        assert 50_000 < server.command("PTTL", key) <= 60_000
    store.note("sid:1", "two", NOW + 90, NOW)
    for key in keys:
        assert 80_000 < server.command("PTTL", key) <= 90_000


def test_a_record_whose_end_has_moved_stays_as_long_as_it_says_and_is_listed(server, store):
    store.insert(ONE)
    store.move_end(ONE.id, NOW + 10 * HOUR, NOW + 10 * HOUR)
    for key in (KEY, INDEX):
        assert server.command("PTTL", key) > 9 * HOUR * 1000
    assert [each.id for each in store.by_subject(ONE.subject)] == [ONE.id]


def test_neither_notes_nor_the_moment_are_taken_for_records(server, store):
    store.insert(ONE)
    store.note("sid:1", "one", NOW + 60, NOW)
    store.end_everybody(NOW)
    assert [each.id for each in store.records()] == [ONE.id]


def test_the_moment_outlives_every_login(server, store):
    """There is one, and it never expires: a signed ticket may be older than any record."""
    store.end_everybody(NOW)
    assert server.command("KEYS", "*") == [b"session440:valid-from"]
    assert server.command("TTL", "session440:valid-from") == -1


# --- Cluster


def test_each_slot_has_a_tag():
    assert len(set(slot_tags())) == SLOTS
    assert [key_slot(each.encode()) for each in slot_tags()] == [*range(SLOTS)]
    key = f"session440:{{{ONE.id}}}"
    assert key_slot(f"valid-from:{{{slot_tag(key)}}}".encode()) == key_slot(key.encode())


def test_the_moment_is_in_every_slot_of_a_cluster(cluster):
    """So it is where each login is, on whatever server its slot is one day."""
    store = RedisStore(cluster.url)
    store.end_everybody(NOW)
    assert sum(node.command("DBSIZE") for node in cluster.nodes) == SLOTS
    logins = [stored_id(f"{number}") for number in range(100)]
    assert {valid_from_of(store.generation(each)) for each in logins} == {NOW}


def test_logins_are_ended_on_all_servers_of_a_cluster(cluster):
    store = RedisStore(cluster.url)
    logins = [record(f"{number}") for number in range(700)]
    assert all(store.insert(each) for each in logins)
    assert store.end_everybody(NOW + 1) == 700
    assert not any(store.find(each.id).is_live for each in logins)
