"""How far the site's clocks are from this machine's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from werkzeug.http import parse_date

from ..core.ticket import SKEW
from ..doctor.finding import Finding
from ..moments import spoken
from .answer import Answer

#: Seconds by which a clock may be wrong without harm.
TOLERANCE = 5


def examine(status: Answer, sample: Answer, is_fresh: bool) -> Iterator[Finding]:
    """Compare the clocks behind the answers; a cached answer says nothing about the time.

    ``Date`` holds a proxy's time. The sample holds the app's: its login ended when it was
    asked for.
    """
    if not is_fresh:
        return
    off = {
        "its Date header": _off(status, _date(status)),
        "the app's clock": _off(sample, _ended_at(sample)),
    }
    told = {whose: seconds for whose, seconds in off.items() if abs(seconds) > TOLERANCE}
    if told:
        yield _finding(told)


def _finding(told: dict[str, float]) -> Finding:
    is_far = any(abs(seconds) > SKEW for seconds in told.values())
    found = " and ".join(
        f"{whose} is {spoken(round(abs(seconds)))} {'ahead of' if seconds > 0 else 'behind'}"
        for whose, seconds in told.items()
    )
    return Finding(
        "session440.E077" if is_far else "session440.W076",
        f"{found} this machine's clock",
        f"a server does not believe a ticket from more than {spoken(SKEW)} in its future: "
        "between servers whose clocks are so far apart nobody stays logged in; on a server that is "
        "behind, logins last longer than they should",
        "keep the clocks of all servers right, by NTP (such as chrony); and this machine's",
    )


def _off(answer: Answer, told: float | None) -> float:
    """Return how many seconds a clock is ahead, at least; less than 0 where it is behind.

    It was read during the exchange, and its time is cut to a whole second.
    """
    if told is None:
        return 0
    return max(told - answer.ended, 0) or min(told + 1 - answer.began, 0)


def _date(answer: Answer) -> float | None:
    date = parse_date(answer["Date"])
    return None if date is None else date.timestamp()


def _ended_at(sample: Answer) -> float | None:
    text = sample.json.get("ended_at")
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        return None
