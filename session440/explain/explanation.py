"""What many sightings add up to."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..cause import Cause
from ..moments import MINUTE, iso
from .buckets import Buckets
from .loops import Loops
from .sighting import Sighting, shown
from .sources import TIMED_OUT
from .tally import MOST_SUBJECTS, Recent, Tally

UNKNOWN = "unknown"
#: Fewer logins than this prove nothing: one of 20 is 5 %.
FEW = 20
#: Seconds. A person seen this recently was at work when an absolute timeout ended the login.
AT_WORK = 15.0 * MINUTE
_SUBJECTS_TOLD = 10


class Explanation:
    """Adds up sightings, in memory that does not grow with their number.

    If several requests at once find that a login has ended, it is counted once.

    :param within: a new login is a return if it begins at most this many seconds after a timeout.
    :param with_subjects: whether to count by subject too.
    """

    def __init__(self, within: float = 60.0, with_subjects: bool = False) -> None:
        self.within = within
        self.first: float | None = None  # UTC epoch seconds; so is last
        self.last: float | None = None
        self.undated = 0
        self.unzoned = 0
        self.repeated = 0
        self.unenforced = 0  # would have ended, in report mode
        self.kinds: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.nodes = Tally()
        self.policies = Tally()
        self.reasons = Tally()
        self.losses: Counter[str] = Counter()  # by what was lost; see loss_of
        self.pairs = Tally()  # of nodes between which logins were lost
        self.subjects = Tally(MOST_SUBJECTS) if with_subjects else None
        self.idle: dict[str, Buckets] = {}  # by policy
        self.timed_out: Counter[str] = Counter()  # logins whose person could be seen to come back
        self.back: Counter[str] = Counter()  # ... and did; by cause
        self.back_at_work = 0  # ... after an absolute timeout, and was seen just before it
        self.loops = Loops()
        self.scopes = Tally()  # former ones of the cookies, by path and domain
        self._told: Recent[bool] = Recent()
        self._ends: Recent[Sighting] = Recent()
        self._starts: Recent[float] = Recent()

    def add(self, seen: Sighting) -> None:
        """Add one sighting; those of a log come roughly in the order of their times."""
        self._note_time(seen)
        self.kinds[seen.kind] += 1
        self.loops.add(seen)
        if seen.kind == "former_scope":
            self.scopes.add(shown(seen.reason), seen.kind)
        elif seen.reason is not None and seen.reason != seen.cause:
            self.reasons.add(shown(seen.reason), seen.kind)
        if seen.kind == "started":
            self._add_start(seen)
        elif seen.kind == "ended" and self._is_repeated(seen):
            self.repeated += 1
        elif seen.kind == "ended":
            self._add_end(seen)

    def _note_time(self, seen: Sighting) -> None:
        self.unzoned += not seen.zoned
        if seen.at is None:
            self.undated += 1
            return
        self.first = seen.at if self.first is None else min(seen.at, self.first)
        self.last = seen.at if self.last is None else max(seen.at, self.last)

    def _is_repeated(self, seen: Sighting) -> bool:
        """Return whether this end was reported before: a page and its pictures all find it."""
        if seen.ticket is None:
            return False
        login = (seen.ticket, seen.subject)  # lines of text hold only a part of its id
        is_known = self._told.get(login) is not None
        self._told.note(login, True)
        return is_known

    def _add_end(self, seen: Sighting) -> None:
        cause = seen.cause or UNKNOWN
        self.causes[cause] += 1
        self.unenforced += not seen.enforced
        self.nodes.add(seen.here or seen.node or UNKNOWN, cause)
        policy = self.policies.add(seen.policy or UNKNOWN, cause)
        if self.subjects is not None and seen.subject is not None:
            self.subjects.add(seen.subject[:100], cause)
        if cause == Cause.LOST:
            self.losses[loss_of(seen)] += 1
            self.pairs.add(f"{seen.node or UNKNOWN} -> {seen.here or UNKNOWN}", loss_of(seen))
        if cause == Cause.IDLE and seen.idle is not None:
            self.idle.setdefault(policy, Buckets()).add(seen.idle)
        # In report mode a new login begins at the moment when the old one would have ended.
        if cause in TIMED_OUT and seen.enforced and seen.subject is not None:
            self._await(seen._replace(cause=cause, policy=policy))

    # Who came back

    def _await(self, end: Sighting) -> None:
        """Note whether the person whose login timed out begins another one soon."""
        if end.at is None:
            return
        self.timed_out[end.cause or UNKNOWN] += 1
        started_at = self._starts.get(end.subject)
        # The lines of two processes may stand in the wrong order.
        if end.returned or (started_at is not None and self._is_soon(end.at, started_at)):
            self._starts.forget(end.subject)
            self._add_back(end)
        else:
            self._ends.note(end.subject, end)

    def _add_start(self, seen: Sighting) -> None:
        if seen.at is None or seen.subject is None:
            return
        end = self._ends.get(seen.subject)
        if end is not None and end.at is not None and self._is_soon(end.at, seen.at):
            self._ends.forget(seen.subject)  # one new login counts for one that ended
            self._add_back(end)
        else:
            self._starts.note(seen.subject, seen.at)

    def _is_soon(self, ended_at: float, started_at: float) -> bool:
        return 0 <= started_at - ended_at <= self.within

    def _add_back(self, end: Sighting) -> None:
        self.back[end.cause or UNKNOWN] += 1
        if end.cause == Cause.IDLE and end.idle is not None:
            self.idle[end.policy or UNKNOWN].add_back(end.idle)
        elif end.idle is not None:
            self.back_at_work += end.idle < AT_WORK

    # What the sums are

    @property
    def ended(self) -> int:
        """Return how many logins ended, or would have ended."""
        return self.causes.total()

    @property
    def knows_who_came_back(self) -> bool:
        """Return whether any login was seen to begin; if none was, no return can be seen."""
        return self.kinds["started"] > 0 and self.timed_out.total() > 0

    def share_back(self) -> float | None:
        """Return the share of timed-out people who came back; ``None`` if it cannot be known."""
        if not self.knows_who_came_back:
            return None
        return self.back.total() / self.timed_out.total()

    def idle_times(self) -> Buckets:
        """Return how long people had been idle, under all policies together."""
        total = Buckets()
        for each in self.idle.values():
            total.include(each)
        return total

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, under the names in docs/explain.md."""
        known = self.first is not None and self.last is not None
        return {
            "period": {"from": iso(self.first), "to": iso(self.last)} if known else None,  # type: ignore[arg-type]
            "events": dict(self.kinds),
            "ended": self.ended,
            "would_have_ended": self.unenforced,
            "told_again": self.repeated,
            "without_time": self.undated,
            "without_zone": self.unzoned,
            "causes": {name: self._cause(name) for name, _ in self.causes.most_common()},
            "came_back": self._came_back(),
            "nodes": _counts(self.nodes),
            "policies": {name: self._policy(name, row) for name, row in self.policies.ranked()},
            "lost": {"how": dict(self.losses), "pairs": _counts(self.pairs)},
            "reasons": {name: dict(row) for name, row in self.reasons.ranked()},
            "again_and_again": {"people": self.loops.people, "logins": self.loops.logins},
            "former_scopes": {name: row.total() for name, row in self.scopes.ranked()},
            "idle_times": [each._asdict() for each in self.idle_times().rows()],
            **self._subjects(),
        }

    def _cause(self, name: str) -> dict[str, Any]:
        ended, known = self.causes[name], self.knows_who_came_back and name in self.timed_out
        share = round(ended / self.ended, 4)
        return {"ended": ended, "share": share, "back": self.back[name] if known else None}

    def _came_back(self) -> dict[str, Any] | None:
        share = self.share_back()
        if share is None:
            return None
        timed_out, back = self.timed_out.total(), self.back.total()
        told = {"timed_out": timed_out, "back": back, "share": round(share, 4)}
        return {"within": self.within, **told}

    def _policy(self, name: str, row: Counter[str]) -> dict[str, Any]:
        shortest = self.idle[name].shortest if name in self.idle else None
        return {"ended": row.total(), "causes": dict(row), "shortest_idle": shortest}

    def _subjects(self) -> dict[str, Any]:
        if self.subjects is None:
            return {}
        return {"subjects": _counts(self.subjects, _SUBJECTS_TOLD)}


def _counts(tally: Tally, most: int | None = None) -> dict[str, Any]:
    return {name: {"ended": row.total(), "causes": dict(row)} for name, row in tally.ranked(most)}


def loss_of(seen: Sighting) -> str:
    """Return the way in which a login was lost; each way has its own cure."""
    where = "one node" if seen.node == seen.here else "two nodes"
    if seen.reason == "no record":
        return f"no record, {where}"
    if seen.reason is not None:
        return shown(seen.reason)
    return "no ticket" if seen.node is None else where
