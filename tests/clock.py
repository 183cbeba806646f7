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


class FileClock(FakeClock):
    """A fake clock that another process can read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        super().__init__()

    @property
    def now(self) -> float:
        return read_clock(self._file)

    @now.setter
    def now(self, value: float) -> None:
        self._write(repr(value))

    def follow_the_machine(self) -> None:
        """Go on as the machine's clock does, until the time is set again."""
        self._write(MACHINE)

    def _write(self, text: str) -> None:
        # In one step: a clock half written would be a wrong one.
        new = self._file.with_suffix(".new")
        new.write_text(text)
        new.replace(self._file)
