"""Time for tests: it passes when they say so."""

import time
from pathlib import Path

START = 1_800_000_000.0


class FakeClock:
    def __init__(self, now: float = START) -> None:
        self.now = now
        self.read = 0  # how often

    def __call__(self) -> float:
        self.read += 1
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class MachineClock:
    """The machine's, or one that is ahead of it, for what compares clocks."""

    ahead = 0.0  # seconds

    def __call__(self) -> float:
        return time.time() + self.ahead


#: In place of a time: the clock in a file is the machine's.
MACHINE = "the machine's"


def read_clock(file: Path) -> float:
    """Return the time that a test has written down, in UTC epoch seconds."""
    text = file.read_text()
    return time.time() if text == MACHINE else float(text)
