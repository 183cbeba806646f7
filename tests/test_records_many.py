"""What the engine knows about many logins at once, as for those that are watched."""

from __future__ import annotations

import pytest
from spying import SpyStore

from session440 import Cause, Ticket
from session440.core.facts import StoreAnswer
from session440.exceptions import StoreError
from session440.registry.circuit_breaker import CircuitBreaker
from session440.registry.pending_debts import PendingDebts
from session440.registry.records import Records
from session440.stores import Record, stored_id

NOW = 1_800_000_000.0
KEEP = NOW + 100_000


def ticket(id: str, **changes) -> Ticket:
    return Ticket(id, "alice", NOW, NOW)._replace(**changes)


def records_of(store, interval: float = 0.0) -> Records:
    breaker = CircuitBreaker(lambda kind, reason: None)
    return Records(store, breaker, PendingDebts(100, lambda record: None), interval)


@pytest.fixture(params=[True, False], ids=["at-once", "one-by-one"])
def spy(request):
    return SpyStore(finds_many=request.param)


def prepared(spy) -> tuple[Records, list[Ticket]]:
    """A live login, an ended one, one of this memory that is lost, and one of another memory."""
    records, name = records_of(spy), spy.behind.generation("")
    live, over = ticket("live"), ticket("over")
    for each in (live, over):
        records.record(each, KEEP)
    spy.behind.end(stored_id("over"), Cause.DISPLACED, NOW)
    lost, elsewhere = ticket("lost", recorded=name), ticket("elsewhere", recorded="other")
    return records, [live, over, lost, elsewhere, ticket("unrecorded"), live]


def test_the_answers_are_those_that_each_login_gets_alone(spy):
    """Whether the store finds many at once, or is asked about one after the other."""
    records, tickets = prepared(spy)
    assert records.find_many(tickets, NOW) == [records_of(spy).find(each, NOW) for each in tickets]
    spy.end_everybody(NOW + 5)
    voided = records.find_many(tickets, NOW)
    assert voided == [records_of(spy).find(each, NOW) for each in tickets]
    assert voided[4] == StoreAnswer(voided=True)


def test_the_store_is_called_once_for_all_and_once_more_if_some_are_missing():
    spy = SpyStore(finds_many=True)
    records, tickets = prepared(spy)
    spy.taken()
    records.find_many(tickets[:2], NOW)
    assert spy.taken() == ["find_many"]
    records.find_many(tickets, NOW)
    assert spy.taken() == ["find_many", "generations"]
    records.find_many([], NOW)
    assert spy.taken() == []


def test_an_end_that_the_store_has_not_heard_of_yet_counts(spy):
    records, tickets = prepared(spy)
    spy.is_out = True
    debt = Record.of(tickets[0], KEEP)._replace(cause=None, ended_at=NOW)
    records.owe(debt)
    records.pay()
    assert records.find_many(tickets[:1], NOW) == [StoreAnswer(debt)]
    spy.is_out = False
    assert records.find_many(tickets[:2], NOW)[0] == StoreAnswer(debt)
    assert spy.behind.find(debt.id) == debt, "it was told on the way"


def test_a_store_that_is_out_is_an_error(spy):
    records, tickets = prepared(spy)
    spy.is_out = True
    with pytest.raises(StoreError):
        records.find_many(tickets, NOW)


def test_a_login_that_was_found_live_is_believed_and_an_ended_one_is_not(spy):
    """Also if another one of the same call has ended."""
    records, (live, over, *_) = records_of(spy, interval=5.0), prepared(spy)[1]
    records.find_many([over, live, over], NOW)
    assert records.believes(live, NOW + 4)
    assert not records.believes(over, NOW + 4)


def test_a_login_that_ends_while_the_store_is_asked_is_not_believed():
    spy = SpyStore(finds_many=True)
    records, (live, *_) = records_of(spy, interval=5.0), prepared(spy)[1]
    found = spy.behind.find_many

    def slow(ids):
        answer = found(ids)
        records.end_now(Record.of(live, KEEP)._replace(cause=None, ended_at=NOW))
        return answer

    spy.behind.find_many = slow
    records.find_many([live], NOW)
    assert not records.believes(live, NOW + 1)
