"""What the store knows about the logins that are watched, asked for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from ..core.facts import StoreAnswer
from ..core.ticket import Ticket
from ..exceptions import StoreError
from ..registry.logins import Logins
from ..registry.successors import successor_of
from .group import Group
from .table import Table
from .timer import LONGEST


class Found(NamedTuple):
    """What the store has answered about a login.

    :param ticket: about which it was asked.
    :param successor: the login of the same person that has taken its place, in another process.
    """

    group: Group
    ticket: Ticket
    answer: StoreAnswer
    successor: Ticket | None = None


class Revalidation:
    """Asks the store about logins, from time to time; if it is out, that ends none.

    :param interval: seconds between two questions.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._asked_at = -inf
        self._is_under_way = False

    def due(self, table: Table, now: float) -> list[Group]:
        """Return the logins about which the store is to be asked now.

        All of them, now and then; and each in the last second before its end, for another server
        may have seen its person since.
        """
        if not table or self._is_under_way:
            return []
        is_due = not 0 <= now - self._asked_at < self._interval  # the clock may have been set back
        groups = table.groups() if is_due else table.ending(now + LONGEST)
        self._is_under_way = bool(groups)
        if is_due:
            self._asked_at = now
        return groups

    def finish(self) -> None:
        """Note that the store has answered, or never will."""
        self._is_under_way = False

    def ask(self, shared: Logins, groups: list[Group], now: float) -> Iterator[Found]:
        """Yield what the store answers, by one question about all logins."""
        pairs = [(each, each.ticket) for each in groups]
        asked = [(group, ticket) for group, ticket in pairs if ticket is not None]
        try:
            answers = shared.find_many([ticket for _, ticket in asked], now)
            for (group, ticket), answer in zip(asked, answers, strict=True):
                yield _found(shared, group, ticket, answer, now)
        except StoreError:
            return  # an event reports the outage; what it has not answered is asked again


def _found(shared: Logins, group: Group, ticket: Ticket, answer: StoreAnswer, now: float) -> Found:
    record = answer.record
    is_closed = record is not None and not record.is_live and record.cause is None
    successor = successor_of(shared, ticket, now) if is_closed else None
    return Found(group, ticket, answer, successor)
