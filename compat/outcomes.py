"""What became of each test of a run, and what differs between two runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree

#: By test: ``"passed"``, ``"failed"`` or ``"skipped"``.
Outcomes = Mapping[str, str]


class Comparison(NamedTuple):
    """How a run with session440 differs from one without.

    :param tests: how many tests the run without had.
    :param before: those of them that fail without session440.
    :param new: those that fail only with it, and are not expected to.
    :param expected: those that fail only with it, as its contract has it.
    """

    tests: int
    before: tuple[str, ...]
    new: tuple[str, ...]
    expected: tuple[str, ...]


def read(report: str) -> dict[str, str]:
    """Return the outcomes in a JUnit report, as pytest writes it with ``--junitxml``."""
    outcomes: dict[str, str] = {}
    # Written a moment ago by a run of our own.
    for case in ElementTree.fromstring(report).iter("testcase"):  # noqa: S314
        test = f"{case.get('classname')}::{case.get('name')}"
        # An error when a test is taken down is a second case of the same name.
        if outcomes.get(test) != "failed":
            outcomes[test] = _outcome(case)
    return outcomes


def _outcome(case: ElementTree.Element) -> str:
    kinds = {each.tag for each in case}
    if kinds & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in kinds else "passed"


def compare(without: Outcomes, together: Outcomes, expected: Collection[str]) -> Comparison:
    """Return what differs.

    A test that ran without session440 and is missing with it, or skipped, counts as failed.

    :param expected: tests that fail with session440 because of what it is for.
    """
    worse = sorted(_worse(without, together))
    return Comparison(
        len(without),
        tuple(sorted(test for test, outcome in without.items() if outcome == "failed")),
        tuple(test for test in worse if test not in expected),
        tuple(test for test in worse if test in expected),
    )


def _worse(without: Outcomes, together: Outcomes) -> Iterator[str]:
    for test, outcome in without.items():
        if outcome == "passed" and together.get(test) != "passed":
            yield test


def told(name: str, comparison: Comparison) -> Iterator[str]:
    """Yield what a comparison amounts to: a line, and one for each test that differs."""
    new, before = len(comparison.new), len(comparison.before)
    yield (
        f"{name}: {comparison.tests} tests, {before} fail without session440, "
        f"{new} more with it, and {len(comparison.expected)} as its contract has it"
    )
    yield from [f"  new: {test}" for test in comparison.new]
    yield from [f"  expected: {test}" for test in comparison.expected]
