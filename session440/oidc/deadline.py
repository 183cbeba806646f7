"""A deadline for a whole answer: a socket's timeout begins anew with every byte that comes."""

from __future__ import annotations

import socket
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse
from threading import Timer
from time import monotonic
from types import TracebackType
from typing import Any
from urllib.request import AbstractHTTPHandler, HTTPHandler, HTTPSHandler, Request


class Deadline:
    """Shuts connections when its time is over, wherever their answers are.

    :param seconds: how long all of it may take, redirects included. The look-up of a host's name
        has no deadline.
    """

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds
        self._timer = Timer(seconds, self._shut)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Raise :exc:`TimeoutError` if the time is over, in place of what that has caused."""
        self._timer.cancel()
        if kind is None or issubclass(kind, Exception):
            self.check()

    def watch(self, connection: socket.socket) -> None:
        """Shut *connection* in time."""
        self._sockets.append(connection)
        self.check()

    def check(self) -> None:
        """Raise :exc:`TimeoutError` if the time is over."""
        if monotonic() >= self._end:
            raise TimeoutError("it takes too long")

    def _shut(self) -> None:
        for each in self._sockets:
            with suppress(OSError):  # it is closed
                socket.socket.shutdown(each, socket.SHUT_RDWR)  # beneath any TLS


class _Handler(AbstractHTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def do_open(self, http_class: Any, req: Request, **http_conn_args: Any) -> HTTPResponse:
        """Open a connection that is watched."""
        return super().do_open(_watched(http_class, self._deadline), req, **http_conn_args)


def _watched(kind: type[HTTPConnection], deadline: Deadline) -> Any:
    class Watched(kind):  # type: ignore[valid-type, misc]  # plain, or by TLS
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    return Watched


class PlainHandler(_Handler, HTTPHandler):
    """Opens ``http:`` URLs until the deadline."""


class TLSHandler(_Handler, HTTPSHandler):
    """Opens ``https:`` URLs until the deadline."""
