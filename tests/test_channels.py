"""Consumers of Channels: their sockets end with the login, and go on with the next one."""

from __future__ import annotations

import asyncio
import json
from itertools import count

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.sessions import SessionMiddlewareStack
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import path
from django_asgi import run
from django_logins import IDLE
from live_site import Still
from stepping import cancelled
from turning import turn, turns_until

from session440.django import get_engine, public
from session440.django.channels import LoginConsumerMixin
from session440.live import logins as live_logins

LEFT: list[int] = []  # with which codes consumers have been left
HEARD: list[object] = []  # what they have received


class Async(LoginConsumerMixin, AsyncWebsocketConsumer):
    """Says who is there, and what it hears."""

    groups = ("all",)

    async def receive(self, text_data=None, bytes_data=None):
        HEARD.append(text_data)
        if text_data == "touch":
            await self.login.atouch()
        await self.send(text_data=f"{text_data} by {self.scope['user'].username}")

    async def told(self, event):
        await self.send(text_data=event["text"])

    async def login_warning(self, event):
        await self.send(text_data=json.dumps(event["document"]))

    async def disconnect(self, code):
        LEFT.append(code)


class Sync(LoginConsumerMixin, WebsocketConsumer):
    groups = ("all",)

    def receive(self, text_data=None, bytes_data=None):
        HEARD.append(text_data)
        if text_data == "touch":
            self.login.touch()
        self.send(text_data=f"{text_data} by {self.scope['user'].username}")

    def told(self, event):
        self.send(text_data=event["text"])

    def login_warning(self, event):
        self.send(text_data=json.dumps(event["document"]))

    def disconnect(self, code):
        LEFT.append(code)


BUSY: dict[str, asyncio.Event] = {}


class Busy(Async):
    """Does something else first, then touches the login."""

    async def receive(self, text_data=None, bytes_data=None):
        if text_data != "touch":
            await super().receive(text_data, bytes_data)
            return
        BUSY["begun"].set()
        await BUSY["go on"].wait()
        await self.login.atouch()
        await self.send(text_data="touched")


class AsyncJson(LoginConsumerMixin, AsyncJsonWebsocketConsumer):
    async def receive_json(self, content):
        HEARD.append(content)
        await self.send_json({"heard": content})

    async def disconnect(self, code):
        LEFT.append(code)


class SyncJson(LoginConsumerMixin, JsonWebsocketConsumer):
    def receive_json(self, content):
        HEARD.append(content)
        self.send_json({"heard": content})

    def disconnect(self, code):
        LEFT.append(code)


