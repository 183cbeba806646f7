"""Flask-SocketIO on a real server: a socket ends with the login under which it was opened."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import requests
import socketio
import websocket
from live_site import Still
from redis_servers import wait_until
from socket_site import Page, SocketSite, cookies_of
from wsgi_apps import IDLE

from session440.live import logins as live_logins

TRANSPORTS = ("websocket", "polling")


@pytest.fixture(autouse=True)
def _no_farewell(monkeypatch):
    """A client closes its socket at once: it would wait three seconds for the server to do so."""
    monkeypatch.setattr(websocket.WebSocket, "close", lambda self, *given, **named: self.shutdown())


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


@pytest.fixture
def open_sockets(clock, transport):
    """Serve a site: ``open_sockets(**options)`` returns it; its pages are closed at the end."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(**options):
            site = SocketSite(clock, **options)
            url = stack.enter_context(site.served())

            def page(browser, *namespaces):
                made = Page(url, transport, browser, *namespaces)
                stack.callback(made.client.disconnect)
                return made

            site.page = page
            return site

        yield start


@pytest.fixture
def site(open_sockets):
    return open_sockets()


def browser_of(site, name="alice"):
    browser = site.app.test_client()
    browser.get(f"/login/{name}")
    return browser


# --- at the handshake


@pytest.mark.parametrize("manage_session", [True, False])
@pytest.mark.parametrize("by_library", [True, False])
def test_a_socket_that_connects_after_the_end_is_refused_and_told_why(
    open_sockets, clock, manage_session, by_library
):
    site = open_sockets(manage_session=manage_session, by_library=by_library)
    browser = browser_of(site)
    clock.advance(IDLE)
    page = site.page(browser)
    with pytest.raises(socketio.exceptions.ConnectionError):
        page.connect()
    namespace, event, data = page.next()
    assert (namespace, event, data["message"]) == ("/", "refused", "Login Timeout")
    assert (data["data"]["status"], data["data"]["cause"]) == (440, "idle")
    assert data["data"]["login_url"].startswith("/login")
    assert site.seen == []
    assert browser.get("/").status_code == 440  # the message is still there for the person


def test_a_live_login_connects_and_its_handlers_see_it(site):
    page = site.page(browser_of(site)).connect()
    page.client.emit("transfer", 1)
    assert page.next() == ("/", "done", 1)
    assert site.seen == [("connect", "alice", "alice"), ("transfer", "alice", "alice", 1)]


def test_a_handshake_is_no_activity(site, clock):
    browser = browser_of(site)
    clock.advance(IDLE - 1)
    site.page(browser).connect()
    clock.advance(1)
    assert browser.get("/").status_code == 440


def test_a_visitors_socket_goes_on(site, clock):
    page = site.page(site.app.test_client()).connect()
    clock.advance(1e7)
    page.client.emit("transfer", 1)
    assert page.next() == ("/", "done", 1)
    assert site.seen[-1] == ("transfer", None, None, 1)


def test_on_a_public_path_an_ended_login_is_a_visitor(open_sockets, clock):
    site = open_sockets(public=["/socket.io/*"])
    browser = browser_of(site)
    clock.advance(IDLE)
    page = site.page(browser).connect()
    page.client.emit("transfer", 1)
    page.next()
    assert site.seen == [("connect", None, None), ("transfer", None, None, 1)]


def test_in_report_mode_nothing_ends(open_sockets, clock):
    site = open_sockets(enforcement="report")
    page = site.page(browser_of(site)).connect()
    clock.advance(5000)
    site.tick()
    page.client.emit("transfer", 1)
    assert page.next() == ("/", "done", 1)


# --- open sockets


def test_an_end_by_time_tells_every_namespace_and_disconnects_it(site, clock):
    names = ("/", "/admin", "/rooms")
    page = site.page(browser_of(site), *names).connect()
    clock.advance(IDLE)
    told = [page.next() for _ in range(6)]
    documents = {each[0]: each[2] for each in told if each[1] == "session440"}
    assert {each["cause"] for each in documents.values()} == {"idle"}
    assert documents.keys() == set(names)
    assert {each[0] for each in told if each[1] == "disconnect"} == set(names)
    wait_until(lambda: not page.client.connected)


def test_nothing_of_the_apps_is_sent_after_the_end(site, clock):
    """Not to all, nor to one; nor what was waiting for a slow client."""
    page = site.page(browser_of(site)).connect()
    clock.advance(IDLE)
    for i in range(100):
        site.io.emit("secret", i)
        site.io.send("secret")
    told = [page.next(), page.next()]
    site.io.emit("secret", "later")
    assert [each[1] for each in told] == ["session440", "disconnect"]
    wait_until(lambda: not page.client.connected)
    assert page.told.empty()


def test_a_poll_brings_nothing_that_was_waiting_at_the_end(clock, monkeypatch):
    """The thread has not looked yet, and the poll has."""
    monkeypatch.setattr(live_logins, "TIMER", Still())
    site = SocketSite(clock)
    with site.served() as url, requests.Session() as client:
        client.headers["Cookie"] = cookies_of(browser_of(site))
        url = f"{url}/socket.io/?EIO=4&transport=polling"
        url += f"&sid={json.loads(client.get(url).text[1:])['sid']}"
        client.post(url, data="40")
        assert client.get(url).text.startswith("40")
        site.io.emit("secret", 1)
        clock.advance(IDLE)
        told = client.get(url).text
        assert "session440" in told
        assert "secret" not in told


