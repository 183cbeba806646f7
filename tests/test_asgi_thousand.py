"""A thousand open connections to each server: what they cost, and that they end together."""

from __future__ import annotations

import asyncio

import pytest
from asgi_servers import SERVERS
from browser import Browser
from clock import FileClock
from many_connections import (
    People,
    listen_to_socket,
    listen_to_stream,
    measured,
    opened,
    served_elsewhere,
    until,
)
from revoking import revoke_elsewhere

IDLE, INTERVAL = 1200, 5
MANY, STAY = 1000, 10
STREAMS = 100
MEASURED = 300  # their average is that of a thousand
MOST = 2048  # bytes of ours for each
#: So often nothing is freed any more, but for so many bytes that come and go; seconds between.
LOOKS, FREED, PAUSE = 12, 10_000, 0.1


@pytest.fixture(params=SERVERS)
def server(request):
    return request.param


@pytest.fixture
def clock(tmp_path):
    return FileClock(tmp_path / "clock")


@pytest.fixture
def url(server, tmp_path, clock, emptied_redis):
    with served_elsewhere(server, tmp_path, clock, STORE=emptied_redis.url) as url:
        yield url


async def cost(url: str, path: str, cookies: list[str]) -> float:
    """Return how many bytes each open socket takes."""
    before = await settled(url)
    async with opened(listen_to_socket, f"{url}{path}", cookies):
        await until(lambda: measured(url)["open"] == len(cookies))
        taken = measured(url)["bytes"] - before
    return taken / len(cookies)


async def settled(url: str) -> int:
    """Return the bytes that are held once the former sockets are gone, and what was theirs.

    Daphne looks once a second for connections that are gone, and frees them then.
    """
    await until(lambda: measured(url)["open"] == 0)
    least, since = measured(url)["bytes"], 0
    while since < LOOKS:
        await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=PAUSE)
        now = measured(url)["bytes"]
        least, since = min(least, now), (0 if now < least - FREED else since + 1)
    return least


@pytest.mark.slow
def test_an_open_socket_takes_less_than_two_kilobytes_of_ours(url, emptied_redis, clock):
    """Beside the same app without session440, in the same process."""
    people = People(emptied_redis.url, clock)
    cookies = [people.cookie(f"person-{number}") for number in range(MEASURED)]

    async def both() -> tuple[float, float]:
        for path in ("/bare/quiet", "/quiet"):  # now what is kept of a ticket is known
            await cost(url, path, cookies)
        return await cost(url, "/bare/quiet", cookies), await cost(url, "/quiet", cookies)

    bare, ours = asyncio.run(both())
    print(f"bare {bare:.0f}, ours {ours:.0f}, more {ours - bare:.0f} bytes a socket")
    assert ours - bare <= MOST


@pytest.mark.slow
def test_sockets_revoked_from_another_process_end_by_one_question(url, emptied_redis, clock):
    people = People(emptied_redis.url, clock)
    names = [f"person-{number}" for number in range(MANY)]
    cookies = [people.cookie(name) for name in names]

    async def scenario() -> None:
        async with opened(listen_to_socket, f"{url}/quiet", cookies) as sockets:
            stay, go = sockets[:STAY], sockets[STAY:]
            await until(lambda: measured(url)["open"] == MANY)
            assert measured(url)["threads"].count("session440-live") == 1
            revoke_elsewhere(emptied_redis.url, *names[STAY:])
            asked = measured(url)["calls"].get("find_many", 0)
            clock.advance(INTERVAL)
            await until(lambda: all(each.end for each in go))
            assert measured(url)["calls"]["find_many"] == asked + 1
            assert {each.end[0] for each in go} == {4440}
            Browser(url).post("/broadcast")
            await until(lambda: all(each.came == ["news"] for each in stay))
            assert [each.came for each in go] == [[]] * len(go)
            assert not any(each.end for each in stay)
            clock.advance(IDLE)
            await until(lambda: all(each.end for each in stay))
            told = measured(url)["told"]
            assert told["websocket.disconnect 4440"] == MANY

    asyncio.run(scenario())


@pytest.mark.slow
def test_streams_revoked_from_another_process_say_why_and_end(url, emptied_redis, clock):
    people = People(emptied_redis.url, clock)
    names = [f"person-{number}" for number in range(STREAMS)]
    cookies = [people.cookie(name) for name in names]

    async def scenario() -> None:
        async with opened(listen_to_stream, f"{url}/events", cookies) as streams:
            stay, go = streams[:STAY], streams[STAY:]
            await until(lambda: measured(url)["open"] == STREAMS)
            assert measured(url)["threads"].count("session440-live") == 1
            revoke_elsewhere(emptied_redis.url, *names[STAY:])
            asked = measured(url)["calls"].get("find_many", 0)
            clock.advance(INTERVAL)
            await until(lambda: all(each.end for each in go))
            assert measured(url)["calls"]["find_many"] == asked + 1
            Browser(url).post("/broadcast")
            await until(lambda: all(each.came == ["data: news"] for each in stay))
            for each in go:
                name, data = each.came
                assert name == "event: session440"
                assert '"cause": "revoked"' in data

    asyncio.run(scenario())
