"""Figures of many rounds, and what several of them make together, with its spread."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Series(NamedTuple):
    """One subject's figures.

    :param rounds: one for each round: the mean of the subject's processes.
    :param best: the mean of their best rounds. What else a machine does only ever adds.
    """

    rounds: list[float]
    best: float

    @classmethod
    def of(cls, processes: Sequence[Sequence[float]]) -> Series:
        """Return the series of a subject's processes, which ran the same number of rounds."""
        rounds = [statistics.fmean(each) for each in zip(*processes, strict=True)]
        return cls(rounds, statistics.fmean([min(each) for each in processes]))


class Spread(NamedTuple):
    """A figure, and how far apart the rounds are.

    :param best: by the best rounds.
    :param low: a tenth of the rounds is below it.
    :param high: a tenth of the rounds is above it.
    """

    best: float
    median: float
    low: float
    high: float


def spread(figure: Callable[..., float], *series: Series) -> Spread:
    """Return the spread of a figure that is made of several series, round by round."""
    rounds = [figure(*each) for each in zip(*[each.rounds for each in series], strict=True)]
    tenths = statistics.quantiles(rounds, n=10, method="inclusive") if rounds[1:] else rounds
    best = figure(*[each.best for each in series])
    return Spread(best, statistics.median(rounds), tenths[0], tenths[-1])


def itself(value: float) -> float:
    """Return the figure of one series alone."""
    return value
