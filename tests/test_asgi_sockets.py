"""WebSockets on real servers: they end with the login, and go on with the next of the person."""

from __future__ import annotations

import pytest
from asgi_live_servers import IDLE, PATIENCE, opening
from asgi_servers import SERVERS
from browser import Browser
from clock import START, FakeClock
from revoking import revoke_elsewhere
from sockets import end_of, socket
from websockets.exceptions import InvalidStatus

INTERVAL = 5
OFTEN = {
    "uvicorn": {"ws_ping_interval": 0.02},
    "hypercorn": {"websocket_ping_interval": 0.02},
    "daphne": {"ping_interval": 0.02},
}


@pytest.fixture(params=SERVERS)
def open_live(request):
    with opening(request.param) as open_live:
        yield open_live


@pytest.fixture
def live(open_live):
    """A site without a store, on each server in turn."""
    return open_live()


# --- the handshake


def test_a_handshake_with_an_ended_login_is_refused(live):
    """By a 440 where the server can; else it is accepted and closed, as Daphne wants it."""
    browser = live.browser()
    live.clock.advance(IDLE)
    if live.server == "daphne":
        with socket(browser) as opened:
            live.is_end(end_of(opened), "idle")
    else:
        with pytest.raises(InvalidStatus) as raised, socket(browser):
            pass
        answer = raised.value.response
        assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "idle")
        assert b'"cause": "idle"' in answer.body
        assert "login440=" in answer.headers["Set-Cookie"]  # told, and kept for the person's page
    assert live.site.app.told == []


def test_a_visitors_socket_goes_on(live):
    with socket(Browser(live.url)) as opened:
        live.clock.advance(IDLE * 100)
        opened.send("still there")
        live.until(lambda: live.site.app.told)
        assert live.site.app.told[0]["text"] == "still there"


# --- the end


def test_it_is_closed_when_the_time_is_over(live):
    """The clock is looked at once a second, whoever moves it."""
    with socket(live.browser()) as opened:
        live.clock.advance(IDLE - 1)
        opened.send("a message is no activity")
        live.until(lambda: live.site.app.told)
        FakeClock.advance(live.clock, 1)
        end = end_of(opened)
    live.is_end(end, "idle")
    assert end[0] == []
    live.until(lambda: live.site.app.ended["/quiet"])
    last = live.site.app.told[-1]
    assert (last["type"], last["code"]) == ("websocket.disconnect", 4440)


def test_nothing_is_sent_from_the_moment_of_the_end(live):
    """By an app that sends as fast as it can, and does not listen."""
    with socket(live.browser(), "/flood") as opened:
        assert float(opened.recv(PATIENCE)) == START
        live.clock.advance(IDLE - 1)
        while float(opened.recv(PATIENCE)) < START + IDLE - 1:
            pass
        live.clock.advance(1)
        end = end_of(opened)
    live.is_end(end, "idle")
    assert max(map(float, end[0]), default=START) < START + IDLE
    # Nor does it keep anybody waiting.
    assert Browser(live.url).get("/").status == 200


def test_who_listens_beside_it_hears_nothing_of_what_is_sent_after_the_end(live):
    with socket(live.browser()) as ended, socket(live.browser("bob")) as other:
        live.until(lambda: len(live.site.app.open) == 2)
        live.clock.advance(IDLE - 1)
        stays = Browser(live.url)
        live.log_in(stays)
        with socket(stays) as late:
            live.until(lambda: len(live.site.app.open) == 3)
            live.clock.advance(1)
            Browser(live.url).post("/broadcast")
            assert late.recv(PATIENCE) == "news"
        assert end_of(ended)[0] == end_of(other)[0] == []


def test_heartbeats_and_messages_are_no_activity(live):
    with socket(live.browser()) as opened:
        for step in range(4):
            live.clock.advance(IDLE // 4 - 1)
            opened.ping().wait(PATIENCE)
            opened.send(f"message {step}")
            live.until(lambda expected=step: len(live.site.app.told) > expected)
        live.clock.advance(4)
        live.is_end(end_of(opened), "idle")


def test_the_servers_own_pings_are_no_activity(open_live, request):
    live = open_live(options=OFTEN[request.node.callspec.params["open_live"]])
    with socket(live.browser()) as opened:
        live.clock.advance(IDLE - 1)
        before = opened.pings
        live.until(lambda: opened.pings > before + 2)
        live.clock.advance(1)
        live.is_end(end_of(opened), "idle")


def test_a_page_of_the_same_person_keeps_it(live):
    browser = live.browser()
    with socket(browser) as opened:
        live.clock.advance(IDLE - 1)
        assert browser.get("/").status == 200
        live.clock.advance(IDLE - 1)
        opened.send("still there")
        live.until(lambda: live.site.app.told)
        live.clock.advance(1)
        live.is_end(end_of(opened), "idle")


# --- another login


def test_a_login_again_in_another_tab_keeps_it(live):
    browser = live.browser()
    with socket(browser) as opened:
        live.clock.advance(IDLE - 1)
        live.log_in(browser.copy())
        live.clock.advance(IDLE - 1)
        Browser(live.url).post("/broadcast")
        assert opened.recv(PATIENCE) == "news"
        live.clock.advance(1)
        live.is_end(end_of(opened), "idle")


def test_another_persons_login_closes_it(live):
    browser = live.browser()
    with socket(browser) as opened:
        live.log_in(browser, "bob")
        assert end_of(opened)[:2] == ([], 4440)


def test_a_logout_closes_it(live):
    browser = live.browser()
    with socket(browser) as opened:
        browser.post("/logout")
        live.is_end(end_of(opened), "logout")


# --- another process


@pytest.fixture(params=["sqlite", "redis"])
def store_url(request):
    if request.param == "sqlite":
        folder = request.getfixturevalue("tmp_path")
        return f"sqlite:///{folder / 'logins.db'}"
    return request.getfixturevalue("emptied_redis").url


def test_it_is_closed_when_another_process_has_revoked_its_login(open_live, store_url):
    live = open_live(store_url)
    browser = live.browser()
    assert browser.get("/").status == 200  # it keeps cookies, so its login is recorded
    with socket(browser) as opened, socket(live.browser("bob")) as other:
        live.until(lambda: live.site.store.calls["find_many"])
        revoke_elsewhere(store_url, "alice")
        asked = live.site.store.calls["find_many"]
        live.clock.advance(INTERVAL)
        live.is_end(end_of(opened), "revoked")
        assert live.site.store.calls["find_many"] == asked + 1
        other.send("still there")
        live.until(lambda: any(m.get("text") for m in live.site.app.told))
