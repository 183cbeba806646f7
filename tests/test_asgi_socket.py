"""WebSockets: judged at their handshake, and closed when their login ends."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.cookies import SimpleCookie

import pytest
from asgi_apps import respond, wrapped
from asgi_sockets import ASGISocketCall, SocketApp, Tab, opened, run, tick

from session440.asgi import visit_of
from session440.exceptions import LoginTimeout
from session440.stores import MemoryStore


@pytest.fixture
def app():
    return SocketApp()


@pytest.fixture
def site(app, clock):
    return wrapped(app, clock, public=["/public/*"])


def test_a_socket_of_somebody_who_is_logged_in_is_opened(site, app):
    async def test():
        _, socket = await opened(site)
        socket.say("hello")
        await socket.until(lambda: len(socket.messages) == 2)
        assert socket.messages[1] == {"type": "websocket.send", "text": "HELLO"}
        socket.leave()
        await socket.done()
        assert app.subjects == ["alice"]
        assert app.received[-1]["code"] == 1000

    run(test)


def test_a_visitors_socket_goes_on(site, app, clock):
    async def test():
        socket = await ASGISocketCall(site).open()
        clock.advance(100_000)
        tick(site)
        socket.say("hello")
        await socket.until(lambda: len(socket.messages) == 2)
        socket.leave()
        await socket.done()
        assert app.subjects == [None]

    run(test)


def test_a_handshake_with_a_login_that_has_ended_is_denied_with_440(site, app, clock):
    """The app does not run; the evidence is kept for a person, marked as told to nobody."""

    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        clock.advance(1200)
        socket = await ASGISocketCall(site, cookies=tab.cookies).open()
        await socket.done()
        assert socket.types == ["http.response.start", "http.response.body"]
        start, body = socket.messages
        headers = dict(start["headers"])
        assert start["status"] == 440
        assert headers[b"session440-cause"] == b"idle"
        assert headers[b"content-type"] == b"application/problem+json"
        assert json.loads(body["body"])["cause"] == "idle"
        assert app.subjects == []
        (cookie,) = SimpleCookie(headers.get(b"set-cookie", b"login440=x").decode()).values()
        assert cookie.value  # the evidence stays
        call = await tab.ask("/", headers=[(b"sec-fetch-mode", b"navigate")])
        assert call.status == 440

    run(test)


def test_a_server_that_knows_no_440_closes_a_handshake_with_4440(site, app, clock):
    """uvicorn with ``--ws websockets``."""

    class Strict(ASGISocketCall):
        async def send(self, message):
            HTTPStatus(message.get("status", 200))  # raises ValueError for 440
            await super().send(message)

    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        clock.advance(1200)
        socket = await Strict(site, cookies=tab.cookies).open()
        await socket.done()
        assert socket.types == ["accept", "close"]
        assert (socket.messages[1]["code"], socket.messages[1]["reason"]) == (4440, "idle")

    run(test)


def test_without_the_extension_it_is_accepted_and_closed_with_4440(site, app, clock):
    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        clock.advance(1200)
        socket = await ASGISocketCall(site, cookies=tab.cookies, can_deny=False).open()
        await socket.done()
        assert socket.types == ["accept", "close"]
        assert socket.closed == [(4440, "idle")]
        assert app.subjects == []

    run(test)


@pytest.mark.parametrize("offered", [[], ["chat", "other"]])
def test_a_socket_that_is_accepted_to_be_closed_has_a_protocol_that_was_offered(
    site, clock, offered
):
    """Or a browser would not take it, and the page would not hear of the code."""

    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        clock.advance(1200)
        socket = ASGISocketCall(site, cookies=tab.cookies, can_deny=False)
        socket.scope["subprotocols"] = offered
        await (await socket.open()).done()
        assert socket.messages[0]["subprotocol"] == (offered[0] if offered else None)

    run(test)


def test_on_a_public_path_it_is_a_visitors(site, app, clock):
    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        clock.advance(1200)
        socket = await ASGISocketCall(site, "/public/ws", tab.cookies).open()
        assert socket.types == ["accept"]
        socket.leave()
        await socket.done()
        assert app.subjects == [None]

    run(test)


def test_a_client_that_leaves_before_the_refusal_gets_none(site, clock):
    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        clock.advance(1200)
        socket = ASGISocketCall(site, cookies=tab.cookies)
        socket.leave()
        await site(socket.scope, socket.receive, socket.send)
        assert socket.messages == []

    run(test)


def test_a_socket_ends_with_its_login(site, app, clock):
    """The app's receive gives a disconnect with the code, and what it sends is dropped."""

    async def test():
        _, socket = await opened(site)
        clock.advance(1200)
        tick(site)
        await socket.done()
        assert socket.types == ["accept", "close"]
        assert socket.closed == [(4440, "idle")]
        due = {"type": "websocket.disconnect", "code": 4440, "reason": "idle"}
        assert app.received[-1] == due

    run(test)


