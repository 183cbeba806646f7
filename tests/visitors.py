"""Visitors of a site that writes a log, and the command that explains it."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager

from calling import Call
from click.testing import CliRunner
from clock import START, FakeClock
from sites import OPTIONS, SECRET, TicketApp

from session440.cli import commands
from session440.wsgi import Session440Middleware

TEXT = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
HOUR = 3600.0


@contextmanager
def logged(path, formatter=TEXT, level=logging.DEBUG):
    """Have the default listener's lines in a file."""
    logger, handler = logging.getLogger("session440"), logging.FileHandler(path)
    handler.setFormatter(formatter)
    before, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    try:
        yield path
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = propagate
        handler.close()


def explain(*arguments, code=0, **options):
    """Run the command; what it complains of is one line."""
    done = CliRunner().invoke(commands, ["explain", *map(str, arguments)], **options)
    assert done.exit_code == code, (done.output, done.exception)
    assert "Traceback" not in done.output
    return done


def told_of(*arguments, **options) -> dict:
    return json.loads(explain(*arguments, "--json", **options).stdout)


def site(clock, node="north", **options):
    options = {**OPTIONS, **options}
    return Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, node=node, **options)


class Visitor:
    """A browser with a person before it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cookies: dict[str, str] = {}

    def visit(self, app, path="/plain", method="GET", body=b"") -> str:
        call = Call(app, path, dict(self.cookies), method, body)
        call.body()
        kept = {**self.cookies, **call.cookies()}
        self.cookies = {name: value for name, value in kept.items() if value}
        return call.status

    def log_in(self, app) -> None:
        status = self.visit(app, "/login", "POST", b"username=" + self.name.encode())
        assert status == "302 FOUND"

    def log_out(self, app) -> None:
        self.visit(app, "/logout")


def play(clock: FakeClock, steps) -> None:
    """Let each step happen in its time: (seconds since the start, call, app)."""
    for at, step, app in sorted(steps, key=lambda each: each[0]):
        clock.now = START + at
        step(app)


def a_day(app):
    """Of thirty people, twenty-five are idle for too long, four log out, one works on.

    Twelve come back after 21 minutes, eight after an hour; these log in again at once. Five
    come back after two hours, and leave. The one is at work when eight hours are over.
    """
    people = [Visitor(f"person-{number}") for number in range(30)]
    steps = [(10 * n, each.log_in, app) for n, each in enumerate(people)]
    for number, each in enumerate(people[:25]):
        away = 1260 if number < 12 else HOUR if number < 20 else 2 * HOUR
        steps.append((10 * number + away, each.visit, app))
        if number < 20:
            steps.append((10 * number + away + 20, each.log_in, app))
    steps += [(300 + n, each.log_out, app) for n, each in enumerate(people[25:29])]
    worker = people[29]
    steps += [(290 + 600.0 * n, worker.visit, app) for n in range(1, 49)]
    steps.append((290 + 8 * HOUR + 20, worker.log_in, app))
    return steps


CAUSES = {
    "idle": {"ended": 25, "share": 0.8333, "back": 20},
    "logout": {"ended": 4, "share": 0.1333, "back": None},
    "absolute": {"ended": 1, "share": 0.0333, "back": 1},
}