@pytest.mark.parametrize(
    "event", ["transfer", "message", "json", "/admin transfer", "/rooms transfer"]
)
def test_no_handler_runs_after_the_end(site, clock, event):
    """However it was registered: the socket is told, and disconnected."""
    *namespace, name = event.split()
    namespace = namespace[0] if namespace else "/"
    page = site.page(browser_of(site), namespace).connect()
    page.client.emit(name, 1, namespace=namespace)
    wait_until(lambda: any(each[-1] == 1 for each in site.seen))
    seen = [each for each in site.seen if each[0] != "disconnect"]
    clock.advance(IDLE)
    page.client.emit(name, 2, namespace=namespace)
    told = []
    while "disconnect" not in told:
        told.append(page.next()[1])
    assert next(each for each in told if each not in ("done", "message")) == "session440"
    assert [each for each in site.seen if each[0] != "disconnect"] == seen


def test_an_answer_after_the_end_calls_nothing(site, clock):
    page = site.page(browser_of(site))

    def answer(*given):
        clock.advance(IDLE)
        return "secret"

    page.client.on("question", answer)
    page.connect()
    page.client.emit("ask")
    while page.next()[1] != "disconnect":
        pass
    assert not [each for each in site.seen if each[0] == "answer"]


def test_an_answer_of_a_live_login_arrives(site):
    page = site.page(browser_of(site))
    page.client.on("question", lambda *given: "yes")
    page.connect()
    page.client.emit("ask")
    wait_until(lambda: ("answer", "yes") in site.seen)
    assert page.client.call("transfer", 3) == "acknowledged"


def test_a_logout_closes_the_socket(site):
    browser = browser_of(site)
    page = site.page(browser).connect()
    browser.get("/logout")
    _, event, document = page.next()
    assert (event, document["status"], document.get("cause")) == ("session440", 440, None)
    assert page.next()[1] == "disconnect"
    wait_until(lambda: ("disconnect", False) in site.seen)


def test_the_same_persons_login_again_keeps_the_socket_and_anothers_closes_it(site, clock):
    browser = browser_of(site)
    page = site.page(browser).connect()
    clock.advance(600)
    browser.get("/login/alice")
    clock.advance(IDLE - 1)
    page.client.emit("transfer", 1)
    assert page.next() == ("/", "done", 1)
    browser.get("/login/bob")
    assert [page.next()[1], page.next()[1]] == ["session440", "disconnect"]


def test_a_warning_is_told_and_events_are_no_activity(site, clock):
    page = site.page(browser_of(site)).connect()
    clock.advance(IDLE - 100)
    site.tick()
    page.client.emit("transfer", 1)
    told = {each[1]: each[2] for each in (page.next(), page.next())}
    assert told["session440"]["state"] == "active"
    assert told["session440"]["expires_in"] == 100
    clock.advance(100)
    site.tick()
    assert page.next()[2]["cause"] == "idle"


def test_touch_asks_the_page_to_extend_the_login_where_nothing_else_can(site, clock):
    page = site.page(browser_of(site)).connect()
    clock.advance(600)
    for _ in range(3):
        page.client.call("type")
    _, event, document = page.next()
    assert (event, document["state"], document["extend"]) == ("session440", "active", True)
    assert document["expires_in"] == IDLE
    assert page.told.empty()


def test_a_page_that_leaves_is_forgotten(site):
    page = site.page(browser_of(site)).connect()
    assert len(site.engine.live._table) == 1
    page.leave()
    wait_until(lambda: len(site.engine.live._table) == 0)
    assert ("disconnect", True) in site.seen


def test_a_handler_knows_who_has_left_though_the_connection_closes_meanwhile(
    site, clock, monkeypatch
):
    """Another thread forgets a connection as soon as it is closed."""
    site.page(browser_of(site)).connect()
    sockets = site.io.server._trigger_event.__self__
    emit = sockets._emit

    def emit_and_forget(*given):
        emit(*given)
        sockets._sockets.clear()

    monkeypatch.setattr(sockets, "_emit", emit_and_forget)
    clock.advance(IDLE)
    site.tick()
    wait_until(lambda: ("disconnect", False) in site.seen)


# --- several processes


@pytest.fixture(params=["sqlite", "redis"])
def url(request, launch):
    from backends import BACKENDS

    backend = launch(BACKENDS[request.param])
    backend.empty()
    return backend.url


REVOKE = """
import sys
from session440 import Engine, Settings
engine = Engine(Settings(secret_key="a long random text", store=sys.argv[1]), "session440")
assert engine.revoke_all("alice") == 3
"""


def test_a_login_that_another_process_revokes_closes_its_sockets(open_sockets, clock, url):
    here = open_sockets(store=url)
    pages = [here.page(browser_of(here)).connect() for _ in range(3)]
    other = here.page(browser_of(here, "bob")).connect()
    subprocess.run([sys.executable, "-c", REVOKE, url], check=True, timeout=60)
    clock.advance(5)
    here.tick()
    for page in pages:
        assert page.next()[2]["cause"] == "revoked"
        assert page.next()[1] == "disconnect"
    other.client.emit("transfer", 1)
    assert other.next() == ("/", "done", 1)


def test_a_login_again_in_another_process_keeps_the_socket(open_sockets, clock, url):
    here, there = open_sockets(store=url), open_sockets(store=url)
    browser = browser_of(here)
    page = here.page(browser).connect()
    elsewhere = there.app.test_client()
    elsewhere._cookies = browser._cookies
    elsewhere.get("/login/alice")
    clock.advance(5)
    here.tick()
    page.client.emit("transfer", 1)
    assert page.next() == ("/", "done", 1)


def test_touch_is_enough_where_a_store_knows(open_sockets, clock, url):
    site = open_sockets(store=url)
    browser = browser_of(site)
    page = site.page(browser).connect()
    clock.advance(IDLE - 200)
    page.client.call("type")
    clock.advance(IDLE - 200)
    assert browser.get("/").status_code == 200
    assert page.told.empty()
