"""A site that says of each answer how many tries of its store failed for it.

The stopwatch by which it lets its store rest stands still but for failed tries, which take
``COST`` seconds, and for ``GET /advance/60``, which answers how many tries have failed so far.
How much it tries thus depends on no machine. ``WAIT`` is the timeout of its store.
"""

from __future__ import annotations

import os
from functools import partial
from threading import Lock, local

import node
from clock import FakeClock

from session440 import engine
from session440.exceptions import StoreError
from session440.registry.circuit_breaker import CircuitBreaker
from session440.stores import open_store
from session440.wsgi import Session440Middleware

FAILED = "Failed-Tries"
stopwatch = FakeClock(0.0)


class Counted:
    """Passes every call on to a store, and counts the tries that fail."""

    def __init__(self, store) -> None:
        self._store = store
        self._lock = Lock()
        self._request = local()
        self.failed = 0

    def __getattr__(self, name: str):
        return partial(self._try, getattr(self._store, name))

    def _try(self, call, *args):
        try:
            return call(*args)
        except StoreError:
            with self._lock:
                self.failed += 1
                stopwatch.advance(float(os.environ["COST"]))
            self._request.failed += 1
            raise

    def for_this_request(self) -> int:
        return self._request.failed

    def begin_request(self) -> None:
        self._request.failed = 0


def app():
    engine.CircuitBreaker = partial(CircuitBreaker, stopwatch=stopwatch)
    store = Counted(open_store(node.SHARED, timeout=float(os.environ["WAIT"])))
    options = {**node.OPTIONS, "store": store, "clock": FakeClock()}
    site = Session440Middleware(node.bare, secret_key=node.SECRET, **options)

    def counting(environ, start_response):
        _, first, *rest = environ["PATH_INFO"].split("/")
        if first == "advance":
            stopwatch.advance(float(rest[0]))
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [str(store.failed).encode()]

        def start(status, headers, *args):
            return start_response(
                status, [*headers, (FAILED, str(store.for_this_request()))], *args
            )

        store.begin_request()
        return site(environ, start)

    return counting
