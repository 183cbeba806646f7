"""A relay before a server, which can fall silent: it takes what is said, and answers nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class Relay:
    """One port in front of another."""

    def __init__(self, url: str) -> None:
        self._target = (urlsplit(url).hostname, urlsplit(url).port)
        self._listener = socket.create_server((HOST, 0))
        self._open: list[socket.socket] = [self._listener]
        self._threads: list[Thread] = []
        self._is_silent = Event()
        #: Something was said while it was silent.
        self.is_asked = Event()
        place = urlsplit(url)
        netloc = place.netloc.rpartition("@")
        port = self._listener.getsockname()[1]
        self.url = place._replace(netloc=f"{netloc[0]}{netloc[1]}{HOST}:{port}").geturl()
        self._run(self._accept)

    def _run(self, function, *given) -> None:
        thread = Thread(target=function, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                self._run(self._pass_on, near, far)
                self._run(self._pass_on, far, near)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._is_silent.is_set():
                    self.is_asked.set()
                else:
                    target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def fall_silent(self) -> None:
        self._is_silent.set()

    def end(self) -> None:
        """Close everything."""
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with ExitStack() as stack:
            for each in self._open:
                stack.enter_context(each)
            for thread in [*self._threads]:
                thread.join(60)


@contextmanager
def relayed(url: str) -> Iterator[Relay]:
    relay = Relay(url)
    try:
        yield relay
    finally:
        relay.end()
