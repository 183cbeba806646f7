"""Consumers that cannot be served as they are say so."""

from __future__ import annotations

import pytest
from channels.generic.http import AsyncHttpConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django_asgi import run

from session440 import ConfigurationError
from session440.django.channels import LoginConsumerMixin


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
