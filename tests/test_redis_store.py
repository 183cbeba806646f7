"""What is Redis's own: slots, round trips, times to live, the index, and its clients."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager

import pytest
from patience import SHIPPED
from redis import Redis
from redis_records import HOUR, INDEX, KEY, NOW, ONE, SILENCE, record
from redis_servers import (
    HOST,
    monitored,
    redis_server,
    wait_until,
)

from session440 import Cause
from session440.exceptions import ConfigurationError, StoreError
from session440.stores import RedisStore, stored_id


@pytest.fixture
def server(emptied_redis):
    return emptied_redis


@pytest.fixture
def store(server):
    return RedisStore(server.url)


FORGETS_AT = """
local time = redis.call('TIME')
return {time[1], time[2], redis.call('PTTL', KEYS[1])}
"""


def forgets_at(server, key: str) -> float:
    """When the server will forget a key, in seconds of its own clock."""
    seconds, micros, milliseconds = map(int, server.command("EVAL", FORGETS_AT, 1, key))
    return seconds + micros / 1e6 + milliseconds / 1e3


@contextmanager
def kept_for(server, key: str, seconds: float):
    """Expect that a key is kept for so long from a moment within the block."""
    began, _ = server.command("TIME")
    yield
    ended, _ = server.command("TIME")
    assert began + seconds - 0.01 <= forgets_at(server, key) <= ended + 1 + seconds


def test_a_store_waits_for_a_fifth_of_a_second():
    assert SHIPPED[RedisStore] == SILENCE


# --- keys, round trips and times


def test_each_ticket_has_a_slot_of_its_own(server, store):
    """Its key alone is hashed by its id; the index is hashed by its subject."""
    store.insert(ONE)
    assert set(server.command("KEYS", "*")) == {KEY.encode(), INDEX.encode()}


def test_a_prefix_keeps_stores_apart(server, store):
    other = RedisStore(server.url, prefix="other")
    other.insert(ONE)
    assert store.find(ONE.id) is None
    assert store.by_subject("alice") == []
    assert other.by_subject("alice") == [ONE]


def test_find_touch_and_end_are_one_command_each(server, store):
    for warm in (record("warm"), ONE):
        store.insert(warm)
    store.touch(record("warm").id, NOW, NOW)
    store.end(record("warm").id, None, NOW)
    with monitored(server) as seen:
        store.find(ONE.id)
        store.touch(ONE.id, NOW + 1, NOW + HOUR + 1)
        store.end(ONE.id, Cause.REVOKED, NOW + 2)
        store.find(ONE.id)
    assert seen == ["HGETALL", "EVALSHA", "EVALSHA", "HGETALL"]


def test_a_list_is_two_round_trips_however_many_others_are_logged_in(server, store):
    for number in range(50):
        store.insert(record(f"{number}", f"user {number}"))
    for number in range(3):
        store.insert(record(f"mine {number}"))
    with monitored(server) as seen:
        assert len(store.by_subject("alice")) == 3
    assert seen == ["ZRANGE", "HGETALL", "HGETALL", "HGETALL"]


def test_a_ticket_lives_as_long_as_its_own_times_say(server, store):
    """The server's clock is not asked: callers have theirs."""
    with kept_for(server, KEY, HOUR):
        store.insert(ONE)
    with kept_for(server, KEY, 2 * HOUR):
        store.touch(ONE.id, NOW + 60, NOW + 60 + 2 * HOUR)
    kept = forgets_at(server, KEY)
    store.touch(ONE.id, NOW + 90, NOW + 90)
    store.end(ONE.id, None, NOW + 90)
    assert forgets_at(server, KEY) == pytest.approx(kept, abs=0.01)


def test_a_ticket_that_is_over_is_forgotten(server, store):
    store.insert(ONE._replace(keep_until=NOW - 1))
    wait_until(lambda: not server.command("EXISTS", KEY))
    assert not store.touch(ONE.id, NOW, NOW + HOUR)
    assert not store.end(ONE.id, None, NOW)
    assert not server.command("EXISTS", KEY)
    assert store.by_subject("alice") == []
    assert store.purge(NOW + HOUR) == 0


def test_a_tombstone_lives_from_its_end(server, store):
    with kept_for(server, KEY, 60):
        store.insert(ONE._replace(cause=Cause.IDLE, ended_at=NOW + HOUR - 60))


# --- what is no record


@pytest.mark.parametrize(
    "command",
    [
        ("SET", KEY, "foreign"),
        ("RPUSH", KEY, "foreign"),
        ("HSET", KEY, "foreign", "1"),
        ("HSET", KEY, "subject", "alice", "issued_at", "1", "seen_at", "1"),  # older
    ],
)
def test_what_is_no_record_is_not_found_and_stays_as_it_is(server, store, caplog, command):
    server.command(*command)
    held = server.command("DUMP", KEY)
    assert store.find(ONE.id) is None
    assert "holds no record" in caplog.text
    assert not store.insert(ONE)
    assert not store.touch(ONE.id, NOW + 1, NOW + HOUR)
    assert not store.end(ONE.id, None, NOW)
    assert server.command("DUMP", KEY) == held


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seen_at", "soon"),
        ("seen_at", "nan"),
        ("keep_until", ""),
        ("subject", b"\xff\xfe"),
        ("cause", "foreign"),
        ("ended_at", b"\x80"),
    ],
)
def test_a_corrupt_record_is_not_found(server, store, caplog, field, value):
    store.insert(ONE)
    server.command("HSET", KEY, field, value)
    assert store.find(ONE.id) is None
    assert store.by_subject("alice") == []
    assert "holds no record" in caplog.text


