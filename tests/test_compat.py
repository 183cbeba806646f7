"""What ``make compat`` makes of two runs of a project's tests, one of them with session440."""

from __future__ import annotations

import pytest

from compat.outcomes import compare, read, told

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest">
  <testcase classname="tests.test_a.TestA" name="test_one" time="0.1" />
  <testcase classname="tests.test_a.TestA" name="test_two"><failure>E</failure></testcase>
  <testcase classname="tests.test_a" name="test_three[a&amp;b]"><skipped message="" /></testcase>
  <testcase classname="tests.test_a" name="test_four"><error message="setup">E</error></testcase>
  <testcase classname="tests.test_a" name="test_five" />
  <testcase classname="tests.test_a" name="test_five"><error message="teardown">E</error></testcase>
  <testcase classname="tests.test_a" name="test_six"><system-out>said</system-out></testcase>
</testsuite></testsuites>
"""


def test_the_outcome_of_each_test_is_read():
    """A failure, an error before it or after it: all are failures."""
    assert read(REPORT) == {
        "tests.test_a.TestA::test_one": "passed",
        "tests.test_a.TestA::test_two": "failed",
        "tests.test_a::test_three[a&b]": "skipped",
        "tests.test_a::test_four": "failed",
        "tests.test_a::test_five": "failed",
        "tests.test_a::test_six": "passed",
    }


@pytest.mark.parametrize(
    ("before", "after", "is_new"),
    [
        ("passed", "passed", False),
        ("passed", "failed", True),
        ("passed", "skipped", True),
        ("passed", None, True),  # it vanished: the module does not load any more
        ("failed", "failed", False),
        ("failed", "passed", False),
        ("skipped", "failed", False),
        (None, "failed", False),
    ],
)
def test_new_is_what_passes_without_session440_and_not_with_it(before, after, is_new):
    without = {} if before is None else {"test": before}
    together = {} if after is None else {"test": after}
    assert compare(without, together, ()).new == (("test",) if is_new else ())


def test_what_is_expected_is_told_and_is_not_new():
    without = {"a": "passed", "b": "passed", "c": "failed"}
    found = compare(without, dict.fromkeys("abc", "failed"), {"b": "counts queries", "z": "gone"})
    assert (found.tests, found.before, found.new, found.expected) == (3, ("c",), ("a",), ("b",))
    assert [*told("oscar", found)] == [
        "oscar: 3 tests, 1 fail without session440, 1 more with it, and 1 as its contract has it",
        "  new: a",
        "  expected: b",
    ]
