"""Says in words what the counts mean: the likeliest reason, and what to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..cause import Cause
from ..events import REMEDY
from .buckets import EDGES, Buckets
from .doubts import NOTHING_READ, doubts
from .explanation import FEW, Explanation
from .sighting import LOGOUT, shown, span

#: People who log in again and again may be one program; three are none.
LOOPS = 3
#: A healthy site loses no login, apart from deployments; one in twenty is a fault.
LOST_MANY = 0.05
#: A timeout is for people who have gone. If one in four is still there and must log in again, it
#: interrupts work.
BACK_MANY = 0.25
#: People idle for less than this many timeouts would have been spared by a slightly longer one.
NOT_LONG = 2.0
#: From this share of ends on, a cause that people notice and did not ask for is worth a look.
OTHER_MANY = 0.25
#: max_logins is for the few people who share their login, not for one in ten.
DISPLACED_MANY = 0.1
MOST = 0.5

_LOST: Mapping[str, tuple[str, str]] = {
    "two nodes": ("between two nodes", REMEDY),
    "one node": (
        "by the node that had them",
        "keep sessions where a restart, a second worker and a full cache do not lose them: in "
        "a database, or a Redis that does not evict",
    ),
    "no ticket": (
        "because no authentic ticket came with the session",
        "give all nodes one secret key, and the ticket cookie the session cookie's path and "
        "domain (session440 doctor compares them)",
    ),
    "no record, two nodes": (
        "between two nodes, because the second's store had no record of them",
        "give all nodes one session440 store (each process has its own memory:); if they have "
        "one, it evicts: set Redis's maxmemory-policy to noeviction",
    ),
    "no record, one node": (
        "by the store, which had a record of them",
        "set Redis's maxmemory-policy to noeviction; memory: is only for one process",
    ),
    "clock": ("because they seemed to begin in the future", "set all clocks by NTP"),
    "unbound": (
        "because session440 did not see them begin",
        "leave adopt on until older sessions are over",
    ),
    "malformed": (
        "because the session had something else in session440's place",
        "find out what else writes there",
    ),
}
_OTHERWISE = ("in another way", "look at their reasons")


def verdict(told: Explanation, is_readable: bool = True) -> list[str]:
    """Return the likeliest reason first, and then what else people should know.

    :param is_readable: false for a log without a single line of session440's.
    """
    return [*_reasons(told), *doubts(told)] if is_readable else [NOTHING_READ]


def _reasons(told: Explanation) -> list[str]:
    loops = [*_loops(told)]
    if not told.ended:
        return loops or ["No login ended."]
    if told.ended < FEW:
        few = f"Only {_logins(told.ended)} ended: too few to tell why. These are the counts."
        return [*loops, few]
    # Where no login holds, those that end idle say nothing about the timeout.
    found = [*loops, *_lost(told), *([] if loops else _idle(told)), *_absolute(told)]
    return [*found, *_others(told)] or [_as_intended(told)]


def _loops(told: Explanation) -> Iterator[str]:
    people, logins = told.loops.people, told.loops.logins
    if people < LOOPS or logins < max(FEW, BACK_MANY * told.kinds["started"]):
        return
    start = (
        f"{people} people logged in again and again, {logins} times in all, and were never seen "
        "in between: their browsers keep no new cookie, or send an older one of the same name "
    )
    if told.scopes.rows:
        yield (
            f"{start}before it. These were first set for {_worst_scope(told)}: the path or domain "
            "of the session's cookie was changed. Answers delete the former ones; where those "
            "come back, set the former scope again, or give the session's cookie a new name."
        )
    else:
        yield (
            f"{start}first. session440 probe tells whether the cookie's Domain, Path and Secure "
            "are those of the URL; two cookies of the same name are seen in the browser's tools."
        )


def _worst_scope(told: Explanation) -> str:
    return told.scopes.ranked(1)[0][0]


def _lost(told: Explanation) -> Iterator[str]:
    count = told.causes[Cause.LOST]
    if count < LOST_MANY * told.ended:
        return
    how, most = told.losses.most_common(1)[0]
    words, remedy = _LOST.get(how, _OTHERWISE)
    pair = _worst_pair(told, how) if how.endswith("two nodes") else ""
    yield (
        f"{_share(count, told.ended)} of all logins that ended were lost, {_share(most, count)} "
        f"of them {words}{pair}: {remedy}."
    )


def _worst_pair(told: Explanation, how: str) -> str:
    rows = [(row[how], name) for name, row in told.pairs.rows.items()]
    return f" (most often {shown(max(rows)[1])})"


def _idle(told: Explanation) -> Iterator[str]:
    count = told.causes[Cause.IDLE]
    for name, times in told.idle.items():
        share, bound = _back_soon(times), _not_long(times)
        if times.ended < FEW or share < BACK_MANY:
            continue
        policy = "this site" if len(told.idle) == 1 else f"policy {shown(name)!r}"
        yield (
            f"{_of_all(count, told.ended)} end idle, after {span(times.shortest or 0)} at the "
            f"earliest. {percent(share)} of those people had been away for less than "
            f"{span(bound)} and logged in again within {span(told.within)}: idle_timeout is too "
            f"low for {policy}. {span(_sparing(times, bound))} would have spared at least half "
            "of them; and with client.js on a page, typing there counts (docs/browser.md)."
        )


def _not_long(times: Buckets) -> float:
    """Return the seconds below which a person has not been away for long."""
    wanted = NOT_LONG * (times.shortest or 0)
    return next((each for each in EDGES[1:] if each >= wanted), EDGES[-1])


def _back_soon(times: Buckets) -> float:
    return times.back_below(_not_long(times)) / times.ended


def _sparing(times: Buckets, bound: float) -> float:
    """Return the timeout, in seconds, that would have spared half of those logins."""
    wanted = times.back_below(bound) / 2
    return next(each for each in EDGES[1:] if times.back_below(each) >= wanted)


def _absolute(told: Explanation) -> Iterator[str]:
    count = told.timed_out[Cause.ABSOLUTE]
    if count >= FEW and told.back_at_work >= BACK_MANY * count:
        yield (
            f"{_of_all(told.causes[Cause.ABSOLUTE], told.ended)} end by the absolute timeout, "
            f"and {_share(told.back_at_work, count)} of those people were at work and logged in "
            f"again within {span(told.within)}: make absolute_timeout longer than a day's work "
            "(NIST SP 800-63B-4 section 2.2.3 allows up to 24 h)."
        )


def _others(told: Explanation) -> Iterator[str]:
    for cause, many, words in (
        (
            Cause.CREDENTIAL,
            OTHER_MANY,
            "end with the credential behind them: refresh it before it ends (not_after), or "
            "make absolute_timeout as short, so that people are warned",
        ),
        (
            Cause.REVOKED,
            OTHER_MANY,
            "were revoked: see who calls revoke() and revoke_all(), and whether new passwords "
            "or accounts that are switched off explain it",
        ),
        (
            Cause.DISPLACED,
            DISPLACED_MANY,
            "were displaced by a newer one: max_logins is lower than the number of devices in use",
        ),
    ):
        if told.causes[cause] >= many * told.ended:
            yield f"{_of_all(told.causes[cause], told.ended)} {words}."


def _as_intended(told: Explanation) -> str:
    cause, count = told.causes.most_common(1)[0]
    start = f"{_of_all(count, told.ended)} end by {_NAMES.get(cause, cause)}"
    share = told.share_back()
    if cause == LOGOUT or share is None:
        return f"{start}. Nothing here needs to be changed."
    return (
        f"{start}; {percent(share)} of those who timed out logged in again within "
        f"{span(told.within)}, and few of them had been away for a short while: the timeouts do "
        "what they are for."
    )


_NAMES: Mapping[str, str] = {Cause.IDLE: "the idle timeout", Cause.ABSOLUTE: "the absolute timeout"}


def _logins(count: int) -> str:
    return "1 login" if count == 1 else f"{count} logins"


def _of_all(count: int, total: int) -> str:
    return f"{'Most logins' if count > MOST * total else 'Of all logins'} ({_share(count, total)})"


def _share(part: int, whole: int) -> str:
    return percent(part / whole)


def percent(share: float) -> str:
    """Return a share as text; only a share of 0 or 1 is rounded to 0 % or 100 %."""
    return f"{share and min(max(round(100 * share), 1), 99 if share < 1 else 100)} %"