def test_nothing_passes_after_the_end_though_nobody_has_looked(site, app, clock):
    """For each message the clock is asked: no frame reaches the app, and none of its goes out."""

    async def test():
        _, socket = await opened(site)
        clock.advance(1200)
        socket.say("hello")
        await socket.done()
        assert socket.types == ["accept", "close"]
        assert socket.closed == [(4440, "idle")]
        kinds = [each["type"] for each in app.received]
        assert kinds == ["websocket.connect", "websocket.disconnect"]

    run(test)


def test_a_logout_closes_it(site, clock):
    async def test():
        tab, socket = await opened(site)
        await tab.ask("/logout")
        await socket.done()
        assert socket.closed == [(4440, "logout")]

    run(test)


def test_a_revocation_closes_it(app, clock):
    async def test():
        site = wrapped(app, clock, store=MemoryStore())
        tab, socket = await opened(site)
        await tab.ask("/")  # it is recorded
        assert site.engine.revoke_all("alice") == 1
        await socket.done()
        assert socket.closed == [(4440, "revoked")]

    run(test)


def test_a_login_again_by_the_same_person_keeps_it(site, clock):
    async def test():
        tab, socket = await opened(site)
        clock.advance(1000)
        await tab.ask("/login/alice")
        clock.advance(1000)
        tick(site)
        socket.say("hello")
        await socket.until(lambda: len(socket.messages) == 2)
        assert socket.types == ["accept", "send"]
        socket.leave()
        await socket.done()

    run(test)


def test_another_persons_login_closes_it(site, clock):
    async def test():
        tab, socket = await opened(site)
        await tab.ask("/login/bob")
        await socket.done()
        assert [code for code, _ in socket.closed] == [4440]

    run(test)


def test_requests_of_other_tabs_keep_it_open_and_its_frames_do_not(site, clock):
    async def test():
        tab, socket = await opened(site)
        for _ in range(3):
            clock.advance(1000)
            await tab.ask("/")
            tick(site)
        assert socket.types == ["accept"]
        for _ in range(3):
            clock.advance(500)
            socket.say("hello")
        await socket.done()
        assert socket.closed == [(4440, "idle")]

    run(test)


def test_the_apps_own_close_goes_first(clock):
    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4000})
            return
        visit_of(scope).login("alice")
        await respond(send)

    async def test():
        site = wrapped(app, clock)
        _, socket = await opened(site)
        await socket.done()
        clock.advance(1200)
        tick(site)
        assert socket.closed == [(4000, "")]

    run(test)


def test_a_login_timeout_that_a_socket_raises_closes_it(clock):
    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            visit_of(scope).login("alice")
            await respond(send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        raise LoginTimeout("credential")

    async def test():
        site = wrapped(app, clock, store=MemoryStore())
        _, socket = await opened(site)
        await socket.done()
        assert socket.closed == [(4440, "credential")]
        assert site.engine.logins("alice") == []

    run(test)


@pytest.mark.parametrize("can_deny", [True, False])
def test_a_page_that_wants_a_recent_login_refuses_the_handshake(clock, can_deny):
    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            visit_of(scope).login("alice", proved_at=None)
            await respond(send)
            return
        visit_of(scope).require_recent()

    async def test():
        _, socket = await opened(wrapped(app, clock), can_deny=can_deny)
        await socket.done()
        if can_deny:
            assert socket.messages[0]["status"] == 401
        else:
            assert socket.closed == [(4401, "")]

    run(test)


def test_in_challenge_mode_the_apps_refusal_becomes_ours(clock):
    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            visit_of(scope).login("alice")
            await respond(send)
            return
        await receive()
        await send({"type": "websocket.close"})

    async def test():
        site = wrapped(app, clock, enforcement="challenge")
        tab = Tab(site)
        await tab.ask("/login/alice")
        clock.advance(1200)
        socket = await ASGISocketCall(site, cookies=tab.cookies).open()
        await socket.done()
        assert socket.messages[0]["status"] == 440

    run(test)


def test_in_report_mode_it_goes_on(app, clock):
    async def test():
        site = wrapped(app, clock, enforcement="report")
        _, socket = await opened(site)
        clock.advance(1200)
        tick(site)
        socket.say("hello")
        await socket.until(lambda: len(socket.messages) == 2)
        socket.leave()
        await socket.done()
        assert socket.closed == []

    run(test)


def test_an_endpoint_is_no_socket(site):
    async def test():
        socket = await ASGISocketCall(site, "/session440/status").open()
        await socket.done()
        assert socket.messages[0]["type"] == "websocket.http.response.start"

    run(test)
