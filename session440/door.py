"""What is answered at the door, before the app runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from . import caller
from .endpoints import endpoint_reply
from .reply import Reply, timeout_reply

if TYPE_CHECKING:
    from .visit import Visit

_CHUNK = 64 * 1024


class Body(Protocol):
    """A request's body: ``wsgi.input``, or a framework's request itself."""

    def read(self, size: int, /) -> bytes:
        """Read at most *size* bytes; none at the end."""


def door_reply(visit: Visit, body: Body) -> Reply | None:
    """Answer for the app: its own endpoints, and the 440 in strict mode."""
    reply = endpoint_reply(visit) if visit.is_under_endpoint() else None
    if reply is not None or not visit.enter():
        return reply
    drain(visit, body)
    return timeout_reply(visit)


def drain(visit: Visit, body: Body) -> None:
    """Read the body that nobody will: behind nginx an unread one turns a 440 into a 502.

    A body declared longer than ``drain_limit`` is left alone, or a 440 would cost without
    bound. One of no declared length is read up to the limit, where the server ends it.
    """
    limit = visit.engine.settings.drain_limit
    left = _declared_length(visit.exchange.environ, limit)
    try:
        while 0 < left <= limit:
            chunk = body.read(min(left, _CHUNK))
            if not chunk:
                break
            left -= len(chunk)
    except OSError:
        pass  # the sender has gone; the answer goes nowhere either


def _declared_length(environ: caller.Environ, limit: int) -> int:
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        # Python reads no number of more than 4,300 digits (CVE-2020-10735).
        return int(length[:20])
    return limit if environ.get("wsgi.input_terminated") else 0
