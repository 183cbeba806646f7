"""The contract of stores, held against every store on a real server."""

from __future__ import annotations

import math

import pytest

from session440 import Cause, Ticket
from session440.stores import Record, stored_id

NOW = 1_800_000_000.0
KEEP = NOW + 100_000


def record(id: str = "one", subject: str = "alice", **changes) -> Record:
    ticket = Ticket(id, subject, NOW, NOW, "default", None, "n0de")
    return Record.of(ticket, KEEP)._replace(**changes)


ONE = record()


def test_nothing_is_found_in_an_empty_store(store):
    assert store.find(ONE.id) is None
    assert store.by_subject("alice") == []
    assert store.purge(NOW) == 0


@pytest.mark.parametrize(
    "each",
    [
        ONE,
        record(not_after=NOW + 60.25, policy="remember", seen_at=NOW + 0.123456),
        record(subject="zoë \x00 \ud83d\ude00 '\"\\%_", policy="é"),
        record(subject="x" * 5000, node=""),
        record(cause=Cause.REVOKED, ended_at=NOW + 5),
        record(cause=None, ended_at=NOW + 5),
    ],
)
def test_what_is_inserted_is_found_as_it_was(store, each):
    assert store.insert(each)
    assert store.find(each.id) == each


def test_a_known_id_is_not_inserted_again(store):
    """An ended login does not begin again by being inserted."""
    assert store.insert(ONE)
    assert not store.insert(ONE._replace(seen_at=NOW + 5))
    assert store.find(ONE.id) == ONE
    store.end(ONE.id, Cause.REVOKED, NOW + 1)
    assert not store.insert(ONE)
    assert store.find(ONE.id).cause is Cause.REVOKED


def test_touch_moves_times_forward_only(store):
    store.insert(ONE)
    assert store.touch(ONE.id, NOW + 10, KEEP + 10)
    assert store.touch(ONE.id, NOW + 5, KEEP - 5)  # out of order
    assert store.find(ONE.id) == ONE._replace(seen_at=NOW + 10, keep_until=KEEP + 10)


def test_touch_never_inserts(store):
    assert not store.touch(ONE.id, NOW, KEEP)
    assert store.find(ONE.id) is None
    assert store.by_subject("alice") == []


def test_end_leaves_a_tombstone_which_touch_leaves_alone(store):
    store.insert(ONE)
    assert store.end(ONE.id, Cause.DISPLACED, NOW + 7)
    assert not store.touch(ONE.id, NOW + 10, KEEP + 10)
    assert store.find(ONE.id) == ONE._replace(cause=Cause.DISPLACED, ended_at=NOW + 7)


def test_a_login_ends_once(store):
    """The first end counts: its cause, its time, and its caller alone is told so."""
    store.insert(ONE)
    assert store.end(ONE.id, None, NOW + 7)
    assert not store.end(ONE.id, Cause.REVOKED, NOW + 8)
    assert store.find(ONE.id) == ONE._replace(cause=None, ended_at=NOW + 7)


def test_end_of_an_unknown_login_keeps_nothing(store):
    assert not store.end(ONE.id, Cause.REVOKED, NOW)
    assert store.find(ONE.id) is None


def test_a_subjects_live_logins_are_listed_in_the_order_of_their_insertion(store):
    """Whatever the nodes' clocks say."""
    third = record("c", issued_at=NOW - 100)
    for each in (record("b"), record("a"), third, record("other", "bob")):
        store.insert(each)
    store.end(stored_id("a"), Cause.REVOKED, NOW)
    assert store.by_subject("alice") == [record("b"), third]
    assert store.by_subject("bob") == [record("other", "bob")]


@pytest.mark.parametrize(
    ("one", "other"),
    [("alice", "Alice"), ("alice", "alice "), ("é", "e"), ("a", "a\x00"), ("", " ")],
)
def test_subjects_that_look_alike_are_different_people(store, one, other):
    store.insert(record("1", one))
    assert store.by_subject(other) == []
    assert [each.subject for each in store.by_subject(one)] == [one]


def test_the_list_shows_what_touch_moved(store):
    store.insert(ONE)
    store.touch(ONE.id, NOW + 10, KEEP)
    assert store.by_subject("alice") == [ONE._replace(seen_at=NOW + 10)]


def test_purge_forgets_what_is_over_in_batches_and_nothing_else(store, backend):
    if backend.forgets_by_itself:
        assert store.purge(KEEP + 1) == 0
        return
    for number in range(5):
        store.insert(record(f"{number}", keep_until=NOW + 10))
    store.insert(record("tombstone", keep_until=NOW + 10, cause=Cause.IDLE, ended_at=NOW))
    store.insert(record("kept", keep_until=NOW + 10.5))
    assert store.purge(NOW + 9.9) == 0
    assert store.purge(NOW + 10, limit=4) == 4
    assert store.purge(NOW + 10, limit=4) == 2
    assert store.purge(NOW + 10, limit=4) == 0
    assert store.by_subject("alice") == [record("kept", keep_until=NOW + 10.5)]


def test_a_generation_lasts(store, backend):
    """It is the same for every client of one memory, and short enough for a cookie."""
    generation = store.generation(ONE.id)
    assert 4 <= len(generation) <= 40
    store.insert(ONE)
    assert store.generation(ONE.id) == generation
    if backend.is_shared:
        assert backend.open().generation(ONE.id) == generation


def test_another_client_sees_the_same(store, backend):
    if not backend.is_shared:
        return
    other = backend.open()
    store.insert(ONE)
    assert other.find(ONE.id) == ONE
    other.end(ONE.id, Cause.REVOKED, NOW)
    assert not store.touch(ONE.id, NOW + 1, KEEP)


def test_stored_ids_are_hashes():
    """Whoever reads the store learns no ticket's id."""
    assert stored_id("one") != "one"
    assert stored_id(stored_id("one")) == stored_id("one")
    assert math.isfinite(int(stored_id("one"), 16))
