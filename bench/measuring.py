"""The controller: all subjects of a group are alive at once, and run in turn.

Each lives in processes of its own, which run a few milliseconds, one after the other, in
another order each round: whatever else the machine does meets all of them.
"""

from __future__ import annotations

import json
import os
import random
import select
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any, NamedTuple

from . import ROOT, VARIANT
from .series import Series
from .subject import Group, Subject

#: Seconds until a process must have answered: 50,000 logins are made in some of them.
PATIENCE = 180
AT_ONCE = 2  # processes that build their subjects: one for each core


class Plan(NamedTuple):
    """How long each is measured.

    :param copies: processes of each subject. Two of one differ by some per cent, which no
        number of rounds takes away.
    :param match: only subjects with this in their names, and their partners.
    :param variant: the folder of another checkout, whose session440 runs along.
    :param requests: how many are made where it is counted what stays in memory.
    """

    rounds: int = 50
    copies: int = 3
    match: str = ""
    variant: str = ""
    requests: int = 300_000


class Measured(NamedTuple):
    """What was seen of one subject, in microseconds of a request."""

    subject: Subject
    seen: str
    cpu: Series
    wall: Series
    queries: int | None = None


class Results(NamedTuple):
    """A group's figures by the subjects' names, and why others have none."""

    group: Group
    measured: dict[str, Measured]
    left_out: dict[str, str]


class Process:
    """A subject in a process of its own."""

    def __init__(self, command: list[str], subject: Subject, env: Env) -> None:
        self.subject = subject
        self.cpu: list[float] = []
        self.wall: list[float] = []
        self.refused = ""
        self._process = subprocess.Popen(  # noqa: S603  # a command of our own
            command, cwd=ROOT, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.greeting: dict[str, Any] = {}

    def greet(self) -> None:
        """Wait until the subject is ready."""
        self.greeting = self._answer()

    def turn(self) -> None:
        """Let it run for one round."""
        self._tell("go")
        times = self._answer()
        if not self.refused:
            self.cpu.append(times["cpu"])
            self.wall.append(times["wall"])

    def stop(self) -> None:
        """Let it be checked once more."""
        self._tell("stop")
        self._answer()

    def end(self) -> None:
        """End it: it has time to end a server of its own."""
        try:
            self._process.communicate(timeout=PATIENCE / 6)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _tell(self, word: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{word}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # there is no answer either

    def _answer(self) -> dict[str, Any]:
        """Return its next line. Each has one line to say, so none waits in a buffer."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else ""
        facts: dict[str, Any] = json.loads(line) if line else {"refused": "gives no answer"}
        self.refused = self.refused or facts.get("refused", "")
        return facts


#: Stands behind the name of a subject that runs with another checkout's session440.
BY_VARIANT = " [variant]"
Env = dict[str, str]


def chosen(group: Group, plan: Plan) -> list[Subject]:
    """Return the subjects that are asked for, and the partners that they are compared with."""
    wanted = [each for each in group.subjects if plan.match in each.name]
    names = {each.name for each in wanted} | {each.over for each in wanted} | {"floor"}
    subjects = [each for each in group.subjects if each.name in names]
    if plan.variant:
        ours = [each for each in subjects if each.kind == "ours"]
        subjects += [each._replace(name=each.name + BY_VARIANT) for each in ours]
    return subjects


def measure(name: str, group: Group, plan: Plan, env: Env) -> Results:
    """Measure a group."""
    with ExitStack() as stack:
        processes: list[Process] = []
        copies, subjects = min(plan.copies, group.copies or plan.copies), chosen(group, plan)
        wanted = [(each, number) for number in range(copies) for each in subjects]
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            started = [_started(name, group, each, number, plan, env) for each, number in some]
            for process in started:
                stack.callback(process.end)
            for process in started:
                process.greet()
            processes += started
        rounds = min(plan.rounds, group.rounds or plan.rounds)
        _take_turns([each for each in processes if not each.refused], rounds)
    return results_of(group, processes)


def _started(
    name: str, group: Group, subject: Subject, number: int, plan: Plan, env: Env
) -> Process:
    """Start one process.

    All that have the same number have the same hashes: how they lie in dicts is not compared.
    """
    env = {**os.environ, **env, "PYTHONHASHSEED": str(number)}
    if subject.name.endswith(BY_VARIANT):
        env[VARIANT] = os.path.abspath(plan.variant)
    one = subject.name.removesuffix(BY_VARIANT)
    command = [sys.executable, "-m", "bench.worker", name, one, str(group.milliseconds)]
    return Process(command, subject, env)


def _take_turns(processes: list[Process], rounds: int) -> None:
    for _ in range(rounds):
        random.shuffle(processes)
        for each in processes:
            each.turn()
    for each in processes:
        each.stop()


def results_of(group: Group, processes: Iterable[Process]) -> Results:
    """Return the figures of a group's processes; one refusal of a subject is enough."""
    by_name: dict[str, list[Process]] = {}
    for each in processes:
        by_name.setdefault(each.subject.name, []).append(each)
    left_out = {
        name: refusals[0]
        for name, copies in by_name.items()
        if (refusals := [each.refused for each in copies if each.refused])
    }
    measured = {name: _measured(copies) for name, copies in by_name.items() if name not in left_out}
    return Results(group, measured, left_out)


def _measured(copies: list[Process]) -> Measured:
    first = copies[0]
    cpu, wall = Series.of([each.cpu for each in copies]), Series.of([each.wall for each in copies])
    return Measured(first.subject, first.greeting["seen"], cpu, wall, first.greeting["queries"])
