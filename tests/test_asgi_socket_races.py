"""WebSockets whose login ends while something else happens, and what is left of them."""

from __future__ import annotations

import asyncio

import pytest
from asgi_apps import respond, wrapped
from asgi_memory import bytes_of_ours
from asgi_sockets import ASGISocketCall, SocketApp, Tab, opened, run, tick, turn

from session440.asgi import visit_of
from session440.live.sender import dropped
from session440.live.timer import TIMER
from session440.stores import MemoryStore


@pytest.fixture
def site(clock):
    return wrapped(SocketApp(), clock)


def test_a_close_waits_for_a_message_that_is_being_sent(clock):
    """Two calls of a server's send at a time would mix up its frames."""
    gate = asyncio.Event()

    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            visit_of(scope).login("alice")
            await respond(send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "one"})
        await send({"type": "websocket.send", "text": "two"})

    class Slow(ASGISocketCall):
        is_sending = False

        async def send(self, message):
            assert not self.is_sending
            if message["type"] == "websocket.send":
                self.is_sending = True
                self.news.set()
                await gate.wait()
                self.is_sending = False
            await super().send(message)

    async def test():
        site = wrapped(app, clock)
        tab = Tab(site)
        await tab.ask("/login/alice")
        socket = await Slow(site, cookies=tab.cookies).open()
        await socket.until(lambda: socket.is_sending)
        clock.advance(1200)
        tick(site)
        for _ in range(5):  # it is heard of the end meanwhile
            await turn()
        gate.set()
        await socket.done()
        assert socket.types == ["accept", "send", "close"]
        assert socket.messages[1]["text"] == "one"

    run(test)


