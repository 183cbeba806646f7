"""What stands between an app and its server on a WebSocket: how it is refused, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import sys
from http import HTTPStatus
from weakref import ref

import pytest
from asgi_apps import wrapped
from asgi_sockets import ASGISocketCall, SocketApp, Tab, opened, run, tick, turn

from session440.cause import Cause
from session440.core.ended import Ended
from session440.core.enforcement import Answer
from session440.core.state import State
from session440.live.denial import DENIAL, Denial, deny


class Silent(ASGISocketCall):
    """A client that answers no close frame, and a server that waits for that."""

    async def send(self, message):
        self.messages.append(message)
        self.news.set()


class Talking(SocketApp):
    """Its socket does what a test says."""

    def __init__(self, talk):
        super().__init__()
        self.talk = talk


async def silent(site):
    tab = Tab(site)
    await tab.ask("/login/alice")
    return await Silent(site, cookies=tab.cookies).open()


# --- the refusal

IDLE = State(None, Ended(None, Cause.IDLE), answer=Answer.LOGIN_TIMEOUT)
HEADERS = [
    (b"Content-Type", b"text/plain"),
    (b"set-cookie", b"a=b"),
    (b"Session440-Cause", b"idle"),
]


def denied(scope, state=IDLE):
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(deny(scope, send, Denial(440, HEADERS, b"over", state)))
    return sent


def test_a_server_that_knows_no_440_closes_the_handshake_with_4440():
    """uvicorn with ``--ws websockets`` takes no status but one of HTTPStatus."""
    sent = []

    async def send(message):
        HTTPStatus(message.get("status", 200))  # raises ValueError for 440
        sent.append(message)

    asyncio.run(deny({"extensions": {DENIAL: {}}}, send, Denial(440, HEADERS, b"over", IDLE)))
    assert [each["type"] for each in sent] == ["websocket.accept", "websocket.close"]
    assert (sent[1]["code"], sent[1]["reason"]) == (4440, "idle")


def test_a_server_that_can_answers_the_handshake():
    start, body = denied({"extensions": {DENIAL: {}}})
    assert start == {"type": f"{DENIAL}.start", "status": 440, "headers": HEADERS}
    assert body == {"type": f"{DENIAL}.body", "body": b"over"}


@pytest.mark.parametrize(
    ("state", "code", "reason"),
    [
        (IDLE, 4440, "idle"),
        (State(None, None, answer=Answer.LOGIN_TIMEOUT), 4440, ""),
        (State(None, None, answer=Answer.STEP_UP), 4401, ""),
        (State(None, None, answer=Answer.UNAVAILABLE), 1013, ""),
    ],
)
def test_another_accepts_it_and_closes_it_with_the_code_of_the_answer(state, code, reason):
    accept, close = denied({"extensions": None}, state)
    assert accept == {"type": "websocket.accept", "subprotocol": None, "headers": HEADERS[1:]}
    assert close == {"type": "websocket.close", "code": code, "reason": reason}


def test_of_the_protocols_that_a_client_offers_the_first_is_chosen(clock):
    """A browser takes no socket whose server chooses none of them."""
    site = wrapped(SocketApp(), clock)

    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        clock.advance(1200)
        socket = ASGISocketCall(site, cookies=tab.cookies, can_deny=False)
        socket.scope["subprotocols"] = ["chat", "other"]
        await socket.open()
        await socket.done()
        assert socket.messages[0]["subprotocol"] == "chat"
        assert socket.closed == [(4440, "idle")]

    run(test)


# --- the end


def test_the_app_is_told_of_the_end_though_its_server_waits_for_the_client(clock):
    """Once; what it receives after that is what its server says."""
    came = []

    async def talk(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        came.extend([await receive(), await receive()])

    async def test():
        site = wrapped(Talking(talk), clock)
        socket = await silent(site)
        clock.advance(1200)
        tick(site)
        await socket.until(lambda: socket.closed)
        socket.say("too late")
        socket.leave(1006)
        await socket.done()
        first, second = came
        assert first == {"type": "websocket.disconnect", "code": 4440, "reason": "idle"}
        assert second == {"type": "websocket.disconnect", "code": 1006}

    run(test)


def test_the_close_goes_out_before_the_app_has_returned_though_it_is_sending(clock):
    """Or the server would close the connection itself, with another code."""
    gate = asyncio.Event()

    async def talk(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        sending = asyncio.ensure_future(send({"type": "websocket.send", "text": "one"}))
        await receive()
        asyncio.get_running_loop().call_soon(gate.set)
        tasks.append(sending)

    class Slow(Silent):
        async def send(self, message):
            if message["type"] == "websocket.send":
                await gate.wait()
            await super().send(message)

    async def test():
        site = wrapped(Talking(talk), clock)
        tab = Tab(site)
        await tab.ask("/login/alice")
        socket = await Slow(site, cookies=tab.cookies).open()
        await turn()
        clock.advance(1200)
        tick(site)
        await socket.done()
        assert socket.types == ["accept", "send", "close"]
        await asyncio.wait(tasks)

    tasks = []
    run(test)


def test_a_cancellation_at_the_same_moment_is_not_taken_for_ours(clock):
    async def test():
        site = wrapped(SocketApp(), clock)
        socket = await silent(site)
        for _ in range(3):
            await turn()
        clock.advance(1200)
        tick(site)
        asyncio.get_running_loop().call_soon(socket.task.cancel)  # after the end is heard
        await asyncio.wait({socket.task})
        assert socket.task.cancelled() or sys.version_info < (3, 11)

    run(test)


def test_a_cancellation_that_the_app_has_survived_is_none_at_the_end(clock):
    """A task counts it for ever."""
    came = []

    async def talk(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        with pytest.raises(asyncio.CancelledError):
            await receive()
        came.append(await receive())

    async def test():
        site = wrapped(Talking(talk), clock)
        socket = await silent(site)
        await turn()
        socket.task.cancel()
        await turn()
        await turn()
        clock.advance(1200)
        tick(site)
        await socket.done()
        assert came == [{"type": "websocket.disconnect", "code": 4440, "reason": "idle"}]

    run(test)


def test_a_frame_that_comes_after_the_apps_own_close_and_after_the_end_is_not_heard(clock):
    came = []

    async def talk(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 4000})
        came.append(await receive())

    async def test():
        site = wrapped(Talking(talk), clock)
        socket = await silent(site)
        await socket.until(lambda: socket.closed)
        clock.advance(1200)
        socket.say("too late")
        socket.leave()
        await socket.done()
        assert came == [{"type": "websocket.disconnect", "code": 1000}]
        assert socket.closed == [(4000, "")]

    run(test)


def test_a_login_that_ends_before_the_app_accepts_ends_the_socket_with_its_own_protocol(clock):
    async def slow(scope, receive, send):
        await receive()
        clock.advance(1200)
        await send({"type": "websocket.accept", "subprotocol": "other"})
        await send({"type": "websocket.send", "text": "too late"})
        assert (await receive())["code"] == 4440

    async def test():
        site = wrapped(Talking(slow), clock)
        socket = await silent(site)
        await socket.done()
        assert socket.types == ["accept", "close"]
        assert socket.messages[0]["subprotocol"] == "other"
        assert socket.closed == [(4440, "idle")]

    run(test)


def test_an_app_that_raises_an_error_of_its_own_at_the_end_is_not_silenced(clock):
    async def broken(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        raise KeyError("of the app's")

    async def test():
        site = wrapped(Talking(broken), clock)
        _, socket = await opened(site)
        clock.advance(1200)
        tick(site)
        with pytest.raises(KeyError):
            await socket.done()
        assert socket.closed == [(4440, "idle")]

    run(test)


@pytest.mark.parametrize("answers", [True, False])
def test_a_socket_that_is_over_is_held_by_nothing(clock, answers):
    """Or the server's own would be kept until a garbage collection."""

    async def talk(scope, receive, send):
        await receive()
        if answers:
            await send({"type": "websocket.accept"})

    async def test():
        site = wrapped(Talking(talk), clock)
        tab = Tab(site)
        await tab.ask("/login/alice")
        gc.collect()
        gc.disable()
        try:
            socket = await ASGISocketCall(site, cookies=tab.cookies).open()
            await socket.done()
            gone = ref(socket)
            del socket
            await turn()
            assert gone() is None
        finally:
            gc.enable()

    run(test)
