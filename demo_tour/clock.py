"""The time of a demo: the machine's, and what its buttons have added."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

MINUTE = 60.0  # seconds


class DemoClock:
    """A value for the option ``clock``.

    :param file: where it is kept how far the clock is ahead: several workers have one time, and
        after a restart it does not go back, which would make each login one from the future.
    :param base: the time without that, in UTC epoch seconds.
    """

    def __init__(self, file: Path, base: Callable[[], float] = time.time) -> None:
        self._file = file
        self._base = base

    def __call__(self) -> float:
        """Return the time, in UTC epoch seconds."""
        return self._base() + self.ahead

    @property
    def ahead(self) -> float:
        """By how many seconds it is ahead."""
        try:
            return float(self._file.read_text())
        except FileNotFoundError:
            return 0.0

    def move(self, seconds: float) -> None:
        """Move it ahead; never back."""
        # Whole, or not at all: another request may be reading it.
        with NamedTemporaryFile("w", dir=self._file.parent, delete=False) as draft:
            draft.write(repr(self.ahead + max(0.0, seconds)))
        Path(draft.name).replace(self._file)
