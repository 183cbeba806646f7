"""No event loop waits for a store: neither for one that answers, nor for one that hangs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from asgi_live_site import MeasuredSite
from asgi_servers import SERVERS, serving
from asgi_sites import AsgiSite, DjangoAsyncSite, StarletteSite
from browser import Browser
from clock import FakeClock
from loop_guard import nothing_blocks
from relays import relayed

PATIENCE = 60.0  # seconds until what a test waits for must have happened
IDLE = 1200
OTHERS = 50  # requests of other people, while one waits
#: Stores that are servers, which could hang.
SERVED = ["redis", "postgresql+psycopg", "postgresql+asyncpg", "mariadb"]


@pytest.fixture(params=[*SERVED, "sqlite"])
def store_url(request):
    """Each store with a driver that awaits, and one that can only block (PyMySQL)."""
    server, _, driver = request.param.partition("+")
    if server == "redis":
        return request.getfixturevalue("emptied_redis").url
    if server == "sqlite":
        return request.getfixturevalue("sqlite_url")
    url = request.getfixturevalue(server).url
    return f"postgresql+{driver}://{url.partition('://')[2]}" if driver else url


@pytest.mark.parametrize("kind", [AsgiSite, StarletteSite, DjangoAsyncSite])
def test_nothing_that_is_asked_of_a_store_blocks_the_loop(kind, store_url):
    with nothing_blocks(), kind.open(FakeClock(), store=store_url, max_logins=2) as site:
        b, c, d = site.logged_in(), site.logged_in(), site.logged_in()
        site.clock.advance(60)
        assert [each.get("/api/me").status for each in (c, d)] == [200, 200]
        assert b.get("/api/me").status in (401, 440)  # displaced
        assert c.post("/logout").status == 302
        assert len(site.engine.logins(site.subject_of("alice"))) == 1
        site.clock.advance(IDLE)
        assert d.get("/api/me").status == 440


@pytest.fixture
def relay(store_url):
    with relayed(store_url) as relay:
        yield relay


@pytest.mark.parametrize("store_url", SERVED, indirect=True)
@pytest.mark.parametrize("server", SERVERS)
def test_a_store_that_hangs_delays_nobody_else(server, relay):
    site = MeasuredSite(FakeClock(), relay.url, idle_timeout=IDLE)
    with nothing_blocks(), serving(server, site) as url, ThreadPoolExecutor(1) as pool:
        alice = Browser(url)
        alice.post("/login?as=alice")
        assert alice.get("/").status == 200
        relay.fall_silent()
        waiting = pool.submit(alice.get, "/")
        assert relay.is_asked.wait(PATIENCE)
        assert {Browser(url).get("/").status for _ in range(OTHERS)} == {200}
        assert not waiting.done()
        relay.end()
        assert waiting.result(PATIENCE).status == 200  # by its ticket
