"""Finds the engine of an app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..engine import Engine

_MOST_WRAPPERS = 50
#: How a wrapper calls what it wraps; ``middleware_stack`` is Starlette's.
_WRAPPED = ("app", "wsgi_app", "asgi_app", "asgi_handler", "application", "middleware_stack")


def engine_in(app: object) -> Engine | None:
    """Return the engine of an app, or of a middleware in it or around it; ``None`` without one.

    Starlette and FastAPI build their middleware at the first request; there is no engine before.

    :param app: a Flask app, a ``Session440`` extension, an app in a ``Session440Middleware``, a
        Starlette or FastAPI app, or an engine.
    """
    return next((each for each in map(_engine, _layers(app)) if each), None)


def is_django(app: object) -> bool:
    """Return whether an app is a Django project's, whose engine the settings make."""
    return any(
        each.__module__.startswith("django.core.handlers")
        for layer in _layers(app)
        for each in type(layer).__mro__
    )


def _engine(layer: Any) -> Engine | None:
    if isinstance(layer, Engine):
        return layer
    extension = getattr(layer, "extensions", {})
    if isinstance(extension, dict) and "session440" in extension:  # a Flask app
        with layer.app_context():
            return _engine(extension["session440"])
    engine = getattr(layer, "engine", None)
    return engine if isinstance(engine, Engine) else None


def _layers(app: object) -> Iterator[object]:
    """Yield an app and the apps that it wraps, as far as its attributes show them."""
    waiting, seen = [app], 0
    while waiting and seen < _MOST_WRAPPERS:
        layer, seen = waiting.pop(0), seen + 1
        yield layer
        kept = getattr(layer, "__dict__", {})
        waiting += [
            each for name, each in kept.items() if name.strip("_") in _WRAPPED and callable(each)
        ]
