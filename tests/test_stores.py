"""The contract of stores, held against every store on a real server, by threads and coroutines."""

from __future__ import annotations

import math

import pytest
from awaiting import in_a_loop

from session440 import Cause, Ticket
from session440.stores import Record, stored_id
from session440.stores.notes import keeps_notes, valid_from_of, with_valid_from

NOW = 1_800_000_000.0
KEEP = NOW + 100_000


def record(id: str = "one", subject: str = "alice", **changes) -> Record:
    ticket = Ticket(id, subject, NOW, NOW, "default", None, "n0de")
    return Record.of(ticket, KEEP)._replace(**changes)


ONE = record()


@pytest.fixture(params=["by threads", "by coroutines"])
def store(request, backend):
    """A client of an empty store."""
    backend.empty()
    opened = backend.open()
    if request.param == "by threads":
        yield opened
    else:
        with in_a_loop(opened) as awaited:
            yield awaited


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


# --- what a store can do in addition: session440.stores.many


def test_many_records_and_tombstones_are_found_as_they_are_and_others_left_out(store):
    others = [record(f"{number}", f"person {number}") for number in range(3)]
    tombstone = record("over", cause=Cause.REVOKED, ended_at=NOW + 5)
    for each in (ONE, *others, tombstone):
        store.insert(each)
    ids = [ONE.id, stored_id("unknown"), others[1].id, tombstone.id, ONE.id]
    assert store.find_many(ids) == {each.id: each for each in (ONE, others[1], tombstone)}
    assert store.find_many([]) == {}


def test_more_are_found_than_fit_into_one_batch(store):
    kept = [record(f"{number}") for number in range(1203)]
    for each in kept:
        store.insert(each)
    assert store.find_many([each.id for each in kept]) == {each.id: each for each in kept}


def test_the_memories_of_many_have_the_names_that_each_has(store):
    ids = [stored_id(f"{number}") for number in range(30)]
    assert store.generations(ids) == {id: store.generation(id) for id in ids}
    store.end_everybody(NOW)
    assert store.generations(ids) == {id: store.generation(id) for id in ids}
    assert store.generations([]) == {}


# --- what a store can do in addition: session440.stores.notes


def test_every_store_of_ours_keeps_notes(store):
    assert keeps_notes(store)


def test_a_note_is_new_once(store):
    assert store.note("jti:1", "seen", NOW + 60, NOW)
    assert not store.note("jti:1", "seen", NOW + 60, NOW)
    assert store.note("jti:2", "seen", NOW + 60, NOW)
    assert store.notes("jti:1", NOW) == ["seen"]


def test_notes_are_told_in_the_order_in_which_they_were_written(store):
    for text in ("b", "a", "c"):
        store.note("sub:1", text, NOW + 60, NOW)
    store.note("sub:1", "b", NOW + 90, NOW)  # known already
    assert store.notes("sub:1", NOW) == ["b", "a", "c"]
    assert store.notes("sub:2", NOW) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("alice", "Alice"), ("alice", "alice "), ("é", "e"), ("a", "a\x00"), ("", "\ud83d\ude00")],
)
def test_notes_that_look_alike_are_different_notes(store, one, other):
    for text in (one, other):
        assert store.note("label", text, NOW + 60, NOW)
        assert store.note(text, "label", NOW + 60, NOW)
    assert store.notes("label", NOW) == [one, other]
    assert store.notes(one, NOW) == store.notes(other, NOW) == ["label"]


def test_a_note_that_is_over_is_not_there_and_is_new_again(store):
    store.note("gone", "one", NOW + 10, NOW)
    store.note("gone", "two", NOW + 60, NOW)
    assert store.notes("gone", NOW + 9.9) == ["one", "two"]
    assert store.notes("gone", NOW + 10) == ["two"]
    assert store.note("gone", "one", NOW + 60, NOW + 10)
    assert store.notes("gone", NOW + 10) == ["two", "one"]


def test_a_note_that_is_over_is_new_again_however_many_others_are(store):
    """Whether it is among the few that are swept or not."""
    for number in range(9):
        store.note("sid", f"{number}", NOW + 1, NOW)
    store.note("sid", "last", NOW + 2, NOW)
    assert store.note("sid", "last", NOW + 60, NOW + 10)
    assert not store.note("sid", "last", NOW + 60, NOW + 10)


def test_a_note_is_kept_for_the_longest_time_that_was_said(store):
    store.note("sid", "one", NOW + 60, NOW)
    assert not store.note("sid", "one", NOW + 90, NOW)
    assert not store.note("sid", "one", NOW + 30, NOW)
    assert store.notes("sid", NOW + 89) == ["one"]
    assert store.notes("sid", NOW + 90) == []


def test_old_notes_are_forgotten_as_new_ones_are_written(store, backend):
    """A site that writes notes does not pile them up, and each one pays for a few."""
    for number in range(6):
        store.note("sub:1", f"{number}", NOW + 10, NOW)
    for number in range(2):
        store.note("sub:1", f"later {number}", NOW + 100, NOW + 50)
    assert store.notes("sub:1", NOW) == ["later 0", "later 1"], "the others are gone for good"


