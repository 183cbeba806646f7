"""Consumers of Channels behind real servers: what a browser sees of the end of its login."""

from __future__ import annotations

import json

import pytest
from asgi_servers import serving
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import path
from django_logins import IDLE
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from session440.django.channels import LoginConsumerMixin


class Async(LoginConsumerMixin, AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=f"{text_data} by {self.scope['user'].username}")


class Sync(LoginConsumerMixin, WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        self.send(text_data=f"{text_data} by {self.scope['user'].username}")


ROUTES = URLRouter([path("async", Async.as_asgi()), path("sync", Sync.as_asgi())])
APP = ProtocolTypeRouter({"websocket": AuthMiddlewareStack(ROUTES)})
SERVERS = ("daphne", "uvicorn", "hypercorn")
#: Seconds within which what a test waits for has happened, on a busy machine.
PATIENCE = 60


@pytest.fixture(params=SERVERS)
def server(request, clock):
    with override_settings(SESSION440={"CLOCK": clock, "STORE": "memory:"}):
        with serving(request.param, APP) as url:
            yield request.param, url.replace("http:", "ws:")


def logged_in() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="alice"))
    client.get("/plain")
    return client


def opened(client, url):
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return connect(url, additional_headers={"Cookie": cookies}, subprotocols=None)


def closing(socket) -> tuple[int, str]:
    """Wait for the close frame; return its code and its reason."""
    with pytest.raises(ConnectionClosed) as caught:
        socket.recv(timeout=PATIENCE)
    return caught.value.rcvd.code, caught.value.rcvd.reason


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_an_open_socket_is_closed_with_4440(kind, server, clock):
    """Within a second: a thread of the process watches the clock. Daphne sends no reasons."""
    name, url = server
    with opened(logged_in(), f"{url}/{kind}") as socket:
        socket.send("hello")
        assert socket.recv(timeout=PATIENCE) == "hello by alice"
        clock.advance(IDLE)
        assert closing(socket) == (4440, "" if name == "daphne" else "idle")


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_logout_closes_it_and_a_login_again_does_not(kind, server, clock):
    name, url = server
    client = logged_in()
    with opened(client, f"{url}/{kind}") as socket:
        client.post("/login", {"username": "alice"})
        socket.send("hello")
        assert socket.recv(timeout=PATIENCE) == "hello by alice"
        client.get("/logout")
        assert closing(socket) == (4440, "" if name == "daphne" else "logout")


def test_a_handshake_of_an_ended_login_is_refused(server, clock):
    """By the 440 where the server can answer a handshake, and else by the close code."""
    name, url = server
    client = logged_in()
    clock.advance(IDLE)
    if name == "daphne":
        with opened(client, f"{url}/async") as socket:
            assert closing(socket) == (4440, "")
    else:
        with pytest.raises(InvalidStatus) as caught:
            opened(client, f"{url}/async")
        response = caught.value.response
        assert (response.status_code, response.headers["Session440-Cause"]) == (440, "idle")
        assert json.loads(response.body)["cause"] == "idle"
    assert client.get("/").status_code == 440
