"""Event streams on real servers: the last event says that the login has ended, and why."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from asgi_live_servers import IDLE, PATIENCE, opening
from asgi_servers import SERVERS
from browser import Browser


@pytest.fixture(params=SERVERS)
def live(request):
    """A site without a store, on each server in turn."""
    with opening(request.param) as open_live:
        yield open_live()


class Stream:
    """The events that come, each as its name and its data."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer = answer

    def next(self) -> tuple[str, str] | None:
        """Return the next event; ``None``: the stream has ended."""
        name, data = "message", []
        while line := self.answer.readline():
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif not field and data:
                return name, "\n".join(data)
        return None


@contextmanager
def stream(browser: Browser) -> Iterator[Stream]:
    connection = http.client.HTTPConnection(urlsplit(browser.url).netloc, timeout=PATIENCE)
    carried = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    try:
        connection.request("GET", "/events", headers={"Cookie": carried} if carried else {})
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Type")) == (200, "text/event-stream")
        yield Stream(answer)
    finally:
        connection.close()


def is_end(stream: Stream, cause: str) -> None:
    """Assert that the stream ends now, and says why."""
    name, data = stream.next()
    document = json.loads(data)
    assert (name, document["status"], document.get("cause")) == ("session440", 440, cause)
    assert document["type"] == "urn:problem:session440:login-timeout"
    assert stream.next() is None


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