def test_an_end_moves_in_both_directions_and_is_kept_for_longer_only(store):
    store.insert(ONE)
    assert store.move_end(ONE.id, NOW + 60.5, KEEP + 60)
    assert store.find(ONE.id) == ONE._replace(not_after=NOW + 60.5, keep_until=KEEP + 60)
    assert store.move_end(ONE.id, NOW + 30, KEEP - 60)
    assert store.find(ONE.id) == ONE._replace(not_after=NOW + 30, keep_until=KEEP + 60)
    assert store.move_end(ONE.id, None, KEEP)
    assert store.find(ONE.id) == ONE._replace(keep_until=KEEP + 60)
    assert store.by_subject("alice") == [ONE._replace(keep_until=KEEP + 60)]


def test_an_end_is_not_moved_where_no_login_is_live(store):
    assert not store.move_end(ONE.id, NOW + 60, KEEP)
    assert store.find(ONE.id) is None
    tombstone = ONE._replace(cause=Cause.REVOKED, ended_at=NOW)
    store.insert(tombstone)
    assert not store.move_end(ONE.id, NOW + 60, KEEP + 60)
    assert store.find(ONE.id) == tombstone


def test_everybodys_live_logins_are_ended_and_the_others_stay_as_they_were(store):
    """Also those of a node whose clock is ahead."""
    ahead = record("ahead", issued_at=NOW + 30, seen_at=NOW + 30)
    logged_out = record("out", cause=None, ended_at=NOW - 5)
    for each in (ONE, record("bobs", "bob"), ahead, logged_out):
        store.insert(each)
    assert store.end_everybody(NOW + 1.5) == 3
    for each in (ONE, record("bobs", "bob"), ahead):
        over = {"cause": Cause.REVOKED, "ended_at": NOW + 1.5}
        assert store.find(each.id) == each._replace(**over)
    assert store.find(logged_out.id) == logged_out
    assert store.by_subject("alice") == []
    assert store.end_everybody(NOW + 2) == 0


def test_more_logins_are_ended_than_fit_into_one_batch(store):
    for number in range(1203):
        store.insert(record(f"{number}", f"person {number % 7}"))
    assert store.end_everybody(NOW) == 1203
    assert [store.by_subject(f"person {number}") for number in range(7)] == [[]] * 7


def test_a_generation_carries_the_moment_from_which_logins_are_valid(store, backend):
    former = store.generation(ONE.id)
    assert valid_from_of(former) == -math.inf
    moment = NOW + 0.1234567
    store.end_everybody(moment)
    generation = store.generation(ONE.id)
    assert generation.endswith(f"@{moment!r}")
    assert valid_from_of(generation) == moment
    assert len(generation) <= 40
    others = [store.generation(stored_id(f"{number}")) for number in range(50)]
    assert {valid_from_of(each) for each in others} == {moment}
    if backend.is_shared:
        assert backend.open().generation(ONE.id) == generation


def test_a_newer_moment_replaces_an_older_one_and_not_the_other_way_round(store):
    for moment in (NOW, NOW + 5, NOW + 1):
        store.end_everybody(moment)
    assert valid_from_of(store.generation(ONE.id)) == NOW + 5


def test_a_moment_of_a_clock_that_was_far_ahead_is_replaced(store):
    """Or nobody could log in until the right clocks have caught up with it."""
    store.end_everybody(NOW + 60)
    store.end_everybody(NOW)
    assert valid_from_of(store.generation(ONE.id)) == NOW + 60, "clocks differ a little"
    store.end_everybody(NOW + 3600)
    store.end_everybody(NOW + 5)
    assert valid_from_of(store.generation(ONE.id)) == NOW + 5
    assert store.insert(record(issued_at=NOW + 6))
    assert store.find(ONE.id).is_live


def test_a_login_that_is_inserted_too_late_is_over(store, backend):
    """It was issued before everybody's were ended; another client may have ended them."""
    store.insert(record("first"))
    (backend.open() if backend.is_shared else store).end_everybody(NOW + 5)
    assert store.insert(ONE)
    assert store.find(ONE.id) == ONE._replace(cause=Cause.REVOKED, ended_at=NOW + 5)
    assert not store.touch(ONE.id, NOW + 9, KEEP)
    begun = record("begun", issued_at=NOW + 5, seen_at=NOW + 5)
    assert store.insert(begun)
    assert store.by_subject("alice") == [begun]
    logged_out = record("out", cause=None, ended_at=NOW - 5)
    assert store.insert(logged_out)
    assert store.find(logged_out.id) == logged_out


@pytest.mark.parametrize(
    "name", ["", "a", "@", "@5", "a@", "a@b", "a@nan", "a@inf", "a@-inf", "eu@db", "a@1@b"]
)
def test_a_generation_that_names_no_moment_voids_nothing(name):
    assert valid_from_of(name) == -math.inf


@pytest.mark.parametrize("name", ["a", "x" * 32, "eu@db", "a@5.0", "a@inf"])
def test_a_generation_is_named_after_its_newest_moment(name):
    renamed = with_valid_from(name, NOW, 32)
    assert len(renamed) <= 32
    assert valid_from_of(renamed) == NOW
    assert with_valid_from(renamed, NOW - 1, 32) == renamed
