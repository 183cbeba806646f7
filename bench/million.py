"""What a store costs with a million logins, against the same with a thousand.

Both stand side by side, each on a real server, and are asked in turn: what else the machine
does meets both. The logins are loaded in bulk, by the store's own statements and in its own
format; what is measured goes through the store as the engine does. Exits 1 where a median at
a million is beyond twice that at a thousand, or where a purge holds up who asks.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from session440 import Cause
from session440.stores import Record

from .filled import EACH, KEEP, NOW, STORES, Filled, forget, login

THOUSAND = 1000
CALLS = 2000
MOST_RATIO = 2.0
MOST_DURING_PURGE = 20_000.0  # µs, at the 99th percentile

Times = list[float]


class Asked:
    """A store's logins in a random order, and what is timed on them."""

    def __init__(self, filled: Filled) -> None:
        self.store, self._logins = filled.store, filled.logins
        self._chance = Random(440)  # noqa: S311  # the same logins each time
        self.times: dict[str, Times] = {
            name: [] for name in ("check", "touch", "revoke", f"list {EACH} of one subject")
        }
        self._ended = [each for each in range(self._logins) if 1 <= self._part(each) <= 4]
        self._chance.shuffle(self._ended)

    def _part(self, number: int) -> int:
        """Return its tenth of the people: 0 is over, 1 to 4 are ended, the others stay."""
        return number % (self._logins // EACH) % 10

    def once(self, turn: int) -> None:
        """Time one call of each kind; there are only so many logins to end."""
        one, other = self.staying(), self.staying()
        check, touch, revoke, listing = self.times.values()
        check.append(timed(self.store.find, one.id))
        touch.append(timed(self.store.touch, other.id, NOW + turn, KEEP + turn))
        listing.append(timed(self.store.by_subject, self.staying().subject))
        if self._ended:
            ended = login(self._ended.pop(), self._logins)
            revoke.append(timed(self.store.end, ended.id, Cause.REVOKED, NOW))

    def staying(self) -> Record:
        number = self._chance.randrange(self._logins)
        while self._part(number) < 5:
            number = self._chance.randrange(self._logins)
        return login(number, self._logins)


def timed(call: Callable[..., Any], *args: Any) -> float:
    """Return a call's microseconds; it must have found its login."""
    began = perf_counter()
    answer = call(*args)
    taken = (perf_counter() - began) * 1e6
    assert answer
    return taken


def measure(small: Filled, large: Filled) -> tuple[dict[str, Times], dict[str, Times]]:
    both = Asked(small), Asked(large)
    for turn in range(CALLS):
        for each in both:
            each.once(turn)
    return both[0].times, both[1].times


def purge(large: Filled) -> tuple[Times, Times, float]:
    """Time checks before and while a tenth of the logins is forgotten, and that in seconds."""
    asked = Asked(large)
    before = [timed(asked.store.find, asked.staying().id) for _ in range(CALLS)]
    other = multiprocessing.get_context("spawn").Process(
        target=forget, args=(large.url, large.logins)
    )
    began = perf_counter()
    other.start()
    during = []
    while other.is_alive():
        during.append(timed(asked.store.find, asked.staying().id))
    assert other.exitcode == 0
    return before, during, perf_counter() - began


# --- the table


def p99(times: Times) -> float:
    return statistics.quantiles(times, n=100)[-1]


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def rows(name: str, small: dict[str, Times], large: dict[str, Times]) -> Iterator[tuple[str, bool]]:
    """Yield each line of the first table, and whether it is within bounds."""
    for call in small:
        of_small, of_large = statistics.median(small[call]), statistics.median(large[call])
        figures = of_small, of_large, p99(small[call]), p99(large[call])
        ratio = of_large / of_small
        yield row(name, call, *map(round, figures), f"{ratio:.2f}"), ratio <= MOST_RATIO


def purge_row(name: str, large: Filled) -> tuple[str, bool]:
    before, during, taken = purge(large)
    figures = p99(before), p99(during), max(before), max(during)
    line = row(name, *map(round, figures), f"{taken:.1f}", round(large.bytes_per_login))
    return line, p99(during) <= MOST_DURING_PURGE


def run(name: str, logins: int) -> tuple[list[tuple[str, bool]], tuple[str, bool], str]:
    """Measure one store."""
    with ExitStack() as stack:
        folders = [
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="session440-million-")))
            for _ in range(2)
        ]
        small, large = (
            stack.enter_context(STORES[name](folder, size))
            for folder, size in zip(folders, (THOUSAND, logins), strict=True)
        )
        return [*rows(name, *measure(small, large))], purge_row(name, large), large.version


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure stores with a million logins.")
    parser.add_argument("--logins", type=int, default=1_000_000)
    parser.add_argument("--stores", default=",".join(STORES))
    options = parser.parse_args()
    done = [run(name, options.logins) for name in options.stores.split(",")]
    versions = [f"Python {platform.python_version()}", *(version for _, _, version in done)]
    print(f"{os.cpu_count()} cores; {', '.join(versions)}. Times are in µs.\n")
    many = f"at {options.logins:,}"
    head("store", "call", "median at 1,000", many, "p99 at 1,000", many, "ratio of medians")
    print(*(line for lines, _, _ in done for line, _ in lines), sep="\n", end="\n\n")
    checks = ("check, p99", "during a purge", "longest", "during a purge")
    head("store", *checks, "seconds it took", "bytes per login")
    print(*(line for _, (line, _), _ in done), sep="\n")
    sound = [fits for lines, last, _ in done for _, fits in (*lines, last)]
    return 0 if all(sound) else 1


def head(*cells: str) -> None:
    print(row(*cells), row(*["---"] * len(cells)), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
