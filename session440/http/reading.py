"""A bound in time for reading a request's body, on servers whose reads wait for ever.

PEP 3333 has no such bound: ``read(n)`` waits until *n* bytes have come. But most servers let the
connection be found, and a connection whose reading side is shut gives the end of the body at
once, while the answer can still be written.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer
from typing import Any

#: Where servers put the connection itself: gunicorn, Werkzeug.
_SOCKETS = ("gunicorn.socket", "werkzeug.socket")


@contextmanager
def read_within(seconds: float, environ: Mapping[str, Any]) -> Iterator[None]:
    """Give the body in *environ* at most *seconds* to arrive; then reading it comes to its end.

    A server that hands over whole bodies (waitress, mod_wsgi behind Apache's RequestReadTimeout)
    needs no bound; where the connection is not found there is none.
    """
    descriptor = _descriptor_in(environ)
    if descriptor is None:
        yield
        return
    # A number of its own: the server's may belong to another connection when the time is over.
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        timer = Timer(seconds, _shut, [connection])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _descriptor_in(environ: Mapping[str, Any]) -> int | None:
    """Return the number of the connection's file, if it is a connection."""
    found = [environ[name] for name in _SOCKETS if name in environ]
    for each in (*found, environ.get("wsgi.input")):
        try:
            number: int = each.fileno()
            is_socket = stat.S_ISSOCK(os.fstat(number).st_mode)
        except (AttributeError, OSError, TypeError, ValueError):
            continue  # a file, or bytes in memory
        if is_socket:
            return number
    return None


def _shut(connection: socket.socket) -> None:
    """Shut the reading side, beneath any TLS, whose own state stays as it is."""
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass  # it has gone
