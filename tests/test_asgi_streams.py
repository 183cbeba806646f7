"""A stream of events under ASGI ends with the login under which it was opened."""

from __future__ import annotations

import asyncio

import pytest
from asgi_apps import respond, wrapped
from asgi_calling import ASGIBrowser, ASGICall
from asgi_memory import bytes_of_ours
from asgi_sockets import Tab, run, tick, turn
from asgi_stream_call import StreamCall
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from session440.asgi import answer, visit_of
from session440.exceptions import Answered, LoginTimeout, StepUpRequired
from session440.stores import MemoryStore

STREAM = (b"content-type", b"text/event-stream; charset=utf-8")
BODY = "http.response.body"


class StreamApp:
    """``/login``, ``/logout``, and streams that send what a test gives them."""

    def __init__(self, kind=STREAM, status=200, more=()):
        self.parts = asyncio.Queue()
        self.heard = []
        self.headers = [kind, *more]
        self.status = status

    async def __call__(self, scope, receive, send):
        path = scope["path"]
        if path == "/stream":
            await self.stream(scope, receive, send)
            return
        if path == "/login":
            visit_of(scope).login("alice")
        elif path == "/logout":
            visit_of(scope).logout()
        await respond(send)

    async def stream(self, scope, receive, send):
        await receive()
        head = {"status": self.status, "headers": self.headers}
        await send({"type": "http.response.start", **head})
        sending = asyncio.ensure_future(self.send_all(send))
        try:
            self.heard.append((await receive())["type"])
        finally:
            sending.cancel()
            await asyncio.wait({sending})

    async def send_all(self, send):
        while True:
            part = await self.parts.get()
            await send({"type": BODY, "body": part, "more_body": part != b""})


@pytest.fixture
def app():
    return StreamApp()


@pytest.fixture
def site(app, clock):
    return wrapped(app, clock)


async def opened(site, **more):
    tab = Tab(site)
    await tab.ask("/login")
    return tab, await StreamCall(site, cookies=tab.cookies, **more).open()


def test_a_stream_passes_while_its_login_lives(site, app):
    async def test():
        _, stream = await opened(site)
        app.parts.put_nowait(b"data: one\n\n")
        app.parts.put_nowait(b"")
        await stream.done()
        assert stream.events() == [("message", "one")]

    run(test)


def test_its_last_event_is_the_problem_document(site, app, clock):
    async def test():
        _, stream = await opened(site)
        app.parts.put_nowait(b"data: one\n\n")
        await stream.until(lambda: len(stream.messages) == 2)
        clock.advance(1200)
        tick(site)
        await stream.done()
        (first, (name, document)) = stream.events()
        assert first == ("message", "one")
        assert (name, document["status"], document["cause"]) == ("session440", 440, "idle")
        assert stream.messages[-1]["more_body"] is False
        assert app.heard == ["http.disconnect"]

    run(test)


def test_nothing_of_the_apps_is_sent_after_the_end_though_nobody_has_looked(site, app, clock):
    """Before each part the clock is asked."""

    async def test():
        _, stream = await opened(site)
        clock.advance(1200)
        app.parts.put_nowait(b"data: secret\n\n")
        await stream.done()
        assert [name for name, _ in stream.events()] == ["session440"]
        assert b"secret" not in stream.body

    run(test)


def test_half_an_event_before_the_end_spoils_nothing(site, app, clock):
    async def test():
        _, stream = await opened(site)
        app.parts.put_nowait(b"data: half")
        await stream.until(lambda: len(stream.messages) == 2)
        clock.advance(1200)
        tick(site)
        await stream.done()
        assert stream.events()[-1][0] == "session440"

    run(test)


def test_a_warning_goes_before_it(site, app, clock):
    """A quiet stream is told at once."""

    async def test():
        _, stream = await opened(site)
        clock.advance(1100)
        tick(site)
        await stream.until(lambda: len(stream.messages) == 2)
        ((name, document),) = stream.events()
        assert (name, document["state"], document["expires_in"]) == ("session440", "active", 100.0)
        app.parts.put_nowait(b"data: one\n\n")
        await stream.until(lambda: len(stream.messages) == 3)
        clock.advance(100)
        tick(site)
        await stream.done()
        assert [name for name, _ in stream.events()] == ["session440", "message", "session440"]

    run(test)


def test_a_busy_stream_gets_the_warning_with_its_next_part(site, app, clock):
    """A server's send is never called twice at a time."""

    class Slow(StreamCall):
        is_sending = False

        async def send(self, message):
            assert not self.is_sending
            self.is_sending = True
            for _ in range(5):
                await turn()
            self.is_sending = False
            await super().send(message)

    async def test():
        tab = Tab(site)
        await tab.ask("/login")
        stream = await Slow(site, cookies=tab.cookies).open()
        for number in range(5):
            app.parts.put_nowait(b"data: %d\n\n" % number)
        clock.advance(1100)
        tick(site)
        await stream.until(lambda: len(stream.events()) == 6)
        names = [name for name, _ in stream.events()]
        assert names.count("session440") == 1
        clock.advance(100)
        tick(site)
        await stream.done()

    run(test)


