"""What is the same when a login ends, whatever serves the site and stands before it.

Each function asks a :class:`Place`, which serves one of the sites of ``recipe_site``.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import pytest
from browser import Answer, Browser
from clock import FakeClock
from event_streams import is_end, stream
from sockets import end_of, socket
from websockets.exceptions import InvalidStatus

IDLE = 1200
PHRASE = "Login Timeout"
SCRIPT = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
#: More than the buffers of any server or proxy, and less than ``drain_limit``.
LARGE = b"x" * 900_000


@dataclass
class Place:
    """Where a site of ``recipe_site`` is served."""

    url: str
    clock: FakeClock
    #: The reason phrase that people see, as this server or proxy writes it.
    phrase: str = PHRASE
    browser_class: type[Browser] = Browser

    def browser(self) -> Browser:
        return self.browser_class(self.url)

    def logged_in(self) -> Browser:
        browser = self.browser()
        assert browser.post("/login", {"username": "alice"}).status == 302
        assert browser.navigate("/").text == "hello alice"
        return browser


def is_440(place: Place, answer: Answer) -> None:
    assert answer.status == 440
    assert answer.reason == place.phrase
    assert answer["Session440-Cause"] == "idle"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Security-Policy"]
    assert answer["WWW-Authenticate"] is None


def a_person_is_told_and_logs_in_again(place: Place) -> None:
    """The page, its headers, the cookies that go, and the link back to where the person was."""
    b = place.logged_in()
    before = set(b.cookies)
    place.clock.advance(IDLE)
    answer = b.navigate("/?page=2")
    is_440(place, answer)
    assert answer["Content-Type"].startswith("text/html")
    assert "You were signed out after 20 minutes without activity." in answer.text
    assert all(answer.deletes(name) for name in before)
    assert b.cookies == {}
    link = html.unescape(re.findall(r'href="(/login[^"]*)"', answer.text)[0])
    assert b.navigate(link).text == "who are you?"
    back = b.post(link, {"username": "alice"})
    assert back.status == 302
    assert b.navigate(back["Location"].removeprefix(place.url)).text == "hello alice"


def a_script_is_told(place: Place) -> None:
    b = place.logged_in()
    place.clock.advance(IDLE)
    answer = b.request("GET", "/", SCRIPT)
    is_440(place, answer)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json["status"], answer.json["cause"]) == (440, "idle")
    is_440(place, b.navigate("/"))  # the message has waited for the person


def bodies_arrive(place: Place) -> None:
    """A large form is read by the app, and one that comes too late is answered 440, every time."""
    b = place.logged_in()
    assert b.request("POST", "/save", {}, LARGE).text == f"saved {len(LARGE)} for alice"
    place.clock.advance(IDLE)
    copies = [b.copy() for _ in range(8)]
    for each in copies:
        is_440(place, each.request("POST", "/save", {}, LARGE))
    is_440(place, b.request("HEAD", "/"))


def a_stream_ends(place: Place) -> None:
    """Each event comes at once, through buffers too, and the last one says why it is the last."""
    b = place.logged_in()
    with stream(b) as events:
        assert events.next() == ("message", "for alice")
        place.clock.advance(IDLE)
        is_end(events, "idle")
    is_440(place, b.request("GET", "/events", {"Accept": "text/event-stream"}))


def a_socket_ends(place: Place, refusal: int = 440, **options) -> None:
    b = place.logged_in()
    with socket(b, "/socket", **options) as opened:
        assert opened.recv(60) == "for alice"
        place.clock.advance(IDLE)
        assert end_of(opened) == ([], 4440, "idle")
    with pytest.raises(InvalidStatus) as raised, socket(b, "/socket", **options):
        pass
    assert raised.value.response.status_code == refusal
    assert raised.value.response.headers["Session440-Cause"] == "idle"
