"""Ends of logins wait for a store that is out, as many as are configured; no loss is silent."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from clock import FakeClock
from spying import SpyStore

from session440 import Cause, Engine, Settings, Ticket
from session440.core.record import Record, stored_id
from session440.exceptions import StoreError
from session440.registry.pending_debts import PendingDebts

NOW = 1_800_000_000.0


def ticket(number: int) -> Ticket:
    return Ticket(f"login {number}", f"person {number}", NOW, NOW)


def tombstone(number: int) -> Record:
    return Record.of(ticket(number), NOW + 100)._replace(ended_at=NOW)


def opened(store, events, **options) -> Engine:
    settings = Settings(
        secret_key="s" * 32, store=store, clock=FakeClock(NOW), on_event=events.append, **options
    )
    return Engine(settings, "login440")


def logged_out(engine: Engine, numbers: range) -> None:
    for number in numbers:
        engine.shared.owe(ticket(number), None, NOW)
        engine.shared.pay()


def bring_back(engine: Engine, store: SpyStore) -> None:
    """Let requests come until nothing is owed: each writes a few."""
    store.is_out = False
    for _ in range(len(engine.shared._records._debts)):
        engine.shared._records.find(ticket(-1), NOW)


def test_of_one_logout_more_than_are_kept_each_is_written_or_told():
    """Of 10,001 logouts in an outage 10,000 are written, and one event names the other."""
    store, events = SpyStore(), []
    engine = opened(store, events)
    store.is_out = True
    logged_out(engine, range(10_001))
    bring_back(engine, store)
    assert len(store.behind._records) == 10_000
    (lost,) = [each for each in events if each.kind == "store_debt_lost"]
    assert store.behind.find(lost.ticket_id) is None
    assert (lost.ticket_id, lost.subject) == (stored_id("login 0"), "person 0")
    assert (lost.level, lost.at, lost.headline) == (logging.WARNING, NOW, "store debt lost")


def test_how_many_are_kept_is_an_option():
    store, events = SpyStore(), []
    engine = opened(store, events, store_debts=3)
    store.is_out = True
    logged_out(engine, range(5))
    lost = [each.subject for each in events if each.kind == "store_debt_lost"]
    assert lost == ["person 0", "person 1"]
    bring_back(engine, store)
    assert {each.subject for each in store.behind.records()} == {f"person {n}" for n in (2, 3, 4)}


def test_a_login_that_ends_twice_is_owed_once():
    debts = PendingDebts(1, pytest.fail)
    debts.add(tombstone(1))
    debts.add(tombstone(1)._replace(cause=Cause.IDLE))
    assert len(debts) == 1


def test_what_cannot_be_written_keeps_no_other_back():
    """A Redis Cluster without one of its primaries still takes what belongs to the others."""
    debts, written = PendingDebts(3, pytest.fail), []

    def write(debt):
        if debt == tombstone(1):
            raise StoreError("its primary is out")
        written.append(debt)

    for number in (1, 2, 3):
        debts.add(tombstone(number))
    with pytest.raises(StoreError):
        debts.write_next(write)
    assert debts.write_next(write)
    assert debts.write_next(write)
    assert written == [tombstone(2), tombstone(3)]
    assert debts.write_next(written.append)
    assert written[2:] == [tombstone(1)]
    assert not debts.write_next(pytest.fail)


def test_what_was_tried_in_vain_is_still_the_oldest():
    """The order in which debts are tried does not change which of them is given up."""
    lost = []
    debts = PendingDebts(2, lost.append)

    def fail(debt):
        raise StoreError("still out")

    for number in (1, 2):
        debts.add(tombstone(number))
        with pytest.raises(StoreError):
            debts.write_next(fail)
    debts.add(tombstone(3))
    assert lost == [tombstone(1)]


def test_a_debt_counts_while_it_is_written():
    """A replayed cookie must not find its login live in between, nor another thread write it."""
    debts, seen, lost = PendingDebts(1, lambda each: lost.append(each)), [], []

    def write(debt):
        seen.append(debts.get(debt.id))
        seen.append(debts.write_next(pytest.fail))
        debts.add(tombstone(2))

    debts.add(tombstone(1))
    assert debts.write_next(write)
    assert seen == [tombstone(1), False]
    assert lost == [tombstone(2)], "what is on its way is not given up"


def test_threads_lose_nothing_in_silence():
    """Each debt of eight threads, that write too, is written or told, and only once."""
    written, lost, start = [], [], Barrier(8)
    debts = PendingDebts(50, lost.append)

    def work(thread):
        start.wait(60)
        for number in range(300):
            debts.add(tombstone(300 * thread + number))
            if number % 3 == 0:
                debts.write_next(written.append)

    with ThreadPoolExecutor(8) as pool:
        [*pool.map(work, range(8))]
    while debts.write_next(written.append):
        pass
    assert lost
    assert len(written) + len(lost) == 2400
    assert {each.id for each in [*written, *lost]} == {tombstone(n).id for n in range(2400)}
