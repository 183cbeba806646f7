"""Writes down what event loops in debug mode call slow: a plugin of pytest, for soak_loops.py.

``SLOW_CALLBACKS`` in the environment names the file.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

_CALLED = re.compile(r"coro=<(\S+)|<\w*Handle (\S+)")


class _Noting(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith("Executing"):
            called = _CALLED.search(message)
            name = called and (called[1] or called[2])
            test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
            self.found.append(f"{test} {name}")


_noting = _Noting()


def pytest_configure() -> None:
    logging.getLogger("asyncio").addHandler(_noting)


def pytest_sessionfinish() -> None:
    Path(os.environ["SLOW_CALLBACKS"]).write_text("\n".join(sorted(set(_noting.found))))
