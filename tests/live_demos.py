"""The demos that have a live page, on real servers in this process, with a clock of the test's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from asgi_servers import serving
from clock import FakeClock
from demos import CLAIM, Demo, fill_in
from serving import serve
from sockets import socket

import demo_fastapi
import demo_flask
from session440.asgi import Session440Middleware


@dataclass
class LiveDemo(Demo, ABC):
    """A demo, and its page that is live."""

    path = ""
    connection = ""  # what the page opens

    @abstractmethod
    def closed(self, reason: str) -> str:
        """Return what the page says once its connection was closed."""

    @abstractmethod
    def happen(self, name: str = "bob") -> str:
        """Let somebody do something in another browser; return what all are told."""


class FastAPIDemo(LiveDemo):
    path = "/board"
    connection = "/board/socket"

    def closed(self, reason: str) -> str:
        return f"Closed: 4440 {reason}"

    def happen(self, name: str = "bob") -> str:
        with socket(self.logged_in(name), self.connection) as opened:
            opened.send("Lunch?")
        return f"{name}: Lunch?"


class FlaskDemo(LiveDemo):
    path = "/feed"
    connection = "/feed/stream"

    def closed(self, reason: str) -> str:
        return f"Closed: {reason}"

    def happen(self, name: str = "bob") -> str:
        fill_in(self.logged_in(name), "/form", CLAIM)
        return f"{name} has saved an expense claim"


@contextmanager
def fastapi_demo(clock: FakeClock, store: object = "memory:") -> Iterator[FastAPIDemo]:
    app = demo_fastapi.create_app()
    (ours,) = [each for each in app.user_middleware if each.cls is Session440Middleware]
    given: dict[str, Any] = {"clock": clock, "store": store}
    ours.kwargs.update(given)
    with serving("uvicorn", app) as url:
        yield FastAPIDemo("fastapi", url, clock)


@contextmanager
def flask_demo(clock: FakeClock, store: object = "memory:") -> Iterator[FlaskDemo]:
    app = demo_flask.create_app()
    app.config |= {"SESSION440_CLOCK": clock, "SESSION440_STORE": store}
    with serve(app) as url:
        yield FlaskDemo("flask", url, clock)


LIVE_DEMOS = {"fastapi": fastapi_demo, "flask": flask_demo}
