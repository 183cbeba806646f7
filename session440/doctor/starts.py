"""Starts the app once more: what is another at each start cannot be the same for all workers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from .finding import Finding
from .keys import compare_starts
from .site import Site

#: Seconds that an app may take to start.
PATIENCE = 60


def compare(site: Site, code: str) -> Iterator[Finding]:
    """Compare this start's keys with another's.

    :param code: Python that starts the app and prints the fingerprints of its keys.
    """
    if site.engine is None:
        return
    try:
        done = subprocess.run(  # noqa: S603  # our own code, for this interpreter
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return  # no second start, no comparison
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode == 0 and last:
        yield from compare_starts(site, tuple(last.split()))