def test_a_message_that_was_called_before_the_end_is_not_sent_after_it(site, clock):
    """A task of the app's may begin to send, and come to its turn later."""

    async def two_tasks(scope, receive, send):
        if scope["type"] != "websocket":
            visit_of(scope).login("alice")
            await respond(send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        late = send({"type": "websocket.send", "text": "late"})
        clock.advance(1200)
        await send({"type": "websocket.send", "text": "finds the end"})
        await late

    async def test():
        site.app = two_tasks
        tab = Tab(site)
        await tab.ask("/login")
        socket = await ASGISocketCall(site, cookies=tab.cookies).open()
        await socket.done()
        assert socket.types == ["accept", "close"]

    run(test)


def test_what_is_dropped_lets_others_go_on():
    """Or an app that only sends would hold the loop."""
    coroutine = dropped()
    coroutine.send(None)
    with pytest.raises(StopIteration):
        coroutine.send(None)


def test_senders_at_once_send_not_one_byte_after_the_end(site, clock):
    """Many tasks of the app's send as fast as they can."""

    async def busy(scope, receive, send):
        if scope["type"] != "websocket":
            visit_of(scope).login("alice")
            await respond(send)
            return
        await receive()
        await send({"type": "websocket.accept"})

        async def chatter():
            for _ in range(200):
                await send({"type": "websocket.send", "text": "x"})
                await turn()

        await asyncio.gather(*[chatter() for _ in range(5)])

    class Counting(ASGISocketCall):
        async def send(self, message):
            await turn()
            if len(self.messages) == 100:
                clock.advance(1200)
                tick(site)
            await super().send(message)

    async def test():
        site.app = busy
        tab = Tab(site)
        await tab.ask("/login/alice")
        socket = await Counting(site, cookies=tab.cookies).open()
        await socket.done()
        assert socket.types.index("close") == len(socket.types) - 1
        assert socket.types.count("send") < 150

    run(test)


def test_an_app_that_is_cancelled_leaves_nothing(site):
    async def test():
        _, socket = await opened(site)
        socket.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await socket.task
        tick(site)
        assert len(site.engine.live._table) == 0

    run(test)


def test_a_client_that_has_gone_is_no_error(site, clock):
    """The server's send raises what each server raises."""

    class Gone(ASGISocketCall):
        async def send(self, message):
            await super().send(message)
            if message["type"] == "websocket.close":
                raise OSError("gone")

    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        socket = await Gone(site, cookies=tab.cookies).open()
        clock.advance(1200)
        tick(site)
        await socket.done()

    run(test)


def test_the_visit_of_an_open_socket_says_how_the_login_stands_now(clock):
    """Its request is long gone; another login of the same person may have taken its place."""
    asked = []

    class Asking(SocketApp):
        async def talk(self, scope, receive, send):
            first = visit_of(scope)
            while (message := await receive())["type"] != "websocket.disconnect":
                visit = visit_of(scope)
                if message["type"] == "websocket.connect":
                    await send({"type": "websocket.accept"})
                    assert visit_of(scope) is not first
                    with pytest.raises(RuntimeError, match="came too late"):
                        visit_of(scope).logout()
                else:
                    async with visit.watch() as login:
                        assert login.subject == "alice"
                asked.append((visit.subject, visit.active, visit.ticket.seen_at))
                await send({"type": "websocket.send", "text": "asked"})
            asked.append((visit.subject, visit.active, visit.cause))

    async def test():
        site = wrapped(Asking(), clock, store=MemoryStore())
        tab, socket = await opened(site)
        begun = clock.now
        clock.advance(1000)
        await tab.ask("/")
        socket.say("who?")
        await socket.until(lambda: len(asked) == 2)
        clock.advance(1000)
        await tab.ask("/login/alice")
        socket.say("who?")
        await socket.until(lambda: len(asked) == 3)
        clock.advance(1200)
        tick(site)
        await socket.done()
        seen = [begun, begun + 1000, begun + 2000]
        assert asked == [*(("alice", True, at) for at in seen), (None, False, "idle")]

    run(test)


def test_one_thread_watches_all(site):
    async def test():
        sockets = [(await opened(site, f"user{number}"))[1] for number in range(20)]
        assert len(site.engine.live._table) == 20
        assert TIMER._thread is not None
        for each in sockets:
            each.leave()
            await each.done()
        assert len(site.engine.live._table) == 0

    run(test)


def test_an_app_that_does_nothing_but_send_ends_at_last(site, clock):
    """Meanwhile others have their turn: the close goes out, and other requests are answered."""

    async def flooding(scope, receive, send):
        if scope["type"] != "websocket":
            visit_of(scope).login("alice")
            await respond(send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "text": "x"})

    class Taking(ASGISocketCall):
        async def send(self, message):
            await turn()
            await super().send(message)

    async def test():
        site.app = flooding
        tab = Tab(site)
        await tab.ask("/login")
        socket = await Taking(site, cookies=tab.cookies).open()
        await socket.until(lambda: len(socket.messages) > 5)
        clock.advance(1200)
        await socket.until(lambda: socket.closed)
        assert (await Tab(site).ask("/login")).status == 200
        await socket.done()
        assert socket.types[-1] == "close"

    run(test)


def test_a_frame_that_comes_after_the_end_does_not_reach_the_app(clock):
    """A person whose login is over can do nothing by it."""
    app = SocketApp()
    site = wrapped(app, clock)

    class Late(ASGISocketCall):
        async def send(self, message):
            if message["type"] == "websocket.close":
                self.say("too late")  # it was on its way
            await super().send(message)

    async def test():
        tab = Tab(site)
        await tab.ask("/login/alice")
        socket = await Late(site, cookies=tab.cookies).open()
        clock.advance(1200)
        tick(site)
        await socket.done()
        kinds = [each["type"] for each in app.received]
        assert kinds == ["websocket.connect", "websocket.disconnect"]

    run(test)


@pytest.mark.parametrize("store", [(), ("memory:",)])
def test_an_open_socket_takes_at_most_2000_bytes_of_ours(store):
    """Compared with the same app without us."""
    assert bytes_of_ours("socket", *store) <= 2000


class Waiting(SocketApp):
    """Accepts a socket, and does nothing but wait for its end."""

    async def talk(self, scope, receive, send):
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.accept"})
