"""The body of a request that the app will not read."""

from __future__ import annotations

from ..core.enforcement import FOR_THE_APP, Answer
from ..exchange import Exchange
from ..oidc.receiver import LONGEST_BODY
from .reading import read_within

_CHUNK = 64 * 1024

#: How long the body of a refused request is waited for.
SECONDS = 5.0


def drain_if_refused(exchange: Exchange, answer: Answer) -> None:
    """Read the body if the app will not: behind nginx an unread one turns a 440 into a 502.

    A body whose declared length is above ``drain_limit`` is not read: a 440 must not cost more
    and more. A body without a declared length is read up to the limit, if the server marks its
    end. A body that takes longer than :data:`SECONDS` is given up, or a few slow senders would
    hold every thread of the server.
    """
    left = length_to_drain(exchange, answer)
    if left:
        with read_within(SECONDS, exchange.request.environ):
            _drain(exchange, left)


def length_to_drain(exchange: Exchange, answer: Answer) -> int:
    """Return how many bytes of the body are read before *answer*: 0 if the app reads it."""
    if answer in FOR_THE_APP or answer is Answer.ENDPOINT:
        return 0
    limit = exchange.engine.settings.drain_limit
    left = _declared_length(exchange, limit)
    return left if left <= limit else 0


def lengths_for_endpoint(exchange: Exchange) -> tuple[int, int]:
    """Return how many bytes an endpoint may want, and how many are read after them.

    An adapter that awaits the body reads it before: the endpoint finds it in memory.
    """
    limit = exchange.engine.settings.drain_limit
    declared = _declared_length(exchange, max(limit, LONGEST_BODY + 1))
    kept = min(declared, LONGEST_BODY + 1)
    return kept, declared - kept if declared <= limit else 0


def _drain(exchange: Exchange, left: int) -> None:
    try:
        while left > 0:
            chunk = exchange.request.read(min(left, _CHUNK))
            if not chunk:
                break
            left -= len(chunk)
    except OSError:
        pass  # the sender has gone, so nobody waits for the answer


def _declared_length(exchange: Exchange, limit: int) -> int:
    environ = exchange.request.environ
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        # int() refuses a number of more than 4,300 digits (CVE-2020-10735).
        return int(length[:20])
    return limit if environ.get("wsgi.input_terminated") else 0


#: How many bytes of a body one of our own forms may have.
SHORT = 4096


def short_body(exchange: Exchange, most: int = SHORT) -> bytes | None:
    """Return the body of a form that is for us; ``None`` if it is longer than *most* bytes."""
    # Without the input of WSGI the server has handed over the whole body (Django under ASGI).
    is_whole = "wsgi.input" not in exchange.request.environ
    declared = most + 1 if is_whole else _declared_length(exchange, most + 1)
    parts: list[bytes] = []
    with read_within(SECONDS, exchange.request.environ):
        left = min(declared, most + 1)
        while left > 0 and (chunk := _chunk(exchange, left)):
            parts.append(chunk)
            left -= len(chunk)
        if declared > most + 1 and not left and declared <= exchange.engine.settings.drain_limit:
            _drain(exchange, declared - most - 1)
    body = b"".join(parts)
    return body if len(body) <= most else None


def _chunk(exchange: Exchange, size: int) -> bytes:
    try:
        return exchange.request.read(size)
    except OSError:
        return b""  # the sender has gone
