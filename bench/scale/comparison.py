"""The model beside the simulation."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from statistics import fmean, stdev
from typing import NamedTuple

from .load import Load, Setup
from .model import Asked, asked
from .simulation import Outcome, Person

#: Standard errors within which the simulation is to be: beyond them once in 16,000 times.
ERRORS = 4.0


class Compared(NamedTuple):
    """A figure for each login: as the model says, as the simulation has it, and its error."""

    model: float
    simulated: float
    error: float

    @property
    def agrees(self) -> bool:
        return abs(self.simulated - self.model) <= ERRORS * self.error + 1e-9


class Comparison(NamedTuple):
    """One setting. Touches have two bounds instead of a figure."""

    checks: Compared
    renewals: Compared
    touches: Compared
    least_touches: float

    def as_json(self) -> dict[str, object]:
        figures = {"checks": self.checks, "renewals": self.renewals, "touches": self.touches}
        named: dict[str, object] = {name: each._asdict() for name, each in figures.items()}
        return {**named, "least_touches": self.least_touches}

    @property
    def agrees(self) -> bool:
        touches = self.touches
        slack = ERRORS * touches.error + 1e-9
        is_within = self.least_touches - slack <= touches.simulated <= touches.model + slack
        return self.checks.agrees and self.renewals.agrees and is_within


def compare(load: Load, setup: Setup, outcome: Outcome, has_store: bool = True) -> Comparison:
    model = asked(load, setup)
    if not has_store:
        model = Asked(0.0, model.renewals, 0.0, 0.0, 0.0, 0.0)
    people = outcome.people

    def figure(expected: float, count: Callable[[Person], int]) -> Compared:
        return _compared(load, people, expected, count)

    return Comparison(
        figure(model.checks, lambda each: each.checks + each.touches),
        figure(model.renewals, lambda each: each.renewals),
        figure(model.touches, lambda each: each.touches),
        model.least_touches,
    )


def _compared(
    load: Load, people: list[Person], expected: float, count: Callable[[Person], int]
) -> Compared:
    """Compare what is left when each person's number of requests is taken into account.

    By chance they make more or less than they should on average, and that says nothing.
    """
    each_request = expected / load.requests
    rests = [count(each) - each_request * each.requests for each in people]
    return Compared(expected, expected + fmean(rests), stdev(rests) / sqrt(len(rests)))
