"""Races: whatever two threads or processes do to a login at the same moment, it stays sound."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest
from backends import BACKENDS
from racing import ROUNDS, hold, in_processes, in_threads
from werkzeug.test import create_environ, run_wsgi_app

from session440 import Cause, Ticket
from session440.stores import Record
from session440.wsgi import Session440Middleware

COURSES = {"threads": in_threads, "processes": in_processes}
#: Where each store races. One in memory is of one process, whose threads alone share it.
COURSES_OF_STORES = [
    (store, course)
    for store in BACKENDS
    for course in COURSES
    if (store, course) != ("memory", "processes")
]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.race,
    pytest.mark.parametrize(
        ("backend", "course"), COURSES_OF_STORES, indirect=True, scope="session"
    ),
]

NOW = 1_800_000_000.0
KEEP = NOW + 100_000
LATER = NOW + 200_000
CHANCE = Random(0)


@pytest.fixture(scope="session")
def course(request, backend):
    with COURSES[request.param](backend) as race:
        yield race


@pytest.fixture
def race(course, store):
    """Race two steps: ``race(logout, touch)`` gives the two results of each round."""
    return partial(course, store)


# --- a login for each round


def login(number: int, **changes) -> Record:
    ticket = Ticket(f"login {number}", f"person {number}", NOW, NOW, "default", None, "n0de")
    return Record.of(ticket, KEEP)._replace(**changes)


IDS = [login(number).id for number in range(ROUNDS)]


def begin(store) -> None:
    for number in range(ROUNDS):
        store.insert(login(number))


def begin_briefly(store) -> None:
    """Each is over at the second that has its round's number."""
    for number in range(ROUNDS):
        store.insert(login(number, keep_until=NOW + number))


def listed(store, number: int) -> list[Record]:
    return store.by_subject(login(number).subject)


# --- steps


def touch(store, number):
    return store.touch(IDS[number], NOW + 10, LATER)


def log_out(store, number):
    return store.end(IDS[number], None, NOW + 5)


def revoke(store, number):
    return store.end(IDS[number], Cause.REVOKED, NOW + 6)


def touch_further(is_even, store, number):
    """See a login the later of the two, or keep it the longer, in turns."""
    if number % 2 == is_even:
        return store.touch(IDS[number], NOW + 20, KEEP + 5)
    return store.touch(IDS[number], NOW + 10, LATER)


def purge(store, number):
    return store.purge(NOW + number)


def find(store, number):
    """An expired login is gone for good where somebody looks for it."""
    return store.find(IDS[number])


def touch_at_its_end(store, number):
    """Begin a login that Redis forgets in a millisecond, and touch it about then."""
    store.insert(login(number, keep_until=NOW + 0.001))
    hold(CHANCE.random() * 0.003)
    return touch(store, number)


def write_note(store, number):
    return store.note(f"jti:{number}", "seen", LATER, NOW)


def write_note_again(store, number):
    """When the first one is over."""
    return store.note(f"jti:{number}", "seen", LATER, NOW + 10)


def expire(store, number):
    """Have Redis itself forget it within a millisecond."""
    store._servers.ask("PEXPIRE", store._key(IDS[number]), 1)


def find_and_touch(within, store, number):
    found = store.find(IDS[number])
    if number % 3:  # else the moment in between may be too short to be met on a busy machine
        hold(CHANCE.random() * within)
    return found is not None, touch(store, number)


class Watched:
    """A store that remembers which login began, and which it listed after that."""

    def __init__(self, store) -> None:
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def insert(self, record):
        if record.is_live:  # else it is the end of another one
            self.begun = record.id
        return self._store.insert(record)

    def by_subject(self, subject):
        records = self._store.by_subject(subject)
        self.seen = [each.id for each in records]
        return records


def login_page(environ, start_response):
    environ["session440"].login(environ["PATH_INFO"].strip("/"))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"in"]


def log_in(store, number):
    """Log in where one login is allowed; give the new one, and those that were there then."""
    watched = Watched(store)
    site = Session440Middleware(login_page, secret_key="s" * 32, store=watched, max_logins=1)
    run_wsgi_app(site, create_environ(f"/person {number}", method="POST"))
    return watched.begun, watched.seen


