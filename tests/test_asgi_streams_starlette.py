"""Streams of events as Starlette sends them end with their login."""

from __future__ import annotations

import pytest
from asgi_apps import wrapped
from asgi_sockets import Tab, run, tick, turn
from asgi_stream_call import StreamCall
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

from session440.asgi import visit_of

STREAM = (b"content-type", b"text/event-stream; charset=utf-8")
BODY = "http.response.body"


def starlette(clock, wrap=True):
    closed = []

    async def stream(request):
        async def endless():
            try:
                while True:
                    yield b"data: one\n\n"
                    await turn()
            finally:
                closed.append(True)

        return StreamingResponse(endless(), media_type="text/event-stream")

    async def login(request):
        visit_of(request).login("alice")
        return StreamingResponse(iter([b"in"]))

    app = Starlette(routes=[Route("/login", login), Route("/stream", stream)])
    return wrapped(app, clock), closed


@pytest.mark.parametrize("version", ["2.1", "2.3", "2.4"])
def test_a_generator_of_starlettes_is_closed(clock, version):
    """By a disconnect, or by the error of send where servers raise one (ASGI 2.4)."""

    async def test():
        site, closed = starlette(clock)
        tab = Tab(site)
        await tab.ask("/login")
        asgi = {"version": "3.0", "spec_version": version}
        stream = await StreamCall(site, cookies=tab.cookies, asgi=asgi).open()
        await stream.until(lambda: len(stream.messages) > 5)
        clock.advance(1200)
        tick(site)
        await stream.done()
        assert stream.events()[-1][1]["cause"] == "idle"
        assert closed == [True]

    run(test)


@pytest.mark.parametrize("kind", [bytes, memoryview])
def test_what_starlette_and_servers_take_for_a_part_is_taken(clock, kind):
    """Starlette passes a memoryview on, and servers send it."""

    async def parts(request):
        return StreamingResponse(iter([kind(b"data: one\n\n")]), media_type="text/event-stream")

    async def login(request):
        visit_of(request).login("alice")
        return StreamingResponse(iter([b"in"]))

    async def test():
        app = Starlette(routes=[Route("/login", login), Route("/stream", parts)])
        site = wrapped(app, clock)
        tab = Tab(site)
        await tab.ask("/login")
        stream = await StreamCall(site, cookies=tab.cookies).open()
        await stream.done()
        assert [name for name, _ in stream.events()] == ["message"]

    run(test)
