"""Streams of events of a Django project end with the login, under ASGI and under WSGI."""

from __future__ import annotations

import asyncio
import gc
import json

import pytest
from asgiref.sync import sync_to_async
from django.contrib import auth
from django.contrib.auth.models import User
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path
from django_asgi import Browser, run
from django_logins import IDLE
from live_site import Still
from turning import turns_until

from session440.django import get_engine
from session440.live import logins as live_logins

KIND = "text/event-stream"


class Feed:
    """What an app streams: what a test puts into it, until it says that this is all."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.given: list[str] = []
        self.closed = 0
        self.kind = KIND

    async def chunks(self):
        try:
            while (chunk := await self.queue.get()) is not None:
                yield chunk
                self.given.append(chunk)
        finally:
            self.closed += 1


FEED = [Feed()]


async def stream(request):
    return StreamingHttpResponse(FEED[0].chunks(), content_type=FEED[0].kind)


def sync_stream(request):
    def chunks():
        try:
            for chunk in ("one", "two", "three"):
                yield f"data: {chunk}\n\n"
                for each in AFTER:
                    each(chunk)
        finally:
            CLOSED.append(True)

    return StreamingHttpResponse(chunks(), content_type=KIND)


AFTER: list = []
CLOSED: list[bool] = []


def log_in(request):
    auth.login(request, User.objects.get(username="alice"))
    return HttpResponse("in")


def log_out(request):
    auth.logout(request)
    return HttpResponse("out")


async def who(request):
    return HttpResponse(f"shown to {request.session440.subject}")


urlpatterns = [
    path("stream", stream),
    path("sync", sync_stream),
    path("in", log_in),
    path("out", log_out),
    path("", who),
]


@pytest.fixture(autouse=True)
def _site(clock, monkeypatch):
    monkeypatch.setattr(live_logins, "TIMER", Still())
    FEED[0] = Feed()
    AFTER.clear()
    CLOSED.clear()
    options = {"CLOCK": clock, "STORE": "memory:"}
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options):
        yield


class Stream:
    """A request for a stream, whose chunks are kept as they come."""

    def __init__(self, browser: Browser, url: str, method: str = "GET") -> None:
        self.sent: list[bytes] = []
        self.status = 0
        self.is_over = False
        self.gone = asyncio.Event()
        self._asked = iter([{"type": "http.request", "body": b""}])
        scope = browser.scope(url, method)
        self.task = asyncio.ensure_future(browser.app(scope, self._receive, self._send))

    async def _receive(self):
        for message in self._asked:
            return message
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.status = message.get("status", self.status)
        if message.get("body"):
            self.sent.append(message["body"])
        self.is_over = message["type"] == "http.response.body" and not message.get("more_body")

    async def comes(self, count: int = 1) -> list[bytes]:
        """Wait until *count* chunks have come; return them."""
        await turns_until(lambda: len(self.sent) >= count)
        return self.sent

    async def ends(self) -> bytes:
        """Wait until the response is over; return all of it."""
        await asyncio.wait_for(self.task, 30)
        assert self.is_over
        return b"".join(self.sent)


async def logged_in() -> Browser:
    browser = Browser()
    await browser.get("/in")
    await browser.get("/")
    return browser


def tick(clock) -> None:
    get_engine().live.tick(clock())


def documents(text: bytes) -> list[dict]:
    """Return what a browser finds in our events."""
    events = text.decode().split("\n\n")
    lines = [each.strip("\n").split("\n") for each in events if "event: session440" in each]
    return [json.loads(data.removeprefix("data: ")) for _, data in lines]


def test_it_ends_at_once_though_the_app_waits(clock):
    async def scenario():
        before = asyncio.all_tasks()
        browser = await logged_in()
        live = Stream(browser, "/stream")
        FEED[0].queue.put_nowait("data: one\n\n")
        assert await live.comes() == [b"data: one\n\n"]
        clock.advance(IDLE)
        tick(clock)
        [document] = documents(await live.ends())
        assert (document["status"], document["cause"]) == (440, "idle")
        assert document["login_url"].startswith("/login?next=")
        assert FEED[0].closed == 1
        assert asyncio.all_tasks() == before

    run(scenario)


def test_nothing_of_the_apps_is_sent_after_the_end_by_the_clock(clock):
    """Even before the thread that watches the clock has seen it."""

    async def scenario():
        live = Stream(await logged_in(), "/stream")
        FEED[0].queue.put_nowait("data: half")
        await live.comes()
        clock.advance(IDLE)
        FEED[0].queue.put_nowait("data: too late\n\n")
        text = await live.ends()
        assert text.startswith(b"data: half\n\nevent: session440\n")
        assert b"too late" not in text
        assert documents(text)[0]["cause"] == "idle"

    run(scenario)


def test_the_warning_comes_while_the_app_waits(clock):
    async def scenario():
        live = Stream(await logged_in(), "/stream")
        FEED[0].queue.put_nowait("data: one\n\n")
        await live.comes()
        clock.advance(IDLE - 100)
        tick(clock)
        await live.comes(2)
        FEED[0].queue.put_nowait("data: two\n\n")
        FEED[0].queue.put_nowait(None)
        text = await live.ends()
        [document] = documents(text)
        assert (document["state"], document["expires_in"]) == ("active", 100)
        assert text.endswith(b"data: two\n\n")

    run(scenario)


@pytest.mark.parametrize("how", ["logout", "revoked"])
def test_a_logout_and_a_revocation_end_it(how, clock):
    async def scenario():
        browser = await logged_in()
        live = Stream(browser, "/stream")
        FEED[0].queue.put_nowait("data: one\n\n")
        await live.comes()
        if how == "logout":
            await browser.get("/out")
        else:
            pk = await sync_to_async(lambda: User.objects.get(username="alice").pk)()
            get_engine().revoke_all(pk)
        [document] = documents(await live.ends())
        assert document.get("cause") == (None if how == "logout" else "revoked")

    run(scenario)


def test_a_login_again_in_the_same_browser_lets_it_go_on(clock):
    async def scenario():
        browser = await logged_in()
        live = Stream(browser, "/stream")
        FEED[0].queue.put_nowait("data: one\n\n")
        await live.comes()
        clock.advance(IDLE - 1)
        await browser.get("/in")
        clock.advance(IDLE - 1)
        tick(clock)
        FEED[0].queue.put_nowait("data: two\n\n")
        FEED[0].queue.put_nowait(None)
        assert (await live.ends()).endswith(b"data: two\n\n")

    run(scenario)


@pytest.mark.newest  # Django 4.2 does not listen: it would wait for ever
def test_a_client_that_goes_away_closes_the_apps_iterator_and_leaves_no_task(clock):
    async def scenario():
        before = asyncio.all_tasks()
        live = Stream(await logged_in(), "/stream")
        FEED[0].queue.put_nowait("data: one\n\n")
        await live.comes()
        live.gone.set()
        await live.task
        assert FEED[0].closed == 1
        assert asyncio.all_tasks() == before
        assert not get_engine().live.tick(clock())  # nothing is watched any more

    run(scenario)


def test_the_app_goes_on_only_when_its_chunk_has_been_sent(clock):
    async def scenario():
        live = Stream(await logged_in(), "/stream")
        for number in range(50):
            FEED[0].queue.put_nowait(f"data: {number}\n\n")
        FEED[0].queue.put_nowait(None)
        text = await live.ends()
        assert text.decode().count("data: ") == 50
        assert FEED[0].given == [each.decode() for each in live.sent]

    run(scenario)


@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
def test_an_error_of_the_apps_breaks_the_stream_as_without_us(clock):
    """Django leaves the file of the request's body open then, and its thread's connection."""

    async def scenario():
        browser = await logged_in()

        class Broken(Exception):
            pass

        async def chunks():
            yield "data: one\n\n"
            raise Broken

        FEED[0].chunks = chunks
        live = Stream(browser, "/stream")
        with pytest.raises(Broken):
            await live.task

    run(scenario)
    gc.collect()


@pytest.mark.parametrize("kind", ["text/plain", "text/event-stream"])
def test_other_responses_and_visitors_streams_are_left_alone(kind, clock):
    async def scenario():
        FEED[0].kind = kind
        browser = await logged_in() if kind == "text/plain" else Browser()
        live = Stream(browser, "/stream")
        FEED[0].queue.put_nowait("data: one\n\n")
        await live.comes()
        clock.advance(IDLE)
        tick(clock)
        FEED[0].queue.put_nowait("data: two\n\n")
        FEED[0].queue.put_nowait(None)
        assert await live.ends() == b"data: one\n\ndata: two\n\n"

    run(scenario)


def under_wsgi() -> Client:
    client = Client()
    client.get("/in")
    client.get("/")
    return client


def test_an_ordinary_iterator_under_wsgi_ends_at_its_next_chunk(clock):
    client = under_wsgi()
    AFTER.append(lambda chunk: clock.advance(IDLE if chunk == "two" else 0))
    response = client.get("/sync")
    chunks = list(response.streaming_content)
    response.close()
    assert chunks[:2] == [b"data: one\n\n", b"data: two\n\n"]
    assert documents(b"".join(chunks[2:]))[0]["cause"] == "idle"
    assert len(chunks) == 3
    assert CLOSED == [True]


def test_an_ordinary_iterator_under_asgi_ends_too(clock):
    """Django reads all of it before it sends anything."""

    async def scenario():
        browser = await logged_in()
        AFTER.append(lambda chunk: clock.advance(IDLE if chunk == "two" else 0))
        with pytest.warns(Warning, match="must consume synchronous iterators"):
            text = await Stream(browser, "/sync").ends()
        assert text.startswith(b"data: one\n\ndata: two\n\nevent: session440\n")
        assert b"three" not in text

    run(scenario)


def test_an_end_before_a_stream_begins_is_the_440(clock):
    async def scenario():
        browser = await logged_in()
        clock.advance(IDLE)
        assert (await browser.get("/stream")).status == 440

    run(scenario)
    client = under_wsgi()
    clock.advance(IDLE)
    assert client.get("/sync").status_code == 440