def test_fields_of_a_newer_version_are_passed_over(server, store):
    store.insert(ONE)
    server.command("HSET", KEY, "newer", b"\xff")
    assert store.find(ONE.id) == ONE


# --- the index


def test_touch_puts_back_what_the_index_lost(server, store):
    """In the order of the insertion, whichever is touched first."""
    one, two = record("one"), record("two")
    store.insert(one)
    store.insert(two)
    server.command("DEL", INDEX)
    assert store.by_subject("alice") == []
    store.touch(two.id, NOW, NOW + HOUR)
    store.touch(one.id, NOW, NOW + HOUR)
    assert store.by_subject("alice") == [one, two]


def test_an_entry_whose_ticket_is_still_to_be_written_stays(server, store):
    """An insert writes the index first: a list in between must not take the entry away."""
    store.insert(ONE)
    held = server.command("DUMP", KEY)
    server.command("DEL", KEY)
    assert store.by_subject("alice") == []
    server.command("RESTORE", KEY, 0, held)
    assert store.by_subject("alice") == [ONE]


def test_entries_leave_the_index_with_their_tickets(server, store):
    server.command("ZADD", INDEX, 1, "0" * 32)  # whose ticket was over in 1970
    store.insert(ONE)
    assert server.command("ZRANGE", INDEX, 0, -1) == [ONE.id.encode()]


def test_an_entry_that_is_no_id_costs_nobody_the_list(server, store):
    store.insert(ONE)
    server.command("ZADD", INDEX, 10**15, b"\xff\xfe", 10**15, "shopping cart")
    assert store.by_subject("alice") == [ONE]


def test_a_list_takes_ended_tickets_out_of_the_index(server, store):
    store.insert(ONE)
    store.insert(record("two"))
    store.end(ONE.id, None, NOW)
    assert store.by_subject("alice") == [record("two")]
    assert server.command("ZRANGE", INDEX, 0, -1) == [stored_id("two").encode()]


def test_an_index_outlives_its_tickets_but_not_for_ever(server, store):
    with kept_for(server, INDEX, 2 * HOUR + 60):
        store.insert(record("long", keep_until=NOW + 2 * HOUR))
        store.insert(record("short", keep_until=NOW + 60))
    with kept_for(server, INDEX, 3 * HOUR + 60):
        store.touch(stored_id("short"), NOW + 30, NOW + 30 + 3 * HOUR)


def test_an_index_of_another_type_costs_the_list_alone(server, store, caplog):
    server.command("SET", INDEX, "foreign")
    assert store.insert(ONE)
    assert store.touch(ONE.id, NOW + 1, NOW + HOUR)
    assert store.by_subject("alice") == []
    assert "WRONGTYPE" in caplog.text
    assert server.command("GET", INDEX) == b"foreign"


# --- clients


def test_a_client_that_decodes_its_answers_will_do(server):
    with Redis(HOST, server.port, decode_responses=True) as client:
        store = RedisStore(client)
        odd = record(subject="zoë \ud83d")
        assert store.insert(odd)
        assert store.touch(odd.id, NOW, NOW + HOUR)
        assert store.find(odd.id) == odd
        assert store.by_subject(odd.subject) == [odd]


def test_a_server_that_forgot_its_scripts_is_told_them_again(server, store):
    store.insert(ONE)
    server.command("SCRIPT FLUSH")
    assert store.touch(ONE.id, NOW + 1, NOW + HOUR)
    server.command("SCRIPT FLUSH")
    assert store.end(ONE.id, None, NOW)


def find_often(store):
    for _ in range(200):
        assert store.find(ONE.id) == ONE


def test_a_fork_shares_no_connection(server, store):
    """Neither with its parent, nor with what its parent waits for."""
    store.insert(ONE)
    before = server.command("INFO", "stats")["total_connections_received"]
    child = multiprocessing.get_context("fork").Process(target=find_often, args=(store,))
    child.start()
    find_often(store)
    child.join()
    assert child.exitcode == 0
    after = server.command("INFO", "stats")["total_connections_received"]
    assert after - before == 2  # the child's, and that of the last command


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://:s3cret@127.0.0.1:1",  # no service
        "redis+sentinel://:s3cret@127.0.0.1:1/logins/x",
        "redis+cluster://:s3cret@127.0.0.1:1,127.0.0.1:port",
        "redis://:s3cret@127.0.0.1:port",
        "redis://:s3cret@127.0.0.1?socket_timeout=long",
        "redis://:s3cret@127.0.0.1?no_such_option=1",
    ],
)
def test_a_malformed_url_is_refused_without_its_password(url):
    with pytest.raises(ConfigurationError, match="redis://") as refused:
        RedisStore(url)
    assert "s3cret" not in str(refused.value)


def test_a_password_is_used_and_in_no_error(launch):
    server = launch(redis_server, requirepass="s3cret")
    assert RedisStore(f"redis://:s3cret@{HOST}:{server.port}").insert(ONE)
    for login in ("", ":wr0ng@"):
        with pytest.raises(StoreError) as failed:
            RedisStore(f"redis://{login}{HOST}:{server.port}").find(ONE.id)
        assert "wr0ng" not in f"{failed.value} {failed.value.__cause__}"
