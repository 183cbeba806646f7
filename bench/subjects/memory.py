"""What stays in memory, however many requests a server has answered.

Each request carries the ticket of another login; some are renewed, some have ended.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

from session440.wsgi import Session440Middleware

from .. import ROOT
from ..asking import environ, padded, serve
from ..measuring import Env, Measured, Plan, Results
from ..series import Series
from ..subject import KEY, Group, Subject, Work, must
from ..tickets import DUE, OPTIONS, OVER, ticket_cookie
from .wsgi import app

#: Requests until everything that is made once, or remembered up to a bound, is there.
WARM = 100_000
BEFORE, AFTER = f"after {WARM:,} requests", "at the end"
AGES = (0.0, 0.0, 0.0, DUE, OVER)


def resident() -> float:
    """Return the MiB of this process that are in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def grown(requests: int) -> tuple[float, float]:
    """Return the MiB in use after the first requests, and after all of them."""
    wrapped = Session440Middleware(app, secret_key=KEY, **OPTIONS)
    template, ages = environ(), itertools.cycle(AGES)

    def go(first: int, last: int) -> None:
        for number in range(first, last):
            cookie = ticket_cookie(wrapped.engine, f"user{number}@example.com", next(ages))
            serve(wrapped, template | {"HTTP_COOKIE": padded(cookie)})

    go(0, WARM)
    before = resident()
    go(WARM, requests)
    return before, resident()


def results(plan: Plan, env: Env) -> Results:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", __name__, str(plan.requests)]
    done = subprocess.run(  # noqa: S603  # a command of our own
        command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
    )
    group = GROUPS["memory"]
    if done.returncode:
        return Results(group, {}, dict.fromkeys((BEFORE, AFTER), "the measurement fails"))
    figures = dict(zip((BEFORE, AFTER), json.loads(done.stdout), strict=True))
    seen = f"{plan.requests:,} requests in all, each with another login's ticket"
    subjects = {each.name: each for each in group.subjects}
    measured = {
        name: Measured(subjects[name], seen, Series([mib], mib), Series([mib], mib))
        for name, mib in figures.items()
    }
    return Results(group, measured, {})


def _work() -> Work:
    """Return the work of so many requests, for who wants to see that it is done."""

    def check() -> str:
        before, after = grown(WARM + 10)
        must(0 < before <= after + 1, (before, after))
        return "measured"

    return Work(grown, check)


MEMORY = [Subject(BEFORE, _work), Subject(AFTER, _work, BEFORE, "ours")]
GROUPS = {"memory": Group("Memory", MEMORY, unit="MiB", clock="size")}

if __name__ == "__main__":
    print(json.dumps(grown(int(sys.argv[1]))))
