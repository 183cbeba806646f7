"""A client that goes away, and a server that stops, cancel the app: nothing is lost by that."""

from __future__ import annotations

import asyncio

import pytest
from asgi_apps import respond, wrapped
from asgi_calling import NAVIGATION, ASGICall
from asgi_sockets import ASGISocketCall, Tab, run, tick, turn
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from stepping import cancelled
from test_asgi_sessions import KEY, ROUTES, expire, logout
from test_asgi_sessions import site as starlette_site

from session440.asgi import visit_of
from session440.stores import MemoryStore

#: More than any of these requests waits.
MOST = 60


class Waiting(MemoryStore):
    """A store in memory that is asked in threads, as one that blocks is."""

    awaits = False


class App:
    """Waits between all that it does."""

    has_answered = has_logged_out = False

    async def __call__(self, scope, receive, send):
        await turn()
        if scope["path"] == "/login":
            visit_of(scope).login("alice")
        elif scope["path"] == "/logout":
            visit_of(scope).logout()
            self.has_logged_out = True
        await turn()
        self.has_answered = True
        await respond(send)
        await turn()


class Slow(ASGICall):
    """A server whose receive and send take a while."""

    async def receive(self):
        await turn()
        return await super().receive()

    async def send(self, message):
        await turn()
        await super().send(message)


def steps(test):
    """Run *test* with each number of waits, until the request is not cancelled any more."""

    async def all_of_them():
        for at in range(1, MOST):
            if not await test(at):
                return at
        raise AssertionError("it is always cancelled")

    return asyncio.run(all_of_them())


@pytest.fixture(params=["memory", "in threads"])
def store(request):
    return (MemoryStore if request.param == "memory" else Waiting)()


@pytest.fixture
def site(clock, store):
    return wrapped(App(), clock, store=store, on_event=lambda event: None)


async def logged_in(site):
    tab = Tab(site)
    await tab.ask("/login")
    await tab.ask("/")
    return tab


async def who_is(site, cookies):
    """Who is logged in for somebody who has these cookies."""
    call = ASGICall(site, "/", cookies)
    await call.coroutine()
    return visit_of(call.scope).subject


def test_a_logout_ends_its_connections_wherever_it_is_cancelled(site):
    seen = set()

    async def test(at):
        tab = await logged_in(site)
        login = visit_of((await tab.ask("/")).scope).watch().open()
        site.app.has_logged_out = False
        is_cancelled = await cancelled(Slow(site, "/logout", tab.cookies).coroutine(), at)
        seen.add((is_cancelled, site.app.has_logged_out))
        assert login.is_over == site.app.has_logged_out
        return is_cancelled

    steps(test)
    assert seen == {(True, False), (True, True), (False, True)}


def test_a_logout_is_told_to_the_store_wherever_it_is_cancelled(site):
    """Once the app has logged the person out, no copy of the cookie is any good."""
    seen = set()

    async def test(at):
        tab = await logged_in(site)
        former = dict(tab.cookies)
        site.app.has_logged_out = False
        call = Slow(site, "/logout", tab.cookies)
        is_cancelled = await cancelled(call.coroutine(), at)
        has_logged_out = site.app.has_logged_out
        seen.add(has_logged_out)
        assert await who_is(site, former) == (None if has_logged_out else "alice")
        assert bool(site.engine.logins("alice")) is not has_logged_out  # the store knows by now
        site.engine.revoke_all("alice")
        return is_cancelled

    assert steps(test) > 4
    assert seen == {True, False}


def test_a_login_that_is_cancelled_leaves_the_former_one(site):
    """Until the app has answered: then the new one takes its place, and there is never a second."""

    async def test(at):
        tab = await logged_in(site)
        former = dict(tab.cookies)
        site.app.has_answered = False
        call = Slow(site, "/login", tab.cookies)
        is_cancelled = await cancelled(call.coroutine(), at)
        if not site.app.has_answered:
            assert await who_is(site, former) == "alice"
        assert len(site.engine.logins("alice")) <= 1
        site.engine.revoke_all("alice")
        return is_cancelled

    assert steps(test) > 4


@pytest.mark.parametrize("path", ["/", "/session440/status", "/session440/extend"])
def test_a_request_that_was_cancelled_disturbs_no_other(site, path):
    method = "POST" if path.endswith("extend") else "GET"
    headers = [(b"sec-fetch-site", b"same-origin")]

    async def test(at):
        tab = await logged_in(site)
        call = Slow(site, path, tab.cookies, method, headers=headers)
        is_cancelled = await cancelled(call.coroutine(), at)
        again = ASGICall(site, "/", tab.cookies)
        await again.coroutine()
        assert visit_of(again.scope).subject == "alice"
        site.engine.revoke_all("alice")
        return is_cancelled

    assert steps(test) > 1


