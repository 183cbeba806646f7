"""Finds how far the site's clocks are from this machine's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from werkzeug.http import parse_date

from ..core.ticket import SKEW
from ..doctor.finding import Finding
from ..moments import spoken
from .answer import Answer

#: A clock may be wrong by this many seconds without harm.
TOLERANCE = 5


def examine(status: Answer, sample: Answer, is_fresh: bool) -> Iterator[Finding]:
    """Yield a finding if the site's clocks are wrong; cached answers say nothing about the time.

    ``Date`` has a proxy's time. The sample has the app's time: its login ended when the request
    came.
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
        f"a server does not accept a ticket from more than {spoken(SKEW)} in its future: if the "
        "clocks of servers differ by more, nobody stays logged in; on a server that is behind, "
        "logins last longer than they should",
        "set the clocks of all servers, and of this machine, by NTP (such as chrony)",
    )


def _off(answer: Answer, told: float | None) -> float:
    """Return by how many seconds at least a clock is ahead; below 0 if it is behind.

    It was read during the exchange, and its time has no fraction of a second.
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
