"""A provider that sends a drop at a time holds nobody for longer than the deadline."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress

import pytest

from session440.oidc import fetching
from session440.oidc.fetching import fetch
from session440.oidc.jwk import KeysUnavailable

OK = b"HTTP/1.1 200 OK\r\n"
#: What the provider begins with, and what it then says again and again.
DROPS = {
    "headers": (OK, b"X-Drop: 1\r\n"),
    "one header": (OK + b"X-Drop: ", b"a"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the extension of a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a"),
    "a body of white space": (OK + b"\r\n{}", b" "),
}


@contextmanager
def dripping(begins: bytes, drop: bytes):
    """Serve these drops on a free port, more often than any timeout; gives the URL."""
    tick, server = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def answer(connection):
        with connection:
            connection.recv(4096)
            connection.sendall(begins)
            while not tick.wait(0.03):
                connection.sendall(drop)

    def serve():
        while not tick.is_set():
            with suppress(OSError):  # the client has gone
                answer(server.accept()[0])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        tick.set()
        socket.create_connection(server.getsockname()).close()
        thread.join()
        server.close()


@pytest.mark.parametrize("drops", DROPS.values(), ids=DROPS)
def test_the_whole_answer_has_one_deadline(monkeypatch, drops):
    monkeypatch.setattr(fetching, "TIMEOUT", 0.2)
    with dripping(*drops) as url, pytest.raises(KeysUnavailable, match="too long"):
        fetch(url)
