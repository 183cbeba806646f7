"""Consumers that cannot be served as they are say so."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import pytest
from channels.generic.http import AsyncHttpConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django_asgi import run

from session440 import ConfigurationError
from session440.django.channels import LoginConsumerMixin
from session440.live.websocket import Denial, refuse


class Async(LoginConsumerMixin, AsyncWebsocketConsumer):
    pass


def test_a_consumer_without_a_session_says_what_is_missing():
    async def scenario():
        with pytest.raises(ConfigurationError, match="AuthMiddlewareStack"):
            await Async.as_asgi()({"type": "websocket", "path": "/"}, None, None)

    run(scenario)


def test_a_consumer_of_http_is_refused_for_a_view_does_that():
    with pytest.raises(TypeError, match="view of Django"):
        type("Wrong", (LoginConsumerMixin, AsyncHttpConsumer), {})


def test_the_mixin_is_listed_first():
    with pytest.raises(TypeError, match="before"):
        type("Wrong", (AsyncWebsocketConsumer, LoginConsumerMixin), {})


def test_a_server_that_knows_no_440_closes_the_handshake_with_4440():
    """uvicorn with ``--ws websockets``."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        HTTPStatus(message.get("status", 200))  # raises ValueError for 440
        sent.append(message)

    scope = {"type": "websocket", "extensions": {"websocket.http.response": {}}}
    asyncio.run(refuse(scope, receive, send, Denial(440, [], b"", "idle")))
    assert [each["type"] for each in sent] == ["websocket.accept", "websocket.close"]
    assert (sent[1]["code"], sent[1]["reason"]) == (4440, "idle")
