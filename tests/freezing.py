"""Stops a process, and waits for that: a signal takes effect only a while after it is sent."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from threading import Event

PATIENCE = 60.0  # seconds until it must have stopped
PAUSE = 0.001  # between two looks
_STILL = {"T", "Z", "X"}  # stopped, or ended: proc(5)


def freeze(id: int) -> None:
    """Return when none of the process's threads runs any more."""
    with suppress(ProcessLookupError):
        os.kill(id, signal.SIGSTOP)
    for _ in range(int(PATIENCE / PAUSE)):
        if all(map(_is_still, Path(f"/proc/{id}/task").glob("*/stat"))):
            return
        Event().wait(PAUSE)
    raise TimeoutError(f"process {id} did not stop within {PATIENCE} s")


def _is_still(stat: Path) -> bool:
    try:
        # The state is behind the name, which is in brackets.
        return stat.read_text().rpartition(")")[2].split()[0] in _STILL
    except OSError:
        return True  # it has ended
