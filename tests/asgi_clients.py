"""Browsers of sites under ASGI, whose servers have their own phrases, or HTTP/2 and none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpcore2
from browser import Answer, Browser


class AsgiBrowser(Browser):
    has_phrases = False


class Http2Browser(AsgiBrowser):
    """It speaks HTTP/2 without asking (RFC 9113, section 3.3), over a connection that it keeps.

    It sends what it is told and nothing else: no ``Accept``, no name of its own.
    """

    pool: httpcore2.ConnectionPool

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        place = urlsplit(self.url)
        url = httpcore2.URL(
            scheme=b"http", host=place.hostname, port=place.port, target=path.encode()
        )
        carried = headers.pop("Cookie", "")
        fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        # As browsers do: each cookie in a field of its own (RFC 9113, section 8.2.3).
        fields += [(b"cookie", each.encode()) for each in carried.split("; ") if each]
        # Hypercorn 0.18 ends the connection at a frame that comes after its answer, as that of an
        # empty body may do.
        answer = self.pool.request(method, url, headers=fields, content=body or None)
        told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
        assert answer.extensions["http_version"] == b"HTTP/2"
        return Answer(20, answer.status, "", told, answer.content)


@contextmanager
def http2_browsers() -> Iterator[type[Http2Browser]]:
    """Give a class of browsers that share their connections."""
    with httpcore2.ConnectionPool(http1=False, http2=True) as pool:
        yield type("Browser", (Http2Browser,), {"pool": pool})
