"""The demos' tours, on real servers, each with a clock that its buttons move and a test holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asgi_servers import serving
from browsing import django_demo
from clock import FakeClock
from demos import Demo
from serving import serve

import demo_fastapi
import demo_flask
from demo_tour.clock import DemoClock
from session440.asgi import Session440Middleware


@contextmanager
def flask_tour(folder: Path) -> Iterator[Demo]:
    clock = FakeClock()
    app = demo_flask.create_app(DemoClock(folder / "ahead", clock))
    app.config["SESSION440_STORE"] = "memory:"
    with serve(app) as url:
        yield Demo("flask", url, clock)


@contextmanager
def fastapi_tour(folder: Path) -> Iterator[Demo]:
    clock = FakeClock()
    app = demo_fastapi.create_app(DemoClock(folder / "ahead", clock))
    (ours,) = [each for each in app.user_middleware if each.cls is Session440Middleware]
    given: dict[str, Any] = {"store": "memory:"}
    ours.kwargs.update(given)
    with serving("uvicorn", app) as url:
        yield Demo("fastapi", url, clock)


TOURS = {"flask": flask_tour, "django": django_demo, "fastapi": fastapi_tour}
