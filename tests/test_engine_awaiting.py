"""What the engine does for coroutines: the same as for threads, by the same registry."""

from __future__ import annotations

import asyncio
import threading

import pytest
from cancelling import cancelled_in_turn
from clock import FakeClock
from spying import AwaitingSpy, SpyStore
from test_stores import NOW, record
from turning import turns_until

from session440 import Cause, ConfigurationError, Engine, Settings, Ticket
from session440.exceptions import StoreError
from session440.stores import stored_id
from session440.stores.awaiting import awaited


@pytest.fixture(params=[SpyStore, AwaitingSpy], ids=["blocks", "awaits"])
def spy(request):
    return request.param()


@pytest.fixture
def told():
    return []


@pytest.fixture
def engine(spy, told):
    return Engine(
        Settings(secret_key="s" * 32, store=spy, clock=FakeClock(NOW), on_event=told.append),
        "login440",
    )


def test_logins_are_listed_and_revoked(engine, spy, told):
    for number in range(4):
        spy.behind.insert(record(f"{number}"))

    async def scenario():
        listed = [each.id for each in await engine.alogins("alice")]
        revoked = await engine.arevoke("0"), await engine.arevoke("0"), await engine.arevoke("x")
        others = await engine.arevoke_all("alice", keep="1")
        everybody = await engine.arevoke_everybody()
        return listed, revoked, others, everybody, await engine.alogins("alice")

    ids = [stored_id(f"{number}") for number in range(4)]
    assert asyncio.run(scenario()) == (ids, (True, False, False), 2, 1, [])
    assert [each.kind for each in told] == ["revoked"] * 4


def test_what_is_over_is_purged(engine, spy):
    spy.behind.insert(record("old", keep_until=NOW - 1))
    assert asyncio.run(engine.apurge()) == 1


def test_a_listener_may_block_and_may_look_for_the_running_loop(spy):
    """It is called in a thread, which has none, as it is where threads ask."""

    def listen(event):
        heard.append((event.kind, threading.get_ident() == here))
        asyncio.run(nothing())

    async def nothing():
        pass

    heard, here = [], threading.get_ident()
    engine = Engine(
        Settings(secret_key="s" * 32, store=spy, clock=FakeClock(NOW), on_event=listen), "login440"
    )
    spy.behind.insert(record("1"))
    assert asyncio.run(engine.arevoke("1"))
    assert heard == [("revoked", False)]


def test_an_outage_is_told_once_for_threads_and_coroutines(engine, spy, told):
    async def fails():
        with pytest.raises(StoreError):
            await engine.alogins("alice")

    spy.is_out = True
    asyncio.run(fails())
    with pytest.raises(StoreError):
        engine.logins("alice")
    spy.is_out = False
    assert engine.logins("alice") == []
    assert asyncio.run(engine.alogins("alice")) == []
    assert [each.kind for each in told] == ["store_down", "store_up"]


def test_a_logout_of_an_outage_is_written_by_whoever_asks_next(engine, spy):
    """A coroutine or a thread."""
    tickets = [Ticket(f"{number}", "alice", NOW, NOW) for number in range(2)]
    for each in tickets:
        spy.is_out = True
        engine.shared.owe(each, Cause.IDLE, NOW)
        asyncio.run(awaited(spy, engine.shared.pay))
        assert spy.behind.find(stored_id(each.id)) is None
        spy.is_out = False
        if each is tickets[0]:
            engine.shared.pay()
        else:
            asyncio.run(awaited(spy, engine.shared.pay))
        assert spy.behind.find(stored_id(each.id)).cause is Cause.IDLE


def test_without_a_store_it_is_the_same_error():
    engine = Engine(Settings(secret_key="s" * 32), "login440")
    for call in (engine.alogins, engine.arevoke, engine.arevoke_all):
        with pytest.raises(ConfigurationError, match="needs a store"):
            asyncio.run(call("alice"))
    with pytest.raises(ConfigurationError, match="needs a store"):
        asyncio.run(engine.apurge())


def test_a_cancellation_leaves_out_no_listener():
    """What was told once is not told again, so each must hear of it."""
    heard = []
    spy = AwaitingSpy()
    engine = Engine(
        Settings(secret_key="s" * 32, store=spy, clock=FakeClock(NOW), on_event=heard.append),
        "login440",
    )
    engine.listen(heard.append)
    numbers = iter(range(1000))
    ids = []

    def revoke():
        ids.append(f"{next(numbers)}")
        spy.behind.insert(record(ids[-1]))
        return engine.arevoke(ids[-1])

    async def both_heard():
        await turns_until(lambda: len(heard) % 2 == 0)
        heard.clear()

    async def scenario():
        return await cancelled_in_turn(revoke, both_heard)

    assert asyncio.run(scenario()) >= 3
