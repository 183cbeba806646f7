"""Event streams on real servers: the last event says that the login has ended, and why."""

from __future__ import annotations

import json

import pytest
from asgi_live_servers import IDLE, opening
from asgi_servers import SERVERS
from browser import Browser
from event_streams import is_end, stream


@pytest.fixture(params=SERVERS)
def live(request):
    """A site without a store, on each server in turn."""
    with opening(request.param) as open_live:
        yield open_live()


def test_it_ends_when_the_time_is_over(live):
    with stream(live.browser()) as events:
        live.until(lambda: live.site.app.open)
        Browser(live.url).post("/broadcast")
        assert events.next() == ("message", "news")
        live.clock.advance(IDLE)
        is_end(events, "idle")
    live.until(lambda: live.site.app.ended["/events"])
    assert live.site.app.told[-1]["type"] == "http.disconnect"


def test_nothing_of_the_apps_comes_after_the_end(live):
    with stream(live.browser()) as events, stream(Browser(live.url)) as visitor:
        live.until(lambda: len(live.site.app.open) == 2)
        live.clock.now += IDLE  # nobody has looked yet
        Browser(live.url).post("/broadcast")
        assert visitor.next() == ("message", "news")
        is_end(events, "idle")


def test_it_is_warned_before_the_end(live):
    with stream(live.browser()) as events:
        live.until(lambda: live.site.app.open)
        live.clock.advance(IDLE - 60)
        name, data = events.next()
        document = json.loads(data)
        assert (name, document["state"], document["expires_in"]) == ("session440", "active", 60)
        live.clock.advance(60)
        is_end(events, "idle")


def test_a_login_again_in_another_tab_keeps_it(live):
    browser = live.browser()
    with stream(browser) as events:
        live.until(lambda: live.site.app.open)
        live.clock.advance(IDLE // 2)
        live.log_in(browser)
        live.clock.advance(IDLE // 2)
        Browser(live.url).post("/broadcast")
        assert events.next() == ("message", "news")


def test_another_persons_login_ends_it(live):
    browser = live.browser()
    with stream(browser) as events:
        live.until(lambda: live.site.app.open)
        live.log_in(browser, "bob")
        name, data = events.next()
        assert (name, json.loads(data)["status"]) == ("session440", 440)
        assert events.next() is None


def test_a_visitors_stream_goes_on(live):
    with stream(Browser(live.url)) as events:
        live.until(lambda: live.site.app.open)
        live.clock.advance(IDLE * 100)
        Browser(live.url).post("/broadcast")
        assert events.next() == ("message", "news")
