"""The sources of sightings: logs, which are read line by line, and a store's records."""

from __future__ import annotations

import gzip
import zlib
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import merge
from typing import IO, cast

from ..cause import Cause
from ..stores import Record
from ..stores.nodes import NodeDirectory
from .lines import HEADLINE, parse_line
from .sighting import LOGOUT, Sighting, plausible

#: A browser's cookie has at most 4 KiB (RFC 6265 section 6.1), and so has the subject in it.
#: Even escaped twice, the second time as JSON, it fits.
LONGEST_LINE = 64 * 1024
_GZIP = b"\x1f\x8b"  # RFC 1952 section 2.3.1

TIMED_OUT = (Cause.IDLE, Cause.ABSOLUTE)


class LogReader:
    """Reads events from logs, in the order of their times if each log is in order.

    Lines without an event are skipped. No line is kept, so logs may be of any length.

    :param streams: the name of each log, and the log.
    """

    def __init__(self, streams: Sequence[tuple[str, IO[bytes]]]) -> None:
        self._streams = [(name, unpacked(stream)) for name, stream in streams]
        self.lines = 0
        self.events = 0
        self.too_long = 0
        self.damaged: list[str] = []  # the names of logs that could not be read to the end

    @property
    def passed_over(self) -> int:
        """Return how many lines had no event."""
        return self.lines - self.events

    def __iter__(self) -> Iterator[Sighting]:
        logs = [self._dated(name, stream) for name, stream in self._streams]
        for _, seen in merge(*logs, key=lambda each: each[0]):
            yield seen

    def _dated(self, name: str, stream: IO[bytes]) -> Iterator[tuple[float, Sighting]]:
        """Yield each event with its time, or with the time of the event before it."""
        last = 0.0
        for line in self._lines(name, stream):
            self.lines += 1
            seen = _parsed(line)
            if seen is not None:
                self.events += 1
                last = last if seen.at is None else seen.at
                yield last, seen

    def _lines(self, name: str, stream: IO[bytes]) -> Iterator[bytes]:
        try:
            while line := stream.readline(LONGEST_LINE):
                if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    self.too_long += 1
                    _finish_line(stream)
                    line = b""
                yield line
        except (OSError, EOFError, zlib.error):
            self.damaged.append(name)  # it may be cut off, while it is still being written


def _finish_line(stream: IO[bytes]) -> None:
    while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _parsed(line: bytes) -> Sighting | None:
    if HEADLINE.search(line) is None:
        return None
    return parse_line(line.decode("utf-8", "backslashreplace"))


def unpacked(stream: IO[bytes]) -> IO[bytes]:
    """Return *stream*, unpacked if its first bytes are those of a gzip file."""
    peek = getattr(stream, "peek", None)
    if peek is None or peek(2)[:2] != _GZIP:
        return stream
    return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))


def sightings_of(store: NodeDirectory, within: float) -> Iterator[Sighting]:
    """Yield a store's records and tombstones as sightings, in no particular order.

    They are read twice: first for the times at which each person's logins began (eight bytes
    each), and then for how they ended.

    :param within: a new login is a return if it begins at most this many seconds after a timeout.
    :raises StoreError: if the store is out.
    """
    begun: dict[int, array[float]] = defaultdict(lambda: array("d"))
    for record in store.records():
        begun[hash(record.subject)].append(record.issued_at)
    for subject, times in begun.items():
        begun[subject] = array("d", sorted(times))
    for record in store.records():
        start = _started(record)
        yield start
        if record.ended_at is not None:
            began = begun[hash(record.subject)]
            came_back = _came_back(record.ended_at, began, within)
            yield _ended(start, record, record.ended_at, came_back)


def _started(record: Record) -> Sighting:
    return Sighting(
        "started",
        plausible(record.issued_at),
        subject=record.subject,
        ticket=record.id,
        policy=record.policy,
        node=record.node or None,
    )


def _ended(start: Sighting, record: Record, at: float, came_back: bool) -> Sighting:
    return start._replace(
        kind="ended",
        at=plausible(at),
        cause=record.cause.value if record.cause else LOGOUT,
        idle=at - record.seen_at,
        age=at - record.issued_at,
        returned=came_back and record.cause in TIMED_OUT,
    )


def _came_back(ended_at: float, begun: array[float], within: float) -> bool:
    next_one = bisect_left(begun, ended_at)
    return next_one < len(begun) and begun[next_one] <= ended_at + within