def test_a_part_waits_for_the_warning_that_is_being_sent(site, app, clock):
    class Slow(StreamCall):
        is_sending = False

        async def send(self, message):
            assert not self.is_sending
            self.is_sending = True
            if b"active" in message.get("body", b""):
                app.parts.put_nowait(b"data: one\n\n")
                for _ in range(5):
                    await turn()
            self.is_sending = False
            await super().send(message)

    async def test():
        tab = Tab(site)
        await tab.ask("/login")
        stream = await Slow(site, cookies=tab.cookies).open()
        clock.advance(1100)
        tick(site)
        await stream.until(lambda: len(stream.events()) == 2)
        assert [name for name, _ in stream.events()] == ["session440", "message"]
        clock.advance(100)
        tick(site)
        await stream.done()

    run(test)


def test_a_logout_ends_it(site, app):
    async def test():
        tab, stream = await opened(site)
        await tab.ask("/logout")
        await stream.done()
        ((name, document),) = stream.events()
        assert (name, document["status"]) == ("session440", 440)
        assert "cause" not in document

    run(test)


def test_a_revocation_ends_it(app, clock):
    async def test():
        site = wrapped(app, clock, store=MemoryStore())
        tab, stream = await opened(site)
        await tab.ask("/")
        site.engine.revoke_all("alice")
        await stream.done()
        assert stream.events()[0][1]["cause"] == "revoked"

    run(test)


def test_a_login_again_by_the_same_person_keeps_it(site, app, clock):
    async def test():
        tab, stream = await opened(site)
        clock.advance(1000)
        await tab.ask("/login")
        clock.advance(1000)
        tick(site)
        app.parts.put_nowait(b"data: one\n\n")
        app.parts.put_nowait(b"")
        await stream.done()
        assert stream.events() == [("message", "one")]

    run(test)


def test_what_connects_after_the_end_is_answered_440(site, app, clock):
    async def test():
        tab = Tab(site)
        await tab.ask("/login")
        clock.advance(1200)
        headers = [(b"accept", b"text/event-stream")]
        stream = await StreamCall(site, cookies=tab.cookies, headers=headers).open()
        await stream.done()
        assert stream.status == 440

    run(test)


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({"kind": (b"content-type", b"text/plain")}, {}),
        ({"status": 404}, {}),
        ({"more": ((b"content-length", b"6"),)}, {}),
        ({}, {"method": "HEAD"}),
    ],
)
def test_other_answers_are_left_alone(clock, options, more):
    async def test():
        app = StreamApp(**options)
        site = wrapped(app, clock)
        _, stream = await opened(site, **more)
        clock.advance(1200)
        tick(site)
        app.parts.put_nowait(b"late")
        app.parts.put_nowait(b"")
        await stream.done()
        assert stream.body == b"late"

    run(test)


def test_a_visitors_stream_goes_on(site, app, clock):
    async def test():
        stream = await StreamCall(site).open()
        clock.advance(100_000)
        tick(site)
        app.parts.put_nowait(b"data: one\n\n")
        app.parts.put_nowait(b"")
        await stream.done()
        assert stream.events() == [("message", "one")]

    run(test)


def test_a_login_timeout_that_a_stream_raises_ends_it(clock):
    class Raising(StreamApp):
        async def stream(self, scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": [STREAM]})
            raise LoginTimeout("credential")

    async def test():
        site = wrapped(Raising(), clock, store=MemoryStore())
        _, stream = await opened(site)
        await stream.done()
        assert stream.events()[0][1]["cause"] == "credential"
        assert site.engine.logins("alice") == []

    run(test)


@pytest.mark.parametrize("error", [KeyError("x"), StepUpRequired(60)])
def test_other_errors_of_a_stream_are_the_servers(clock, error):
    class Raising(StreamApp):
        async def stream(self, scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": [STREAM]})
            raise error

    async def test():
        _, stream = await opened(wrapped(Raising(), clock))
        with pytest.raises(type(error)):
            await stream.done()

    run(test)


# --- what is left


def test_a_stream_that_is_cancelled_leaves_nothing(site):
    async def test():
        _, stream = await opened(site)
        stream.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stream.task
        tick(site)
        assert len(site.engine.live._table) == 0

    run(test)


def test_an_open_stream_takes_at_most_2048_bytes_of_ours():
    assert bytes_of_ours("stream") <= 2048


@pytest.mark.parametrize("kind", ["text/plain", "text/event-stream"])
def test_a_timeout_raised_too_late_for_the_apps_handler_ends_the_login(clock, kind):
    """Starlette makes an error of its own of it, if the app has a handler for ours."""
    store = MemoryStore()

    async def stream(request):
        async def parts():
            yield b"data: 1\n\n"
            raise LoginTimeout("credential")

        return StreamingResponse(parts(), media_type=kind)

    async def login(request):
        visit_of(request).login("alice")
        return Response()

    routes = [Route("/login", login), Route("/", stream)]
    site = wrapped(
        Starlette(routes=routes, exception_handlers={Answered: answer}), clock, store=store
    )
    browser = ASGIBrowser(site)
    browser.call("/login")
    call = ASGICall(site, "/", browser.cookies)
    try:
        call.run()
    except RuntimeError:
        assert kind == "text/plain"  # Starlette's own, as without us
    assert site.engine.logins("alice") == []
