"""The body of a request that nobody will read."""

from __future__ import annotations

from ..core.ports import Request

_CHUNK = 64 * 1024


def drain(request: Request, limit: int) -> None:
    """Read the body: behind nginx an unread one turns a 440 into a 502.

    A body declared longer than *limit* bytes is left alone, or a 440 would cost without
    bound. One of no declared length is read up to the limit, where the server ends it.
    """
    left = _declared_length(request, limit)
    try:
        while 0 < left <= limit:
            chunk = request.read(min(left, _CHUNK))
            if not chunk:
                break
            left -= len(chunk)
    except OSError:
        pass  # the sender has gone; the answer goes nowhere either


def _declared_length(request: Request, limit: int) -> int:
    length = request.environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        # Python reads no number of more than 4,300 digits (CVE-2020-10735).
        return int(length[:20])
    return limit if request.environ.get("wsgi.input_terminated") else 0
