"""What an open socket of Channels takes of a server's memory."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer
from django.test import override_settings
from django_asgi import run
from test_channels import alogged_in, socket

from session440.django.channels import LoginConsumerMixin

SOCKETS = 50


class Served(AsyncWebsocketConsumer):
    """What a consumer costs without us."""


class Ended(LoginConsumerMixin, AsyncWebsocketConsumer):
    pass


async def held(kind, client) -> int:
    """Return how many bytes sockets hold that are open, and wait."""
    tasks, app = [], AuthMiddlewareStack(kind.as_asgi())
    scope = socket(client.cookies, "/", app).scope

    async def served():
        messages = iter([{"type": "websocket.connect"}])
        accepted = asyncio.get_running_loop().create_future()

        async def receive():
            for message in messages:
                return message
            return await asyncio.get_running_loop().create_future()

        async def send(message):
            accepted.set_result(message["type"])

        tasks.append(asyncio.ensure_future(app(dict(scope), receive, send)))
        await accepted

    await served()  # whatever is made once
    gc.collect()
    tracemalloc.start()
    for _ in range(SOCKETS):
        await served()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for each in tasks:
        each.cancel()
    await asyncio.wait(tasks)
    return size


@pytest.mark.parametrize("store", ["", "memory:"])
def test_an_open_socket_takes_no_more_than_2_kb_of_ours(store, clock):
    options = {"CLOCK": clock, **({"STORE": store} if store else {})}

    async def scenario():
        client = await alogged_in()
        return await held(Served, client), await held(Ended, client)

    with override_settings(SESSION440=options):
        without, mine = run(scenario)
    assert (mine - without) / SOCKETS <= 2048
