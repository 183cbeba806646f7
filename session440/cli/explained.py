"""Prints what ``session440 explain`` found: everything, or the timeline of one person."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from ..cause import Cause
from ..explain import Explanation, Sighting, verdict
from ..explain.histogram import text_picture
from ..explain.sighting import shown, span
from ..explain.tally import Tally
from ..explain.verdict import percent
from ..moments import iso, utc
from .printing import print_json, print_table

#: How many events are shown at most: the last ones.
_LONGEST_TIMELINE = 1000
_ROWS = 10


def print_explanation(told: Explanation, read: Mapping[str, Any], is_readable: bool) -> None:
    """Print the verdict, the counts and the picture, for a person to read."""
    for sentence in verdict(told, is_readable):
        _say(sentence)
    _say("")
    for sentence in _circumstances(told, read):
        _say(sentence)
    if told.ended:
        _print_counts(told)
        _heading("Idle time when logins ended by the idle timeout")
        for line in text_picture(told, sys.stdout.encoding):
            _say(line)


def _circumstances(told: Explanation, read: Mapping[str, Any]) -> Iterator[str]:
    if told.first is not None and told.last is not None:
        length = span(told.last - told.first)
        yield f"{utc(told.first)} to {utc(told.last)} ({length})"
    kinds = told.kinds
    yield f"{told.ended} logins ended, {kinds['started']} began, {kinds['renewed']} renewals"
    if "lines" in read:
        yield f"{read['lines']} lines, {read['passed_over']} of them without an event"
    else:
        yield "A store knows of no lost logins, and of nodes only where logins began; use logs."
    counts = {
        "ends reported again by another request, and counted once": told.repeated,
        "logins revoked from elsewhere": kinds["revoked"],
        "tickets refused": kinds["refused"],
        "outages of the store": kinds["store_down"],
        "cookies of a former path or domain": kinds["former_scope"],
        "events without a time": told.undated,
        "events with a time without a zone, taken as UTC": told.unzoned,
        "events outside the period, or without a time": read["outside_period"],
        "lines too long to be read": read.get("too_long", 0),
    }
    yield from [f"{count} {what}" for what, count in counts.items() if count]
    for name in read.get("damaged", ()):
        yield f"{shown(name, 500)} cannot be read to its end; what came before is counted"


def _print_counts(told: Explanation) -> None:
    soon = f"Back within {span(told.within)}"
    _table("By cause", ("Cause", "Logins", "Share", soon), _causes(told))
    _table("By node", ("Node", "Logins", "Causes"), _tallied(told.nodes))
    _table("By policy", ("Policy", "Logins", "Shortest idle", "Causes"), _policies(told))
    _table("Lost, from the node that had it", ("Nodes", "Logins", "How"), _tallied(told.pairs))
    _table("Reasons given", ("Reason", "Events", "Of"), _tallied(told.reasons))
    if told.subjects is not None:
        _table("Whose", ("Subject", "Logins", "Causes"), _tallied(told.subjects))


def _causes(told: Explanation) -> Iterator[Sequence[str]]:
    for cause, count in told.causes.most_common():
        of = told.timed_out[cause] if told.knows_who_came_back else 0
        back = f"{told.back[cause]} ({percent(told.back[cause] / of)})" if of else ""
        yield cause, str(count), percent(count / told.ended), back


def _policies(told: Explanation) -> Iterator[Sequence[str]]:
    for name, row in told.policies.ranked(_ROWS):
        shortest = told.idle[name].shortest if name in told.idle else None
        idle = "" if shortest is None else span(shortest)
        yield shown(name), str(row.total()), idle, _causes_of(row)


def _tallied(tally: Tally) -> Iterator[Sequence[str]]:
    for name, row in tally.ranked(_ROWS):
        yield shown(name), str(row.total()), _causes_of(row)


def _causes_of(row: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in row.most_common())


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, if there is anything in it."""
    cells = [[_printable(cell) for cell in row] for row in rows]
    if cells:
        _heading(title)
        print_table(headings, cells)


def _heading(title: str) -> None:
    click.echo("")
    click.secho(title, bold=True)


def _say(text: str) -> None:
    click.echo(_printable(text))


def _printable(text: str) -> str:
    """Return text in which characters that the terminal's encoding lacks are escaped."""
    encoding = sys.stdout.encoding or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


class Timeline:
    """What happened to the logins of one person, in the order of time."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._seen: deque[tuple[float, Sighting]] = deque(maxlen=_LONGEST_TIMELINE)
        self._last = 0.0
        self._count = 0

    def add(self, seen: Sighting) -> None:
        """Keep a sighting if it is about that person."""
        if seen.subject == self._subject:
            # An event without a time gets the time of the one before it.
            self._last = self._last if seen.at is None else seen.at
            self._seen.append((self._last, seen))
            self._count += 1

    def print(self, as_json: bool) -> None:
        """Print the events, the last one last."""
        in_order = [seen for _, seen in sorted(self._seen, key=lambda each: each[0])]
        if as_json:
            print_json({"events": [_event(each) for each in in_order], "count": self._count})
            return
        if not in_order:
            _say(f"Nothing is known about {shown(self._subject)}.")
        if self._count > len(in_order):
            _say(f"The last {len(in_order)} of {self._count} events:")
        headings = ("When", "What", "Why", "Idle", "Age", "Node", "Policy")
        if in_order:
            rows = [[_printable(cell) for cell in _told(each)] for each in in_order]
            print_table(headings, rows)


def _event(seen: Sighting) -> dict[str, Any]:
    known = {name: each for name, each in seen._asdict().items() if each is not None}
    del known["zoned"], known["returned"]
    at = {} if seen.at is None else {"at": iso(seen.at)}
    return {**known, **at}


def _told(seen: Sighting) -> Sequence[str]:
    kind = seen.kind if seen.enforced else f"would have {seen.kind}"
    why = [seen.cause, None if seen.reason == seen.cause else seen.reason]
    node = seen.here or seen.node
    if seen.cause == Cause.LOST:
        node = f"{seen.node or 'unknown'} -> {seen.here or 'unknown'}"
    return (
        "unknown" if seen.at is None else utc(seen.at),
        kind,
        ", ".join(shown(each) for each in why if each),
        "" if seen.idle is None else span(seen.idle),
        "" if seen.age is None else span(seen.age),
        shown(node),
        shown(seen.policy),
    )
