"""No callback of an event loop takes a tenth of a second: asyncio's debug mode says which does.

It measures how busy the machine is as well, and a first call imports what it needs. So the suite
runs three times, and what was slow in each run is told: that is slow by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
SUITE = ("test_asgi*.py", "test_django_async*.py", "test_django_channels*.py", "test_stores_*.py")
RUNS = 3


def slow_callbacks(folder: Path, files: list[Path], run: int) -> set[str]:
    """Run the tests in a process; return what was slow, with the test in which it was."""
    told = folder / f"{run}.txt"
    environment = {"PYTHONASYNCIODEBUG": "1", "SLOW_CALLBACKS": str(told)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "slow_callbacks", "-m", "not slow"]
    # In debug mode asyncio warns of what the suite's own processes leave; that is not the matter.
    command += ["-W", "default", "-p", "no:cacheprovider", *map(str, files)]
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    done = subprocess.run(
        command, cwd=TESTS.parent, env={**os.environ, **environment, "PYTHONPATH": paths}
    )
    assert done.returncode == 0
    return set(told.read_text().splitlines())


def test_no_callback_is_slow_each_time(tmp_path):
    files = [path for pattern in SUITE for path in sorted(TESTS.glob(pattern))]
    runs = [slow_callbacks(tmp_path, files, run) for run in range(RUNS)]
    assert set.intersection(*runs) == set()