def test_an_end_that_was_cancelled_is_told_by_the_next_answer(site, clock):
    """With its body half read, too."""

    async def test(at):
        tab = await logged_in(site)
        clock.advance(1200)
        call = Slow(site, "/", tab.cookies, "POST", body=[b"x"] * 3, headers=NAVIGATION)
        is_cancelled = await cancelled(call.coroutine(), at)
        if not call.messages:
            again = ASGICall(site, "/", tab.cookies, headers=NAVIGATION)
            await again.coroutine()
            assert again.status == 440
        return is_cancelled

    assert steps(test) > 4


def test_a_logout_of_starlettes_session_is_told_too(clock):
    """It is seen in the session alone, which the answer would have cleared."""
    store = MemoryStore()
    site = starlette_site(clock, store=store)

    async def test(at):
        tab = Tab(site)
        await tab.ask("/login")
        await tab.ask("/")
        call = Slow(site, "/logout", tab.cookies)
        is_cancelled = await cancelled(call.coroutine(), at)
        if not call.scope["session"]:
            again = ASGICall(site, "/", tab.cookies, headers=NAVIGATION)
            await again.coroutine()
            assert visit_of(again.scope).subject is None
        return is_cancelled

    assert steps(test) > 1


def test_a_socket_may_be_cancelled_wherever_it_waits(site, clock):
    """At its handshake, while it talks, and while it is closed: nothing is watched any more."""

    class Talking(App):
        async def __call__(self, scope, receive, send):
            if scope["type"] != "websocket":
                await super().__call__(scope, receive, send)
                return
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": "x"})

    class Socket(ASGISocketCall):
        async def receive(self):
            await turn()
            return await super().receive()

        async def send(self, message):
            await turn()
            await super().send(message)
            if message["type"] == "websocket.send":
                clock.advance(1200)
                tick(site)

    async def test(at):
        site.app = Talking()
        tab = await logged_in(site)
        socket = Socket(site, cookies=tab.cookies)
        for event in ("websocket.connect", "websocket.receive"):
            socket.events.put_nowait({"type": event, "text": "x"})
        is_cancelled = await cancelled(site(socket.scope, socket.receive, socket.send), at)
        assert len(site.engine.live._table) == 0
        return is_cancelled

    assert steps(test) > 4


def test_a_handshake_that_is_refused_may_be_cancelled(site, clock):
    async def test(at):
        tab = await logged_in(site)
        clock.advance(1200)
        socket = ASGISocketCall(site, cookies=tab.cookies)
        socket.events.put_nowait({"type": "websocket.connect"})
        is_cancelled = await cancelled(site(socket.scope, socket.receive, socket.send), at)
        after = await tab.ask("/", headers=NAVIGATION)
        assert after.status == 440
        return is_cancelled

    steps(test)


def test_a_task_that_is_cancelled_by_anyio_is_no_other(clock):
    """Starlette's middlewares run the app in a cancel scope, and leave that early."""
    import anyio

    async def app(scope, receive, send):
        with anyio.move_on_after(0):
            await anyio.sleep_forever()
        await respond(send, 200, b"gone on")

    async def test():
        call = ASGICall(wrapped(app, clock))
        await call.coroutine()
        assert call.body == b"gone on"

    run(test)


@pytest.mark.parametrize("path", ["/logout", "/expire"])
def test_an_end_is_told_to_the_store_though_a_listener_was_waited_for(clock, store, path):
    """The app has cleared its session, or raised a timeout: what waits after that is only ours."""
    ended = []

    async def end(request):
        ended.append(True)
        await (expire if path == "/expire" else logout)(request)
        return PlainTextResponse("out")

    app = Starlette(routes=[Route(path, end), *ROUTES])
    ours = wrapped(app, clock, subject_key="user", store=store, on_event=lambda event: None)
    site = SessionMiddleware(ours, secret_key=KEY)

    async def test(at):
        tab = Tab(site)
        await tab.ask("/login")
        await tab.ask("/")
        ended.clear()
        is_cancelled = await cancelled(Slow(site, path, tab.cookies).coroutine(), at)
        again = ASGICall(site, "/", tab.cookies)
        await again.coroutine()
        assert visit_of(again.scope).subject == (None if ended else "alice")
        assert bool(ours.engine.logins("alice")) is not bool(ended)
        ours.engine.revoke_all("alice")
        return is_cancelled

    assert steps(test) > 3
