"""When the engine asks its store about logins, and when it does without."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from clock import FakeClock
from spying import SpyStore

from session440 import Cause, Ticket
from session440.exceptions import StoreError
from session440.registry.circuit_breaker import CircuitBreaker
from session440.registry.pending_debts import PendingDebts
from session440.registry.records import Records
from session440.stores import Record, stored_id
from session440.stores.reading import read_record
from session440.stores.recent import Lately

NOW = 1_800_000_000.0
KEEP = NOW + 100_000
TICKET = Ticket("one", "alice", NOW, NOW)
TOMBSTONE = Record.of(TICKET, KEEP)._replace(cause=Cause.IDLE, ended_at=NOW)


class SlowSpy(SpyStore):
    """Takes a while to fail, by a stopwatch."""

    def __init__(self, stopwatch: FakeClock, seconds: float) -> None:
        super().__init__(can_note=False)  # then one call answers for a login that is not found
        self.stopwatch, self.seconds = stopwatch, seconds

    def find(self, id: str):
        self.calls.append("find")
        if self.is_out:
            self.stopwatch.advance(self.seconds)
            raise StoreError("no answer in time")
        return self.behind.find(id)


@pytest.fixture
def stopwatch():
    return FakeClock(0.0)


@pytest.fixture
def told():
    return []


@pytest.fixture
def make(told, stopwatch):
    def make(store, interval=0.0):
        breaker = CircuitBreaker(lambda kind, reason: told.append(kind), stopwatch)
        return Records(store, breaker, PendingDebts(100, told.append), interval)

    return make


def fails(records) -> bool:
    try:
        records.find(TICKET, NOW)
    except StoreError:
        return True
    return False


def test_a_slow_failure_is_not_tried_again_for_ten_times_as_long(make, stopwatch):
    """Whatever it costs to learn that the store is still out, one request in many pays it."""
    store = SlowSpy(stopwatch, 0.2)
    records = make(store)
    store.is_out = True
    assert fails(records)
    for _ in range(19):
        stopwatch.advance(0.1)
        assert fails(records)
    assert store.taken() == ["find"]
    stopwatch.advance(0.11)
    assert fails(records)
    assert store.taken() == ["find"]


def test_a_quick_failure_is_tried_again_at_once(make):
    """Then a store that is back is used by the next request."""
    store = SpyStore()
    records = make(store)
    store.is_out = True
    assert fails(records)
    store.is_out = False
    assert not fails(records)


def test_while_one_tries_the_others_do_not(make, stopwatch):
    store = SlowSpy(stopwatch, 0.2)
    records = make(store)
    store.is_out = True
    assert fails(records)
    stopwatch.advance(2.1)
    seen = []
    behind, store.behind = store.behind, None

    class Nested:
        def find(self, id):
            seen.append(fails(records))  # a request that comes while this one waits
            return behind.find(id)

    store.behind, store.is_out = Nested(), False
    assert not fails(records)
    assert seen == [True]


def test_an_outage_is_told_once_and_so_is_its_end(make, told):
    store = SpyStore()
    records = make(store)
    for _ in range(2):
        store.is_out = True
        assert all(fails(records) for _ in range(3))
        store.is_out = False
        assert not any(fails(records) for _ in range(3))
    assert told == ["store_down", "store_up"] * 2


class Overtaken:
    """Answers one who asks, or refuses, only when the next one has had its answer."""

    def __init__(self, store, stopwatch, ask_next, refuses: bool) -> None:
        self._store, self._behind, store.behind = store, store.behind, self
        self._stopwatch, self._ask_next, self._refuses = stopwatch, ask_next, refuses

    def find(self, id):
        self._stopwatch.advance(2)  # or the next one would not be admitted
        self._store.behind = self._behind
        self._ask_next()
        if self._refuses:
            raise StoreError("refused")
        return self._behind.find(id)


def test_a_failure_that_is_overtaken_by_the_end_of_an_outage_begins_no_other_one(
    make, stopwatch, told
):
    """Its server has been started since."""
    store = SpyStore()
    ledger = make(store)
    store.is_out = True
    assert fails(ledger)
    store.is_out = False
    Overtaken(store, stopwatch, lambda: ledger.find(TICKET, NOW), refuses=True)
    assert fails(ledger)
    assert not fails(ledger), "nor does anybody rest for it"
    assert told == ["store_down", "store_up"]


def test_an_answer_that_is_overtaken_by_an_outage_does_not_end_it(make, stopwatch, told):
    """Its server has been killed since."""
    store = SpyStore(can_note=False)  # then one call answers for a login that is not found
    ledger = make(store)

    def fail() -> None:
        store.is_out = True
        assert fails(ledger)

    Overtaken(store, stopwatch, fail, refuses=False)
    assert not fails(ledger)
    assert fails(ledger)
    assert told == ["store_down"]


def test_logouts_owed_are_written_a_few_at_a_time(make):
    """One request must not pay for all of an outage."""
    store = SpyStore()
    records = make(store)
    store.is_out = True
    for number in range(20):
        records.owe(TOMBSTONE._replace(id=stored_id(f"{number}")))
        records.pay()
    store.is_out = False
    store.taken()
    assert not fails(records)
    assert len(store.behind._records) == 8
    for _ in range(2):
        assert not fails(records)
    assert len(store.behind._records) == 20


def test_a_login_that_is_recorded_while_it_ends_ends(make):
    """Its tombstone cannot be inserted any more; its record is ended then."""
    store = SpyStore()
    records = make(store)
    record = Record.of(TICKET, KEEP)

    class Racing:
        """Another request records the login between our look and our leap."""

        def __getattr__(self, name):
            return getattr(store.behind, name)

        def insert(self, tombstone):
            store.behind.insert(record)
            return store.behind.insert(tombstone)

    records = make(Racing())
    assert records.end_now(TOMBSTONE)
    assert store.behind.find(record.id).cause is Cause.IDLE


def test_only_so_much_is_remembered():
    lately = Lately(None, most=10)
    for number in range(20):
        lately.note(f"{number}", number)
    lately.note("10", "again")
    lately.note("20", 20)
    assert len(lately) == 10
    assert [lately.get(each) for each in ("10", "9", "11", "20")] == ["again", None, None, 20]


def test_an_answer_is_believed_for_its_interval(make):
    records = make(SpyStore(), interval=60)
    records.record(TICKET, KEEP)
    records.find(TICKET, NOW)
    assert records.believes(TICKET, NOW + 59.9)
    assert not records.believes(TICKET, NOW + 60)


def test_what_is_ended_while_it_is_looked_up_is_not_believed(make):
    """The answer was true when it was given, and is not any more."""
    store = SpyStore()

    class Slow:
        def __getattr__(self, name):
            return getattr(store.behind, name)

        def find(self, id):
            record = store.behind.find(id)
            records.end_now(TOMBSTONE)  # by another thread, while the answer is on its way
            return record

    records = make(Slow(), interval=60)
    records.record(TICKET, KEEP)
    records.find(TICKET, NOW)
    assert not records.believes(TICKET, NOW)


def test_a_clock_that_stepped_back_is_not_believed(make):
    """Or a revocation would wait for as long as the step was."""
    records = make(SpyStore(), interval=60)
    records.record(TICKET, KEEP)
    records.find(TICKET, NOW)
    assert not records.believes(TICKET, NOW - 1)


def test_a_login_that_a_later_version_has_ended_stays_ended():
    """Its cause is not known here; that it is over is."""
    live = Record("0" * 32, "alice", 1.0, 2.0, "default", None, "node", 9.0)
    ended = {**live._asdict(), "cause": "moved-away", "ended_at": 3.0}
    record = read_record(ended, "a test")
    assert (record.cause, record.ended_at, record.is_live) == (None, 3.0, False)


def test_outage_of_reading_and_writing_at_once_is_one_outage():
    """Both calls began before either had failed."""
    told, both = [], Barrier(2)
    breaker = CircuitBreaker(lambda kind, why: told.append(kind))

    def fail():
        both.wait(60)
        raise StoreError("out")

    def work():
        return None

    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(call, partial(fail)) for call in (breaker.read, breaker.write)]
        assert [type(each.exception()) for each in calls] == [StoreError] * 2
    assert told == ["store_down"]
    breaker.read(partial(work))
    assert told == ["store_down"]
    breaker.write(partial(work))
    assert told == ["store_down", "store_up"]


def test_what_was_forgotten_meanwhile_is_not_remembered_by_a_change():
    """A renewal in one thread revives no answer that a revocation in another has taken back."""
    lately = Lately("unknown")
    lately.note("one", "found")
    known = lately.get("one")
    lately.forget("one")
    lately.replace("one", known, "found, and owed")
    assert lately.get("one") == "unknown"
    lately.note("one", known)
    lately.replace("one", known, "found, and owed")
    assert lately.get("one") == "found, and owed"
