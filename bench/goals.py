"""What session440 promises to cost, line by line, and whether a run keeps it.

A figure is judged by the median of its rounds. No bound is moved for a machine: all but one
are ratios between subjects of one run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from .measuring import Measured, Results
from .series import Series, Spread, spread
from .subject import FLOOR


class Formula(NamedTuple):
    """How the figures of some subjects make one.

    :param text: how it is written.
    :param clock: whose figures these are.
    """

    figure: Callable[..., float]
    text: Callable[[float], str]
    clock: Literal["cpu", "wall", "queries"] = "cpu"


def _times(value: float) -> str:
    return f"{value:.2f} ×"


def _more(value: float) -> str:
    return f"{100 * (value - 1):+.1f} %"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


#: subject, bare, floor
OVER_FLOOR = Formula(lambda own, bare, floor: (own - bare) / floor, lambda x: f"{x:.2f} × floor")
#: subject, bare
MORE = Formula(lambda own, bare: own / bare, _more)
OF_BARE = Formula(lambda own, bare: own / bare, _percent)
ADDED = Formula(lambda own, bare: own - bare, lambda x: f"{x:+.1f} µs")
GROWN = Formula(lambda own, bare: own - bare, lambda x: f"{x:+.2f} MiB")
QUERIES = Formula(lambda own, bare: own - bare, lambda x: f"{x:+.0f} queries", "queries")
TIMES_WALL = Formula(lambda own, bare: own / bare, _times, "wall")
#: ours, bare, peer: what part of the peer's overhead ours is
PART = Formula(lambda own, bare, peer: (own - bare) / (peer - bare), lambda x: f"{x:.2f} of it")
#: one, its bare partner, another, its bare partner: how the overheads compare
FLAT = Formula(lambda a, bare_a, b, bare_b: (a - bare_a) / (b - bare_b), _times)


class Goal(NamedTuple):
    """A line of the table, for one case.

    :param names: the subjects that the formula takes, in its order.
    :param bound: the figure may be as large as this.
    """

    line: str
    group: str
    formula: Formula
    names: tuple[str, ...]
    bound: float


class Judged(NamedTuple):
    """A goal and what came of it.

    :param why: why there is no figure.
    """

    goal: Goal
    found: Spread | None = None
    why: str = ""

    @property
    def verdict(self) -> Literal["PASS", "FAIL", "LEFT OUT"]:
        """The word for it; what was not measured has not passed."""
        if self.found is None:
            return "LEFT OUT"
        return "PASS" if self.found.median <= self.goal.bound else "FAIL"


def judge(goals: list[Goal], results: Mapping[str, Results]) -> list[Judged]:
    """Return what came of the goals of the subjects that were asked for."""
    asked = [each for each in goals if each.group in results]
    return [each for goal in asked if (each := _judged(goal, results[goal.group]))]


def _judged(goal: Goal, results: Results) -> Judged | None:
    reasons = [results.left_out[each] for each in goal.names if each in results.left_out]
    if reasons:
        return Judged(goal, why=reasons[0])
    found = [results.measured.get(each) for each in goal.names]
    if None in found:
        return None  # nobody asked for it
    series = [_series(each, goal.formula.clock) for each in found if each]
    return Judged(goal, spread(goal.formula.figure, *series))


def _series(measured: Measured, clock: str) -> Series:
    if clock == "queries":
        queries = float(measured.queries or 0)
        return Series([queries], queries)
    return measured.cpu if clock == "cpu" else measured.wall


def _wsgi(line: str, name: str, bound: float, bare: str = "bare") -> Goal:
    return Goal(line, "wsgi", OVER_FLOOR, (f"session440, {name}", bare, FLOOR), bound)


MANY = "bare, 10,000 cookies in turn"
WSGI = [
    _wsgi("WSGI, no ticket", "no ticket", 0.7),
    _wsgi("WSGI, active, remembered", "active", 2),
    _wsgi("WSGI, active, 10,000 logins in turn", "active, 10,000 logins in turn", 4.2, MANY),
    _wsgi("WSGI, active, 50,000 logins in turn", "active, 50,000 logins in turn", 4.2, MANY),
    _wsgi("WSGI, renewing", "renewing", 7),
    _wsgi("A whole 440: JSON", "440 as JSON", 15),
    _wsgi("A whole 440: HTML", "440 as HTML", 20),
    _wsgi("`watch_cookie`, active", "watch_cookie, active", 6, "bare, its own session cookie"),
]

#: A figure that may not grow is the same, but for the noise.
SAME = 1.25


def _flat(line: str, more: str, bare: str, less: str, bare_less: str) -> Goal:
    names = (f"session440, {more}", bare, f"session440, {less}", bare_less)
    return Goal(line, "flat", FLAT, names, SAME)


MILLION = "bare, 1,000,000 cookies in turn"
EVEN = [
    _flat(
        "Flat: 1,000,000 logins over 10,000",
        *("active, 1,000,000 logins in turn", MILLION, "active, 10,000 logins in turn", MANY),
    ),
    *[
        _flat(f"Flat: {more} over none", f"{what}, {more}", "bare", what, "bare")
        for what, more in (
            ("active", "500 public patterns"),
            ("active", "50 policies"),
            ("renewing", "500 passive patterns, 50 policies"),
            ("440 as JSON", "500 public patterns, 50 policies"),
        )
    ],
]

READS, LOGIN = "bare, reads its session", "Flask-Login"
FLASK = [
    Goal("Flask, active", "flask", MORE, ("session440, active", READS), 1.12),
    Goal(
        "Flask, active, over Flask-Login",
        *("flask", MORE, ("session440, active, with Flask-Login", LOGIN), 1.10),
    ),
]
DJANGO = ("django-signed", "django-cache", "django-database")
SLIDING = (
    *("SESSION_SAVE_EVERY_REQUEST", "django-session-timeout", "django-auto-logout"),
    "django-session-security",
)
#: What asks for nobody, with and without session440.
SILENT = ("session440, a page that asks for nobody", "bare, a page that asks for nobody")
SIX = "session440, active, one renewal in six requests"


def _django(group: str) -> Iterator[Goal]:
    yield Goal("Django, active", group, MORE, ("session440, active", "bare"), 1.05)
    yield Goal("Django, a page that asks for nobody", group, QUERIES, SILENT, 0)
    yield Goal("Django, a page that asks for nobody", group, ADDED, SILENT, 15)
    most = 1 / 10 if group == "django-database" else 1 / 3
    for each in SLIDING:
        line = f"One renewal in six: our overhead beside that of {each}"
        yield Goal(line, group, PART, (SIX, "bare", each), most)


STORES = [
    Goal(
        "Redis store, a whole active request over one round trip",
        *("stores", TIMES_WALL, ("session440, redis: a whole request", "redis-py: HGETALL"), 1.4),
    ),
    Goal(
        "SQLite, `find` over the plain driver",
        *("stores", TIMES_WALL, ("session440, sqlite: find", "sqlite3: SELECT by key"), 3),
    ),
    Goal(
        "PostgreSQL, `find` over the plain driver",
        *("stores", TIMES_WALL, ("session440, postgresql: find", "psycopg: SELECT by key"), 1.3),
    ),
]
GUNICORN = [
    Goal(
        f"gunicorn, the workers' own CPU: {what}",
        *("gunicorn", OF_BARE, (f"session440, {what}, active", f"bare {bare}"), 1.08),
    )
    for what, bare in (("WSGI", "WSGI"), ("Flask", "Flask, reads its session"))
]
MEMORY = [
    Goal(
        "Memory, whatever the number of requests",
        *("memory", GROWN, ("at the end", "after 100,000 requests"), 1),
    )
]

GOALS = [
    *WSGI,
    *EVEN,
    *FLASK,
    *[goal for group in DJANGO for goal in _django(group)],
    *STORES,
    *GUNICORN,
    *MEMORY,
]
