"""Consumers of Channels: what a visitor's refusal becomes, and who does not hear of the end."""

from __future__ import annotations

import json

import pytest
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
from django.test import override_settings
from django_asgi import run
from django_logins import IDLE
from test_channels import alogged_in, is_closed, socket

from session440.django.channels import LoginConsumerMixin


def test_its_refusal_becomes_the_440_where_the_server_can_answer_the_handshake(clock):
    async def scenario():
        client = await alogged_in()
        clock.advance(IDLE)
        extensions = {"websocket.http.response": {}}
        communicator = socket(client.cookies, "/Refusing/", extensions=extensions)
        await communicator.send_input({"type": "websocket.connect"})
        start = await communicator.receive_output(timeout=30)
        assert (start["type"], start["status"]) == ("websocket.http.response.start", 440)
        body = await communicator.receive_output(timeout=30)
        assert json.loads(body["body"])["cause"] == "idle"
        await communicator.send_input({"type": "websocket.disconnect", "code": 1006})
        await communicator.wait(timeout=30)
        assert communicator.output_queue.empty()

    options = {"CLOCK": clock, "ENFORCEMENT": "challenge", "STORE": "memory:"}
    with override_settings(SESSION440=options):
        run(scenario)


@pytest.mark.parametrize("kind", [AsyncWebsocketConsumer, WebsocketConsumer])
def test_a_consumer_that_does_nothing_but_send_ends_at_last(kind, clock):
    """That is no error for the server, and others have their turn meanwhile."""

    class Flooding(LoginConsumerMixin, kind):
        def receive(self, text_data=None, bytes_data=None):
            clock.advance(IDLE)
            if kind is WebsocketConsumer:
                while True:
                    self.send(text_data="more")
            return self.flood()

        async def flood(self):
            while True:
                await self.send(text_data="more")

    async def scenario():
        client = await alogged_in()
        communicator = socket(client.cookies, "/", AuthMiddlewareStack(Flooding.as_asgi()))
        await communicator.connect(timeout=30)
        await communicator.send_to(text_data="go")
        await is_closed(communicator, "idle")

    with override_settings(SESSION440={"CLOCK": clock}):
        run(scenario)
