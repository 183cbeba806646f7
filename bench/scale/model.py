"""What a load asks of a store, in closed form. Nothing here reads a clock or is random.

Whether the store is asked about a login, and whether its ticket is renewed, are two counters
with a dead time: after each count they count nothing for ``revalidate_interval``, or for
``renew_interval``. With a dead time of T a counter counts one request and misses all that follow
it within T. There are m(T) of these on average (m is the renewal function of the requests), so
it counts one request in 1 + m(T).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, sqrt

from .load import Load, Setup


@dataclass(frozen=True)
class Asked:
    """What one login asks of the store from its beginning to its end, on average.

    :param checks: calls while it goes on, whether to find it or to tell that it was seen.
    :param renewals: tickets that are issued again.
    :param touches: checks that tell that it was seen, at most.
    :param least_touches: the same, at least.
    :param ends: tombstones, of logouts and of timeouts that somebody comes back to.
    :param late: requests that come after the timeout.
    """

    checks: float
    renewals: float
    touches: float
    least_touches: float
    ends: float
    late: float

    @property
    def calls(self) -> dict[str, float]:
        """How often each method of the store is called for one login."""
        beginning = {"generation": 1.0, "insert": 1.0, "purge": 1.0}
        finds = self.checks - self.touches + self.late
        return {"find": finds, "touch": self.touches, "end": self.ends, **beginning}


def asked(load: Load, setup: Setup) -> Asked:
    """Return what one login asks of the store.

    Checks and renewals are exact. A touch is a check by a request that is due to renew the
    ticket, so there are at most as many as of either. If the two counters did not know of each
    other there would be the least of them; but both are likelier to count after a pause.
    """
    missed = followers(load, setup.renew_interval)
    due = (load.requests - missed) / (1 + missed)  # the login itself begins the first dead time
    checks = load.requests * checked_share(load, believed(load, setup))
    return Asked(
        checks,
        due * (1 - load.logouts / load.requests),  # a logout deletes the ticket
        min(checks, due),
        due * checks / load.requests,
        load.logouts + load.returns,
        load.returns,
    )


def checked_share(load: Load, interval: float) -> float:
    """Return the share of requests that ask the store, if its answer is believed so long.

    Each process believes its own answers only, and sees every so manieth request of a login.
    """
    return 1 / (1 + followers(load, interval) / load.spread)


def followers(load: Load, seconds: float) -> float:
    """Return how many requests of the same login follow one within so many seconds.

    This solves the renewal equation for gaps that are exponential with one of two means, after
    a request that is the last one now and then.
    """
    goes_on = load.requests / (load.requests + 1)
    busy, idle = 1 / load.gap, 1 / load.pause
    first = goes_on * ((1 - load.pauses) * busy + load.pauses * idle)
    half = (busy + idle - first) / 2
    root = sqrt(half * half - busy * idle * (1 - goes_on))
    slow, fast = root - half, -root - half
    level = goes_on * busy * idle
    part_slow = (first * slow + level) / (slow - fast)
    part_fast = (first * fast + level) / (fast - slow)
    return part_slow * expm1(slow * seconds) / slow + part_fast * expm1(fast * seconds) / fast


def believed(load: Load, setup: Setup) -> float:
    """Return for how long an answer of the store is believed in fact.

    It is ``revalidate_interval``, unless the process has to forget it earlier: it remembers
    so many answers, and forgets the oldest for each new one.
    """
    requests = load.logins * load.requests / load.processes
    longest = setup.revalidate_interval

    def is_remembered(interval: float) -> bool:
        return requests * checked_share(load, interval) * interval <= setup.remembered

    if is_remembered(longest):
        return longest
    shortest = 0.0
    for _ in range(60):  # each halves the error
        middle = (shortest + longest) / 2
        shortest, longest = (middle, longest) if is_remembered(middle) else (shortest, middle)
    return shortest


@dataclass(frozen=True)
class Costs:
    """What was measured of one kind of server.

    :param cpu: microseconds of the server's processor for a call of each method.
    :param log: bytes that a call writes to PostgreSQL's write-ahead log.
    :param first_log: the same, if the pages that it changes were not changed since the last
        checkpoint, so that they are logged whole.
    :param record: bytes that a record takes, with its indexes.
    :param hot: the share of touches that change no index (PostgreSQL's heap-only tuples).
    """

    name: str
    cpu: dict[str, float]
    record: float
    log: dict[str, float]
    first_log: dict[str, float]
    hot: float = 0.0


@dataclass(frozen=True)
class Need:
    """What a load needs of one kind of server.

    :param cores: processors that are busy all the time.
    :param kept: records; ``kept_bytes`` is what they take.
    :param log: bytes a second, at least; ``first_log``: at most.
    """

    calls: float
    writes: float
    cores: float
    kept: float
    kept_bytes: float
    log: float
    first_log: float


def need(load: Load, setup: Setup, costs: Costs) -> Need:
    """Return what *load* needs; rates are for a second."""
    calls = {name: load.logins * each for name, each in asked(load, setup).calls.items()}
    kept = load.logins * setup.kept

    def total(each: dict[str, float]) -> float:
        return sum(rate * each.get(name, 0.0) for name, rate in calls.items())

    return Need(
        sum(calls.values()),
        calls["touch"] + calls["insert"] + calls["end"],
        total(costs.cpu) / 1e6,
        kept,
        kept * costs.record,
        total(costs.log),
        total(costs.first_log),
    )
