"""The same for who awaits: events of the event loop, and nothing that blocks it."""

from __future__ import annotations

import asyncio
from threading import Thread

import pytest
from live_site import LiveSite, Still, Tab
from spying import SpyStore
from turning import turn, turns_until
from wsgi_apps import IDLE

from session440 import Cause
from session440.live import logins as live_logins


@pytest.fixture(autouse=True)
def _no_thread(monkeypatch):
    monkeypatch.setattr(live_logins, "TIMER", Still())


@pytest.fixture
def site(clock):
    return LiveSite(clock)


def watch(tab):
    tab.get("/open", HTTP_SESSION440_PASSIVE="?1")
    return tab.site.opened


def elsewhere(function, *given):
    """Do something in another thread, as that of the process, or of a request."""
    thread = Thread(target=function, args=given)
    thread.start()
    thread.join(60)


def test_a_coroutine_is_told_of_the_end(site, clock):
    async def serve():
        async with watch(Tab(site)) as login:
            waiting = asyncio.ensure_future(login.ended.wait())
            await turn()
            assert not waiting.done()
            clock.advance(IDLE)
            elsewhere(site.tick)
            assert await waiting is True
            assert login.ended.is_set()
            assert login.cause is Cause.IDLE
            assert await login.ended.wait() is True

    asyncio.run(serve())


def test_a_logout_by_another_thread_is_told_in_the_loop(site):
    async def serve():
        tab = Tab(site)
        async with watch(tab) as login:
            told = []
            login.call(lambda login: told.append(asyncio.get_running_loop()))
            elsewhere(tab.get, "/logout")
            assert told == []
            assert login.is_over  # at once, for who asks
            await turns_until(lambda: told)
            assert told == [asyncio.get_running_loop()]

    asyncio.run(serve())


def test_a_warning_is_told_and_taken_back(site, clock):
    async def serve():
        tab = Tab(site)
        async with watch(tab) as login:
            waiting = asyncio.ensure_future(login.warned.wait())
            await turn()
            clock.advance(IDLE - 60)
            elsewhere(site.tick)
            assert await waiting is True
            elsewhere(tab.get)
            await turns_until(lambda: not login.warned.is_set())

    asyncio.run(serve())


def test_who_is_cancelled_leaves_nothing_behind(site):
    async def serve():
        async with watch(Tab(site)) as login:
            waiting = asyncio.ensure_future(login.ended.wait())
            await turn()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert login.ended._waiters == []

    asyncio.run(serve())
    assert len(site.engine.live._table) == 0


def test_a_login_that_ends_while_a_waiter_is_cancelled_wakes_the_others(site):
    async def serve():
        tab = Tab(site)
        async with watch(tab) as login:
            first = asyncio.ensure_future(login.ended.wait())
            second = asyncio.ensure_future(login.ended.wait())
            await turn()
            first.cancel()
            elsewhere(tab.get, "/logout")
            assert await second is True
            assert first.cancelled()

    asyncio.run(serve())


def test_who_waits_goes_on_when_the_connection_is_closed(site):
    async def serve():
        async with watch(Tab(site)) as login:
            waiting = asyncio.ensure_future(login.ended.wait())
            await turn()
        assert await waiting is False

    asyncio.run(serve())


def test_a_loop_that_is_closed_is_told_nothing(site):
    """Its connections are gone, and nobody has said so."""
    tab = Tab(site)

    async def serve():
        login = watch(tab).aopen()
        login.ended.is_set()
        login.call(lambda login: None)
        return login

    login = asyncio.run(serve())
    tab.get("/logout")
    assert login.is_over


def test_touch_asks_a_store_that_blocks_in_a_thread_and_only_if_that_is_due(clock, monkeypatch):
    store, hops, to_thread = SpyStore(), [], asyncio.to_thread

    async def count(*given):
        hops.append(given)
        return await to_thread(*given)

    monkeypatch.setattr(asyncio, "to_thread", count)
    site = LiveSite(clock, store=store)

    async def serve():
        async with watch(Tab(site)) as login:
            clock.advance(600)
            store.taken()
            for _ in range(3):
                await login.atouch()
            assert login.deadline.timestamp() == clock() + IDLE

    asyncio.run(serve())
    assert store.taken() == ["touch"]
    assert len(hops) == 1


def test_touch_without_a_store_suspends_nobody(site):
    async def serve():
        async with watch(Tab(site)) as login:
            touching = login.atouch()
            with pytest.raises(StopIteration) as stopped:
                touching.send(None)
            assert stopped.value.value is False

    asyncio.run(serve())
