"""What is measured: a subject, and the work that it is when it is ready."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

#: A secret key, for all who sign.
KEY = "a long random text for the bench, of 40 bytes and more"
FLOOR = "floor"
MOST_LOGINS = "SESSION440_BENCH_MOST_LOGINS"


class WrongAnswerError(Exception):
    """A subject does not do its work; what it takes for that counts for nothing."""


def must(fact: object, what: object) -> None:
    """Raise :class:`WrongAnswerError`, with *what* was seen instead, unless *fact* holds."""
    if not fact:
        raise WrongAnswerError(what)


class Work(NamedTuple):
    """A subject that is ready.

    :param serve: answers so many requests.
    :param check: returns what a request is answered; raises :class:`WrongAnswerError`.
    :param queries: how many a request makes, where they are counted.
    :param step: the number of requests that belong together.
    :param clock: gives the CPU time spent so far, in seconds: this process's own, or that of
        who does the work.
    """

    serve: Callable[[int], object]
    check: Callable[[], str]
    queries: int | None = None
    step: int = 1
    clock: Callable[[], float] = time.process_time


class Subject(NamedTuple):
    """One line of a group's table.

    :param build: makes it ready, in a process of its own.
    :param over: the name of its bare partner in the same group: the same app without it.
    :param server: the server that it needs: ``redis`` or ``postgresql``.
    """

    name: str
    build: Callable[[], Work]
    over: str = ""
    kind: Literal["bare", "ours", "peer"] = "bare"
    server: str = ""


def ours(name: str, build: Callable[[], Work], over: str) -> Subject:
    """Return a subject with session440."""
    return Subject(f"session440, {name}", build, over, "ours")


def peer(name: str, build: Callable[[], Work], over: str) -> Subject:
    """Return a subject with another package, or with the framework's own way."""
    return Subject(name, build, over, "peer")


class Group(NamedTuple):
    """Subjects that are alive at once and run in turn.

    :param milliseconds: how long a batch is. Where a request leaves garbage, a batch is longer
        than from one collection to the next.
    :param copies: the processes of each subject, and
    :param rounds: how often each runs, where these are fewer than the others'.
    :param clock: what tells most about it: the CPU's, the wall's where a server
        answers, or a size.
    :param note: what its table does not say.
    """

    title: str
    subjects: list[Subject]
    milliseconds: float = 4.0
    copies: int | None = None
    rounds: int | None = None
    clock: Literal["cpu", "wall", "size"] = "cpu"
    unit: str = "µs"
    note: str = ""


def logins(many: int) -> int:
    """Return how many logins are made where *many* are wanted: the tests make do with fewer."""
    return min(many, int(os.environ.get(MOST_LOGINS, many)))
