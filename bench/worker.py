"""A process with one subject: it is built, checked, and serves a batch whenever it is told to."""

from __future__ import annotations

import json
import os
import sys
import traceback
from time import perf_counter
from typing import Any, TextIO

from .subject import Work, must
from .subjects import subject

#: The first calls make what is made once, and any call may have to wait for the processor.
TRIES = 3
#: A call that does next to nothing would otherwise be made without an end.
MOST_CALLS = 200_000


def main() -> None:
    """Build the subject named by the arguments, then answer each line that comes."""
    group, name, milliseconds = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a framework prints is no answer
    try:
        work = subject(group, name).build()
        seen, calls = work.check(), calls_for(work, float(milliseconds))
    except Exception as error:
        traceback.print_exc()
        _say(answers, refused=f"{type(error).__name__}: {error}"[:300])
        return
    _say(answers, seen=seen, calls=calls, queries=work.queries)
    for line in sys.stdin:
        if line != "go\n":
            break
        _say(answers, **timed(work, calls))
    _say(answers, **looked_at(work, seen))


def _say(answers: TextIO, **facts: Any) -> None:
    answers.write(json.dumps(facts) + "\n")


def calls_for(work: Work, milliseconds: float) -> int:
    """Return how many calls take so long, by the CPU or, with a server, three times by the wall."""
    calls = work.step
    while True:
        taken = min(_milliseconds(work, calls) for _ in range(TRIES))
        if taken >= milliseconds or calls >= MOST_CALLS:
            return calls
        wanted = min(calls * 8, int(calls * 1.2 * milliseconds / max(taken, 0.01)) + 1)
        calls = -(-wanted // work.step) * work.step


def _milliseconds(work: Work, calls: int) -> float:
    times = timed(work, calls)
    return calls * max(times["cpu"], times["wall"] / 3) / 1000


def timed(work: Work, calls: int) -> dict[str, float]:
    """Return the CPU's and the wall's microseconds of a call.

    A fifth more is made before: the processor's caches are full of another process.
    """
    work.serve(-(-(calls // 5) // work.step) * work.step)
    wall, cpu = perf_counter(), work.clock()
    work.serve(calls)
    cpu, wall = work.clock() - cpu, perf_counter() - wall
    return {"cpu": cpu / calls * 1e6, "wall": wall / calls * 1e6}


def looked_at(work: Work, before: str) -> dict[str, str]:
    """Return what the subject answers at the end: it must be the same as at the beginning."""
    try:
        seen = work.check()
        must(seen == before, f"{before} before, {seen} after")
    except Exception as error:
        return {"refused": f"at the end: {type(error).__name__}: {error}"[:300]}
    return {"seen": seen}


if __name__ == "__main__":
    main()
