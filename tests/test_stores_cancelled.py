"""Calls of a store that are cancelled wherever they wait: nothing is lost, and nothing left."""

from __future__ import annotations

import asyncio
import threading

import pytest
from backends import BACKENDS, ONLY_AWAITING
from cancelling import cancelled_in_turn, cancelled_in_turn_in_loops
from clock import FakeClock
from spying import AwaitingSpy
from test_stores import NOW, record
from turning import turn, turns_until

from session440 import Cause, Engine, Settings, Ticket
from session440.core.effects import Close
from session440.exchange import Exchange
from session440.exchange.driver import aclose
from session440.stores import AsyncStore, stored_id
from session440.stores.awaiting import awaited, awaits, to_thread

#: Those that await; the others are called in a thread, which nobody cancels.
AWAITING = {name: BACKENDS[name] for name in ("postgresql", "redis", "redis-cluster")}
ONE = record()


@pytest.fixture(scope="session", params={**AWAITING, **ONLY_AWAITING})
def backend(request, launch):
    return launch({**AWAITING, **ONLY_AWAITING}[request.param])


def busy(store) -> int:
    """How many connections of the running loop are in use."""
    if hasattr(store, "_calls"):
        return store._calls.engine.pool.checkedout()
    connections = store._servers._awaited.get()
    most = 50
    assert connections._turns._value == most, "each command gives its turn back"
    if store._servers.is_cluster:
        nodes = connections._client.get_nodes()
        return sum(len(each._connections) - len(each._free) for each in nodes)
    return len(connections._client.connection_pool._in_use_connections)


async def nothing_is_left(store) -> None:
    """No task, no connection in use; and the next call works."""
    mine = {asyncio.current_task()}
    await turns_until(lambda: asyncio.all_tasks() == mine)
    assert await AsyncStore(store).find(ONE.id) in (None, ONE)
    assert await awaited(store, busy, store) == 0


def test_these_stores_await(store):
    assert awaits(store)


def test_a_call_that_is_cancelled_anywhere_leaves_nothing_and_the_next_one_works(store):
    async def scenario():
        asked = AsyncStore(store)
        await asked.insert(ONE)  # connected, with its tables
        return await cancelled_in_turn(
            lambda: asked.find_many([ONE.id]), lambda: nothing_is_left(store)
        )

    assert asyncio.run(scenario()) >= 1


def test_so_does_one_that_is_cancelled_while_it_connects(backend):
    backend.empty()
    stores = []

    def call():
        stores.append(backend.open())
        return AsyncStore(stores[-1]).insert(ONE)

    assert cancelled_in_turn_in_loops(call, lambda: nothing_is_left(stores[-1])) >= 2


def test_the_end_of_a_login_is_written_however_often_it_was_cancelled(store):
    engine = Engine(Settings(secret_key="s" * 32, store=store, clock=FakeClock(NOW)), "login440")
    numbers = iter(range(1000))
    ended: list[Ticket] = []

    def end():
        ended.append(Ticket(f"{next(numbers)}", "alice", NOW, NOW))
        engine.shared.owe(ended[-1], Cause.IDLE, NOW)
        return awaited(store, engine.shared.pay)

    async def is_written():
        await awaited(store, engine.shared.pay)
        found = await AsyncStore(store).find(stored_id(ended[-1].id))
        assert found.cause is Cause.IDLE
        await nothing_is_left(store)

    async def scenario():
        return await cancelled_in_turn(end, is_written)

    assert asyncio.run(scenario()) >= 2


def test_whatever_the_engine_does_may_be_cancelled_anywhere():
    """A revocation that was cancelled is done when it is asked for again."""
    spy = AwaitingSpy()
    engine = Engine(Settings(secret_key="s" * 32, store=spy, clock=FakeClock(NOW)), "login440")
    for number in range(3):
        spy.behind.insert(record(f"{number}"))

    async def is_listed():
        assert len(await engine.alogins("alice")) <= 3

    async def scenario():
        places = await cancelled_in_turn(lambda: engine.arevoke_all("alice"), is_listed)
        assert await engine.arevoke_all("alice") == 0
        return places

    assert asyncio.run(scenario()) >= 3
    assert spy.behind.by_subject("alice") == []


def test_a_cancelled_call_says_nothing_about_the_store_and_holds_up_nobody():
    """A circuit that is half-open admits the next call, though the clock stands still."""
    told = []
    spy = AwaitingSpy()
    engine = Engine(
        Settings(secret_key="s" * 32, store=spy, clock=FakeClock(NOW), on_event=told.append),
        "login440",
    )
    spy.is_out = True

    async def scenario():
        with pytest.raises(Exception, match="the spy is out"):
            await engine.alogins("alice")
        spy.is_out = False
        task = asyncio.ensure_future(engine.alogins("alice"))
        await turn()
        task.cancel()
        await asyncio.wait([task])
        assert await engine.alogins("alice") == []

    asyncio.run(scenario())
    assert [each.kind for each in told] == ["store_down", "store_up"]


class Nothing:
    """A request, a session and a presentation of which nothing is asked."""

    method = "GET"


def test_all_ends_of_a_request_are_kept_wherever_it_is_cancelled():
    """Also the second of two, if the first is being written; somebody else then writes both."""
    spy = AwaitingSpy()
    engine = Engine(Settings(secret_key="s" * 32, store=spy, clock=FakeClock(NOW)), "login440")
    numbers = iter(range(1000))
    closed: list[str] = []

    async def closing():
        exchange = Exchange(engine, Nothing(), Nothing(), Nothing(), to_thread)
        for _ in range(2):
            ticket = Ticket(f"{next(numbers)}", "alice", NOW, NOW)
            closed.append(stored_id(ticket.id))
            exchange.owe(Close(ticket, None))
        await aclose(exchange)

    async def both_end():
        await awaited(spy, engine.shared.pay)
        for id in closed[-2:]:
            assert not spy.behind.find(id).is_live

    async def scenario():
        return await cancelled_in_turn(closing, both_end)

    assert asyncio.run(scenario()) >= 4


def test_a_site_without_a_listener_needs_no_thread_for_a_store_that_awaits():
    """Its label and its listener do, and are called there, one after the other."""
    threads = []

    def note(*given):
        threads.append(threading.get_ident())
        return "a label"

    def engine_of(**options):
        store = AwaitingSpy()
        return Engine(
            Settings(secret_key="s" * 32, store=store, clock=FakeClock(NOW), **options), "c"
        )

    hops = []

    async def counting(function, *given, **named):
        hops.append(function)
        return await to_thread(function, *given, **named)

    def displaced(engine):
        for number in range(2):
            engine.shared.record(Ticket(f"{number}", "alice", NOW, NOW))

    for options in ({"max_logins": 1}, {"max_logins": 1, "on_event": note}):
        engine = engine_of(**options)
        asyncio.run(awaited(engine.store, displaced, engine, in_thread=counting))
        assert len(hops) == ("on_event" in options)
    assert threads != []
    assert threading.get_ident() not in threads