@public
class Public(LoginConsumerMixin, AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send(text_data=f"shown to {self.scope['user'].username or 'nobody'}")


class Refusing(LoginConsumerMixin, AsyncWebsocketConsumer):
    async def connect(self):
        if self.scope["user"].is_authenticated:
            await self.accept()
        else:
            await self.close()


CONSUMERS = {each.__name__: each for each in (Async, Sync, AsyncJson, SyncJson)}
APP = AuthMiddlewareStack(
    URLRouter(
        [
            *(path(f"{name}/", each.as_asgi()) for name, each in CONSUMERS.items()),
            path("Busy/", Busy.as_asgi()),
            path("Public/", Public.as_asgi()),
            path("Refusing/", Refusing.as_asgi()),
        ]
    )
)


@pytest.fixture(params=["", "memory:"], ids=["no-store", "memory"])
def store(request):
    return request.param


@pytest.fixture(autouse=True)
def _site(clock, store, monkeypatch):
    monkeypatch.setattr(live_logins, "TIMER", Still())  # a test says when the clock is looked at
    LEFT.clear()
    HEARD.clear()
    options = {"CLOCK": clock, **({"STORE": store} if store else {})}
    layers = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    with override_settings(SESSION440=options, CHANNEL_LAYERS=layers):
        yield


def logged_in(name="alice") -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    client.get("/plain")
    return client


alogged_in = sync_to_async(logged_in)


@sync_to_async
def pk_of(name) -> int:
    return User.objects.get(username=name).pk


def socket(cookies, url, app=APP, **scope) -> WebsocketCommunicator:
    text = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    headers = [(b"host", b"testserver"), (b"cookie", text.encode())]
    communicator = WebsocketCommunicator(app, url, headers=headers)
    communicator.scope |= scope
    return communicator


async def opened(client, url) -> WebsocketCommunicator:
    communicator = socket(client.cookies, url)
    assert await communicator.connect(timeout=30) == (True, None)
    return communicator


async def hears(communicator, text="hello") -> str:
    await communicator.send_to(text_data=text)
    return await communicator.receive_from(timeout=30)


async def is_closed(communicator, reason) -> None:
    """Wait for the close frame; nothing else comes, and the consumer has been left."""
    message = await communicator.receive_output(timeout=30)
    assert message == {"type": "websocket.close", "code": 4440, "reason": reason}
    await communicator.wait(timeout=30)
    assert communicator.output_queue.empty()


def tick(clock) -> None:
    get_engine().live.tick(clock())


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_socket_is_closed_with_the_cause_when_its_login_ends(name, clock):
    async def scenario():
        client = await alogged_in()
        communicator = await opened(client, f"/{name}/")
        assert "hello" in await hears(communicator, '"hello"')
        clock.advance(IDLE)
        tick(clock)
        await is_closed(communicator, "idle")
        assert LEFT == [4440]

    run(scenario)


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_message_after_the_end_is_not_heard(name, clock):
    """Before the thread that watches the clock has seen it."""

    async def scenario():
        client = await alogged_in()
        communicator = await opened(client, f"/{name}/")
        await hears(communicator, '"hello"')
        queue = communicator.input_queue
        await turns_until(lambda: queue._getters)  # the consumer waits for the next message
        clock.advance(IDLE)
        await communicator.send_to(text_data='"too late"')
        await is_closed(communicator, "idle")
        assert [str(each).strip('"') for each in HEARD] == ["hello"]

    run(scenario)


@pytest.mark.parametrize("name", ["Async", "Sync"])
def test_what_comes_by_a_group_is_not_sent_after_the_end(name, clock):
    async def scenario():
        client, layer = await alogged_in(), get_channel_layer()
        communicator = await opened(client, f"/{name}/")
        await layer.group_send("all", {"type": "told", "text": "in time"})
        assert await communicator.receive_from(timeout=30) == "in time"
        clock.advance(IDLE)
        for _ in range(3):
            await layer.group_send("all", {"type": "told", "text": "too late"})
        await is_closed(communicator, "idle")

    run(scenario)


@pytest.mark.parametrize("name", ["Async", "Sync"])
def test_messages_are_no_activity_but_a_touch_is(name, clock):
    async def scenario():
        client = await alogged_in()
        communicator = await opened(client, f"/{name}/")
        clock.advance(IDLE - 100)
        assert await hears(communicator, "touch") == "touch by alice"
        clock.advance(IDLE - 100)
        assert await hears(communicator) == "hello by alice"
        clock.advance(100)
        tick(clock)
        await is_closed(communicator, "idle")

    run(scenario)


@pytest.mark.parametrize("name", ["Async", "Sync"])
def test_a_consumer_is_told_when_the_end_is_near(name, clock):
    """As Channels tells it anything: its method is called, in its turn."""

    async def scenario():
        client = await alogged_in()
        communicator = await opened(client, f"/{name}/")
        clock.advance(IDLE - 100)
        tick(clock)
        document = json.loads(await communicator.receive_from(timeout=30))
        assert (document["state"], document["expires_in"]) == ("active", 100)
        assert await hears(communicator) == "hello by alice"
        clock.advance(100)
        tick(clock)
        await is_closed(communicator, "idle")

    run(scenario)


def test_a_warning_that_is_no_longer_true_is_not_given(clock):
    """The login was renewed while the consumer was busy."""

    async def scenario():
        client = await alogged_in()
        communicator = await opened(client, "/Busy/")
        await communicator.send_to(text_data="touch")
        await BUSY["begun"].wait()
        clock.advance(IDLE - 100)
        tick(clock)
        BUSY["go on"].set()
        assert await communicator.receive_from(timeout=30) == "touched"
        assert await hears(communicator) == "hello by alice"
        await communicator.disconnect()

    BUSY.update({"begun": asyncio.Event(), "go on": asyncio.Event()})
    run(scenario)


@pytest.mark.parametrize(
    ("store", "how"),
    [("", "logout"), ("memory:", "logout"), ("memory:", "revoked")],
    indirect=["store"],
)
def test_a_logout_and_a_revocation_close_it(how, clock, store):
    async def scenario():
        client = await alogged_in()
        communicator = await opened(client, "/Async/")
        if how == "logout":
            await sync_to_async(client.get)("/logout")
        else:
            revoke = sync_to_async(get_engine().revoke_all)
            assert await revoke(await pk_of("alice")) == 1
        await is_closed(communicator, how)

    run(scenario)


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_a_login_again_by_the_same_person_keeps_it_and_anybody_elses_closes_it(who, clock):
    async def scenario():
        client = await alogged_in()
        communicator = await opened(client, "/AsyncJson/")
        clock.advance(600)
        await sync_to_async(client.post)("/login", {"username": who})
        if who == "bob":
            await is_closed(communicator, "logout")
            return
        clock.advance(IDLE - 100)
        tick(clock)
        assert await hears(communicator, '"hello"') == '{"heard": "hello"}'
        clock.advance(100)
        tick(clock)
        await is_closed(communicator, "idle")

    run(scenario)


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_handshake_whose_login_is_over_is_refused_with_the_cause(name, clock):
    async def scenario():
        client = await alogged_in()
        clock.advance(IDLE)
        communicator = socket(client.cookies, f"/{name}/", subprotocols=["chat", "other"])
        assert await communicator.connect(timeout=30) == (True, "chat")
        await is_closed(communicator, "idle")
        assert LEFT == []
        answer = await sync_to_async(client.get)("/")  # the evidence is kept for a page
        assert (answer.status_code, answer["Session440-Cause"]) == (440, "idle")

    run(scenario)


def test_a_server_that_can_answers_the_handshake_with_the_440(clock):
    async def scenario():
        client = await alogged_in()
        clock.advance(IDLE)
        extensions = {"websocket.http.response": {}}
        communicator = socket(client.cookies, "/Async/", extensions=extensions)
        await communicator.send_input({"type": "websocket.connect"})
        start = await communicator.receive_output(timeout=30)
        assert (start["type"], start["status"]) == ("websocket.http.response.start", 440)
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        assert headers["session440-cause"] == "idle"
        assert headers["cache-control"] == "no-store"
        body = await communicator.receive_output(timeout=30)
        assert json.loads(body["body"])["cause"] == "idle"
        await communicator.wait(timeout=30)

    run(scenario)


def test_a_consumer_that_is_public_is_shown_a_visitor_in_place_of_an_ended_login(clock):
    async def scenario():
        client = await alogged_in()
        for shown in ("alice", "nobody", "nobody"):
            communicator = await opened(client, "/Public/")
            assert await communicator.receive_from(timeout=30) == f"shown to {shown}"
            await communicator.disconnect()
            clock.advance(IDLE)

    run(scenario)


def test_a_socket_of_a_visitor_goes_on(clock):
    async def scenario():
        communicator = await opened(Client(), "/Async/")
        clock.advance(100 * IDLE)
        tick(clock)
        assert await hears(communicator) == "hello by "
        await communicator.disconnect()
        assert LEFT == [1000]

    run(scenario)


def test_a_consumer_that_refuses_visitors_refuses_an_ended_login_with_its_cause(clock, store):
    """In challenge mode the app decides; its refusal is replaced."""

    async def scenario():
        communicator = socket({}, "/Refusing/")
        assert await communicator.connect(timeout=30) == (False, 1000)
        client = await alogged_in()
        await opened(client, "/Refusing/")
        clock.advance(IDLE)
        communicator = socket(client.cookies, "/Refusing/")
        assert await communicator.connect(timeout=30) == (True, None)
        await is_closed(communicator, "idle")

    with override_settings(SESSION440={"CLOCK": clock, "ENFORCEMENT": "challenge"}):
        run(scenario)


def test_only_a_session_in_the_scope_is_needed(clock):
    async def scenario():
        client = await alogged_in()
        app = SessionMiddlewareStack(Plain.as_asgi())
        communicator = socket(client.cookies, "/", app)
        assert (await communicator.connect(timeout=30))[0]
        clock.advance(IDLE)
        tick(clock)
        await is_closed(communicator, "idle")

    class Plain(LoginConsumerMixin, AsyncWebsocketConsumer):
        pass

    run(scenario)


def test_a_handshake_that_is_cancelled_anywhere_leaves_no_task_and_keeps_the_login(clock):
    """As when the client goes away: at each place where it waits, in turn."""

    async def scenario():
        client = await alogged_in()
        for at in count(1):
            communicator = socket(client.cookies, "/AsyncJson/")
            messages = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect"}])

            async def receive(messages=messages):
                return {"code": 1001, **next(messages)}

            async def send(message):
                pass

            if not await cancelled(APP(dict(communicator.scope), receive, send), at):
                break
        assert at > 4
        communicator = await opened(client, "/AsyncJson/")
        assert await hears(communicator, '"hello"') == '{"heard": "hello"}'
        await communicator.disconnect()
        assert not get_engine().live.tick(clock())  # nothing is watched any more

    run(scenario)


def test_a_handler_that_never_ends_is_not_heard_any_more(clock):
    """The socket is closed at once, though the consumer receives nothing meanwhile."""
    running = asyncio.Event()

    class Endless(LoginConsumerMixin, AsyncWebsocketConsumer):
        async def receive(self, text_data=None, bytes_data=None):
            running.set()
            while not self.login.ended.is_set():
                await self.send(text_data="more")
                await turn()
            await self.send(text_data="too late")

    async def scenario():
        client = await alogged_in()
        communicator = socket(client.cookies, "/", AuthMiddlewareStack(Endless.as_asgi()))
        await communicator.connect(timeout=30)
        await communicator.send_to(text_data="go")
        await running.wait()
        clock.advance(IDLE)
        tick(clock)
        sent = []
        while not sent or sent[-1]["type"] != "websocket.close":
            sent.append(await communicator.receive_output(timeout=30))
        await communicator.wait(timeout=30)
        assert {each.get("text") for each in sent[:-1]} == {"more"}
        assert communicator.output_queue.empty()

    run(scenario)