# --- the races


@pytest.mark.parametrize(("end", "cause", "at"), [(log_out, None, 5), (revoke, Cause.REVOKED, 6)])
def test_a_touch_undoes_no_end(race, store, end, cause, at):
    """Whichever comes first, and a later one neither."""
    begin(store)
    rounds = race(end, touch)
    assert {touched for _, touched in rounds} == {True, False}  # each was first at times
    for number, (ended, touched) in enumerate(rounds):
        assert ended is True
        moved = {"seen_at": NOW + 10, "keep_until": LATER} if touched else {}
        tombstone = login(number, cause=cause, ended_at=NOW + at, **moved)
        assert store.find(IDS[number]) == tombstone
        assert not store.touch(IDS[number], NOW + 30, LATER)
        assert store.find(IDS[number]) == tombstone


def test_of_two_who_end_a_login_one_is_told_so_and_its_cause_stands(race, store):
    begin(store)
    rounds = race(revoke, log_out)
    assert {*rounds} == {(True, False), (False, True)}
    for number, (revoked, _) in enumerate(rounds):
        cause, ended_at = (Cause.REVOKED, NOW + 6) if revoked else (None, NOW + 5)
        assert store.find(IDS[number]) == login(number, cause=cause, ended_at=ended_at)


def test_of_two_logins_where_one_is_allowed_the_last_one_stays(race, store):
    """Neither both nor none; the last by the store's own order."""
    stayed = set()
    for number, (one, other) in enumerate(race(log_in, log_in)):
        (live,) = listed(store, number)
        ids = [one[0], other[0]]
        (displaced,) = {*ids} - {live.id}
        assert store.find(displaced).cause is Cause.DISPLACED
        assert max(one[1], other[1], key=len) == [displaced, live.id]
        stayed.add(ids.index(live.id))
    assert stayed == {0, 1}


def test_touches_out_of_order_leave_the_latest_of_each_time(race, store):
    begin(store)
    assert {*race(partial(touch_further, 0), partial(touch_further, 1))} == {(True, True)}
    for number, id in enumerate(IDS):
        assert store.find(id) == login(number, seen_at=NOW + 20, keep_until=LATER)


def test_a_login_that_was_touched_is_not_purged(race, store, backend):
    """It is kept as its touch was told, or it is gone; Redis purges by itself."""
    if backend.forgets_by_itself:
        rounds = race(find, touch_at_its_end)
    else:
        begin_briefly(store)
        rounds = race(purge, touch)
    assert {touched for _, touched in rounds} == {True, False}
    for number, (_, touched) in enumerate(rounds):
        kept = login(number, seen_at=NOW + 10, keep_until=LATER) if touched else None
        assert store.find(IDS[number]) == kept
        assert listed(store, number) == ([kept] if kept else [])


def test_a_login_that_is_forgotten_before_its_touch_leaves_no_half(race, store, backend):
    """Found, and gone a moment later: afterwards it is there as a whole, or not at all."""
    begin_briefly(store)
    if backend.forgets_by_itself:
        rounds = race(expire, partial(find_and_touch, 0.002))
    else:
        rounds = race(purge, partial(find_and_touch, 0.001))
    assert {(True, True), (True, False)} <= {seen for _, seen in rounds}
    for number, (_, (_, touched)) in enumerate(rounds):
        found = store.find(IDS[number])
        whole = login(number, seen_at=NOW + 10, keep_until=LATER)
        assert found == whole if found and touched else found is None
        assert listed(store, number) == ([found] if found else [])


def test_of_two_who_write_a_note_one_is_told_that_it_was_not_there(race, store):
    assert {*race(write_note, write_note)} == {(True, False), (False, True)}
    for number in range(ROUNDS):
        assert store.notes(f"jti:{number}", NOW) == ["seen"]


def test_of_two_who_write_a_note_that_is_over_one_is_told_that_it_was_not_there(race, store):
    for number in range(ROUNDS):
        store.note(f"jti:{number}", "seen", NOW + 5, NOW)
    assert {*race(write_note_again, write_note_again)} == {(True, False), (False, True)}
    for number in range(ROUNDS):
        assert store.notes(f"jti:{number}", NOW + 10) == ["seen"]
