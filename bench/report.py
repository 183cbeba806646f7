"""A run in words: Markdown tables, JSON, and the part of docs/performance.md that it fills."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .goals import OVER_FLOOR, Judged
from .measuring import Measured, Results
from .series import Series, itself, spread
from .subject import FLOOR

#: What is measured, beside Python itself.
PACKAGES = (
    *("werkzeug", "itsdangerous", "flask", "flask-login", "flask-session", "beaker", "django"),
    *("django-session-timeout", "django-auto-logout", "django-session-security", "starlette"),
    *("starsessions", "redis", "hiredis", "sqlalchemy", "psycopg", "gunicorn"),
)
BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"


def row(*cells: object) -> str:
    """Return a line of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    names = [*head]
    return "\n".join([row(*names), row(*["---"] * len(names)), *[row(*each) for each in rows]])


def conditions() -> str:
    """Return what machine and what packages the figures are from, in a sentence."""
    versions = [f"Python {platform.python_version()}", *map(_version, PACKAGES)]
    return f"{os.cpu_count()} cores, {platform.machine()}; {', '.join(versions)}."


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"


# --- the goals


def goals_table(judged: list[Judged]) -> str:
    """Return the table of the goals, with a verdict in each line."""
    head = ("what", "group", "median", "middle 80 %", "best rounds", "goal", "verdict")
    return table(head, [_goal_cells(each) for each in judged])


def _goal_cells(judged: Judged) -> Iterator[str]:
    goal, found = judged.goal, judged.found
    text = goal.formula.text
    yield from (goal.line, goal.group)
    if found is None:
        yield from ("", "", "")
    else:
        yield from (text(found.median), f"{text(found.low)} to {text(found.high)}")
        yield text(found.best)
    yield from (f"≤ {text(goal.bound)}", judged.verdict + (judged.why and f": {judged.why}"))


# --- a group


def group_table(results: Results) -> str:
    """Return the table of a group: each subject, and what it adds to its bare partner."""
    head = ["subject", "seen", *_units(results), "over bare", "middle 80 %"]
    head += ["× floor", "of bare"]
    lines = [[name, *_cells(each, results)] for name, each in results.measured.items()]
    left_out = [
        [name, f"LEFT OUT: {why}", *[""] * (len(head) - 2)]
        for name, why in results.left_out.items()
    ]
    return table(head, [*lines, *left_out])


def _units(results: Results) -> list[str]:
    clock = {"cpu": "CPU", "wall": "wall", "size": ""}[results.group.clock]
    queries = ["queries"] if _counts(results) else []
    return [*queries, f"{clock} {results.group.unit}, median".strip(), "best"]


def _counts(results: Results) -> bool:
    return any(each.queries is not None for each in results.measured.values())


def _cells(measured: Measured, results: Results) -> Iterator[str]:
    own = _series(measured, results)
    alone = spread(itself, own)
    yield measured.seen
    if _counts(results):
        yield "" if measured.queries is None else str(measured.queries)
    yield from (f"{alone.median:.2f}", f"{alone.best:.2f}")
    partner = results.measured.get(measured.subject.over)
    if partner is None:
        yield from ("", "", "", "")
        return
    bare = _series(partner, results)
    added, ratio = spread(lambda a, b: a - b, own, bare), spread(lambda a, b: a / b, own, bare)
    yield from (f"{added.median:+.2f}", f"{added.low:+.2f} to {added.high:+.2f}")
    yield from (_floors(measured, partner, results), _share(ratio.median))


def _share(ratio: float) -> str:
    return f"{100 * ratio:.1f} %" if ratio < 10 else f"{ratio:.0f} ×"


def _floors(measured: Measured, partner: Measured, results: Results) -> str:
    floor = results.measured.get(FLOOR)
    if floor is None:
        return ""
    over = spread(OVER_FLOOR.figure, measured.cpu, partner.cpu, floor.cpu)
    return f"{over.median:.2f}"


def _series(measured: Measured, results: Results) -> Series:
    """Return what tells most, in the group's unit: seconds are measured in microseconds."""
    series = measured.wall if results.group.clock == "wall" else measured.cpu
    if results.group.unit != "ms":
        return series
    return Series([each / 1000 for each in series.rounds], series.best / 1000)


# --- all of it


def page(results: Mapping[str, Results], judged: list[Judged]) -> str:
    """Return everything as Markdown, without the document's own heading."""
    parts = [conditions(), "### Goals", goals_table(judged)]
    for each in results.values():
        parts += [f"### {each.group.title}", group_table(each), *filter(None, [each.group.note])]
    return "\n\n".join(parts) + "\n"


def facts(results: Mapping[str, Results], judged: list[Judged]) -> dict[str, Any]:
    """Return everything as what JSON can hold."""
    return {
        "conditions": conditions(),
        "goals": [
            {
                **each.goal._asdict(),
                "formula": each.goal.formula.text(each.goal.bound),
                "found": each.found and each.found._asdict(),
                "verdict": each.verdict,
                "why": each.why,
            }
            for each in judged
        ],
        "groups": {name: _group_facts(each) for name, each in results.items()},
    }


def _group_facts(results: Results) -> dict[str, Any]:
    return {
        "left_out": results.left_out,
        "unit": results.group.unit,
        "subjects": {
            name: {
                "over": each.subject.over,
                "seen": each.seen,
                "queries": each.queries,
                "cpu": each.cpu._asdict(),
                "wall": each.wall._asdict(),
            }
            for name, each in results.measured.items()
        },
    }


def fill(path: Path, text: str) -> None:
    """Write *text* into a document, between the two marks in it."""
    before, _, rest = path.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")
