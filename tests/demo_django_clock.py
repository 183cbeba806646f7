"""The Django demo's settings with a database of their own and a clock that a test can set."""

import os
from pathlib import Path

import clock

from demo_django.settings import *  # noqa: F403  # as projects do with settings of their own
from demo_django.settings import DATABASES, SESSION440
from demo_tour.clock import DemoClock

FOLDER = Path(os.environ["DEMO_FOLDER"])
DATABASES = {"default": DATABASES["default"] | {"NAME": FOLDER / "demo.sqlite3"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def read_clock() -> float:
    """Return the time that the test has written down."""
    return clock.read_clock(FOLDER / "clock")


DEMO_CLOCK = DemoClock(FOLDER / "ahead", read_clock)
SESSION440 = SESSION440 | {"CLOCK": DEMO_CLOCK}
