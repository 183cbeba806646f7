"""Which login is to be looked at next."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import count
from math import inf

from .group import Group

#: So many plans may be out of date before they are thrown away.
SLACK = 64


class Schedule:
    """The moments at which logins are to be looked at, the next one first.

    A login that goes on is planned anew only once its former moment comes, so that a renewal
    costs nothing here.
    """

    def __init__(self) -> None:
        self._plans: list[tuple[float, int, Group]] = []
        self._turn = count()

    @property
    def next(self) -> float:
        """When the next login is to be looked at; ``inf``: never."""
        return self._plans[0][0] if self._plans else inf

    def plan(self, group: Group, at: float) -> None:
        """Look at *group* at the moment *at*, unless that is planned for an earlier one."""
        if at < group.due:
            group.plan(at)
            heapq.heappush(self._plans, (at, next(self._turn), group))

    def due(self, now: float) -> Iterator[Group]:
        """Yield each login whose moment has come; it has no plan then."""
        while self.next <= now:
            at, _, group = heapq.heappop(self._plans)
            if at == group.due:  # else it was planned for an earlier moment
                group.plan(inf)
                yield group

    def forget_others(self, groups: Iterable[Group], most: int) -> None:
        """Throw away the plans of logins that are not watched any more, if there are many.

        :param most: how many logins are watched.
        """
        if len(self._plans) > 2 * most + SLACK:
            self._plans = [(each.due, next(self._turn), each) for each in groups]
            heapq.heapify(self._plans)
