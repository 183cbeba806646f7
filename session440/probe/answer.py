"""An answer as it arrived over the network."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

#: How many bytes of a body are read at most, and are unpacked from a compressed one.
LONGEST_BODY = 256 * 1024
_LONGEST_SHOWN = 80
_GZIP = 16 + zlib.MAX_WBITS  # https://docs.python.org/3/library/zlib.html#zlib.decompress


@dataclass(frozen=True)
class Answer:
    """One answer of the site.

    :param path: the path that was asked for.
    :param is_https: whether it came over TLS.
    :param is_whole: whether the body was read to its end, within the bounds.
    :param began: when the request was sent, in UTC epoch seconds of this machine; ``ended``:
        when the body was complete.
    """

    method: str
    path: str
    is_https: bool
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_whole: bool
    began: float
    ended: float

    def all(self, name: str) -> list[str]:
        """Return the value of each header of that name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def __getitem__(self, name: str) -> str:
        return ", ".join(self.all(name))

    @property
    def text(self) -> str:
        """Return the body, decompressed; an empty text if it cannot be read."""
        body = self.body if self.is_whole else b""
        if self["Content-Encoding"].lower() == "gzip":
            try:
                body = zlib.decompressobj(_GZIP).decompress(body, LONGEST_BODY)
            except zlib.error:
                body = b""
        return body.decode("utf-8", "replace")

    @property
    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; an empty one if it is not an object."""
        try:
            content = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def line(self) -> str:
        """Return the status with its reason phrase."""
        return shown(f"{self.status} {self.reason}".strip())


def shown(text: object) -> str:
    """Return a text from the site as one short line, with its control characters escaped."""
    plain = str(text)
    cut = plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}..."
    return cut.encode("unicode_escape").decode("ascii")
