"""Streams of events of a browser's, from real servers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager

from browser import Browser


class Stream:
    """The events that come, each as its name and its data."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer = answer

    def next(self) -> tuple[str, str] | None:
        """Return the next event; ``None``: the stream has ended."""
        name, data = "message", []
        while line := self.answer.readline():
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif not field and data:
                return name, "\n".join(data)
        return None


@contextmanager
def stream(browser: Browser, path: str = "/events") -> Iterator[Stream]:
    """Open a stream with the cookies that the browser has now."""
    connection = browser.connection()
    carried = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    try:
        connection.request("GET", path, headers={"Cookie": carried} if carried else {})
        answer = connection.getresponse()
        kind = answer.getheader("Content-Type", "").partition(";")[0]
        assert (answer.status, kind) == (200, "text/event-stream")
        yield Stream(answer)
    finally:
        connection.close()


def is_end(stream: Stream, cause: str) -> None:
    """Assert that the stream ends now, and says why."""
    name, data = stream.next()
    document = json.loads(data)
    assert (name, document["status"], document.get("cause")) == ("session440", 440, cause)
    assert document["type"] == "urn:problem:session440:login-timeout"
    assert stream.next() is None
