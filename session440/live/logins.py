"""The logins of an app under which connections of this process are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from math import inf
from threading import RLock
from typing import TYPE_CHECKING

from ..cause import Cause
from ..core.decision import EVERYBODY
from ..core.facts import Rules
from ..core.limits import Limits
from ..core.record import stored_id
from ..core.ticket import Ticket
from ..events import Event, Kind
from ..events.listeners import Teller
from ..registry.logins import Logins
from ..stores.awaiting import awaited
from .closings import MOST_SUCCESSORS, Closing, Closings
from .group import Group
from .login import AnyFlag, AnyLogin, LiveLogin, Run
from .revalidation import Revalidation
from .table import Table
from .timer import ASKER, LONGEST, TIMER

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


class LiveLogins:
    """Ends the connections of this process with their logins, and lets them survive a new one.

    Nothing is done, and nothing listens, until a first connection is watched. In report mode,
    where no login ends, no connection does.

    :param shared: the logins on all servers, if there is a store.
    :param store: where they are.
    :param interval: seconds between two questions to the store.
    :param valid_from: logins that were issued before are over.
    """

    def __init__(
        self,
        rules: Rules,
        limits: Limits,
        teller: Teller,
        shared: Logins | None,
        store: object,
        clock: Callable[[], float],
        interval: float,
        valid_from: datetime | None = None,
    ) -> None:
        self.is_watching = False  # whether a connection was ever watched here
        # A generator may be thrown away, and so close its connection, while this thread holds it.
        self.lock = RLock()
        self._is_changing = False
        self._limits = limits
        self._teller = teller
        self._shared = shared
        self._store = store
        self._clock = clock
        self._ends = rules.enforced
        moment = -inf if valid_from is None else valid_from.timestamp()
        self._new_table: Callable[[], Table] = partial(Table, rules, limits, moment)
        self._table = self._new_table()
        self._revalidation = Revalidation(interval)
        self._closings = Closings()

    def reset(self) -> None:
        """Forget everything: this process was forked, and has none of the connections."""
        self.lock, self._is_changing = RLock(), False
        self._table, self._closings = self._new_table(), Closings()
        self._revalidation.finish()

    @contextmanager
    def _changing(self, run: Run | None = None) -> Iterator[Table]:
        """Give the table, locked; then tell the connections what has changed.

        :param run: calls the functions of the app; otherwise the thread that watches does.
        """
        with self.lock:
            self._is_changing = True
            try:
                yield self._table
                news = self._table.news()
            finally:
                self._is_changing = False
        for tell in news:
            tell(run or TIMER.soon)

    # Connections

    def enter(
        self,
        ticket: Ticket | None,
        judged_at: float,
        is_alone: bool,
        make: Callable[[bool], AnyFlag],
        loop: AbstractEventLoop | None = None,
    ) -> LiveLogin[AnyFlag]:
        """Return the login of a connection, watched from now on.

        :param ticket: ``None``: nobody is logged in.
        :param judged_at: when its login was; one that was closed since is over.
        :param is_alone: the ticket is the login; there is no session beside it.
        :param make: makes an event of the kind that the connection waits for.
        """
        if ticket is None or not ticket.id or not self._ends:
            return LiveLogin(self, Group(ticket, self._limits), make, loop)
        self._begin()
        now = self._clock()
        with self._changing() as table:
            ticket, closing = self._closings.since(ticket, judged_at)
            group = table.group_of(ticket) if closing is None else Group(ticket, self._limits)
            group.note_kind(is_alone)
            login = LiveLogin(self, group, make, loop)
            table.add(group, login)
            table.look_first(group, now, closing)
            is_asleep = len(table) == 1 or group.due - now < LONGEST
        if is_asleep:
            TIMER.wake()
        return login

    def _begin(self) -> None:
        with self.lock:
            is_first, self.is_watching = not self.is_watching, True
        if is_first:
            self._teller.add(self.hear, _hears, blocks=False)
            TIMER.add(self)

    def leave(self, login: AnyLogin, group: Group) -> None:
        """Forget a connection, which is closed: now, or if the table is in use, soon."""
        self._table.close(group, login)
        if not self._is_changing and self.lock.acquire(blocking=False):
            try:
                self._table.remove_closed()
            finally:
                self.lock.release()

    # Time

    def tick_now(self) -> float | None:
        """Do what is due now, in the thread that watches the clock; see :meth:`tick`."""
        return self.tick(self._clock(), ASKER.soon)

    def tick(self, now: float, run: Run | None = None) -> float | None:
        """End and warn what is due, and ask the store if that is due.

        Return in how many seconds more is due; ``None``: nothing is watched.

        :param run: has the store asked in another thread, for it may hang.
        """
        with self._changing(_at_once) as table:
            table.sweep()
            groups = self._revalidation.due(table, now) if self._shared is not None else []
        if groups:
            (run or _at_once)(self._ask_all, groups, now)
        with self._changing(_at_once) as table:
            table.look_at_due(now)
        return self._table.next - now if self._table else None

    def _ask_all(self, groups: list[Group], now: float) -> None:
        """Ask the store, also about logins that have taken the place of those."""
        try:
            for _ in range(MOST_SUCCESSORS):
                if groups and self._shared is not None:
                    groups = self._ask(self._shared, groups, now)
        finally:
            self._revalidation.finish()

    def _ask(self, shared: Logins, groups: list[Group], now: float) -> list[Group]:
        """Ask the store; return the logins that were found so, which may be over as well."""
        others: list[Group] = []
        for group, ticket, answer, successor in self._revalidation.ask(shared, groups, now):
            now = self._clock()  # the store may have taken long
            with self._changing() as table:
                if group.ticket is None or group.ticket.id != ticket.id:
                    continue  # another login has taken its place meanwhile
                if successor is not None:
                    table.follow(group, successor, now)
                    others += filter(None, [table.find(successor.id)])
                else:
                    table.learn(group, answer, now)
        return others

    def is_over(self, group: Group) -> bool:
        """Return whether a login is over now."""
        if group.ended is not None:
            return True
        now = self._clock()
        if now < group.until or not self._ends:
            return False
        with self._changing() as table:
            table.look(group, now)
        return group.ended is not None

    def soon(self, function: Callable[..., object], *given: object) -> None:
        """Call *function* in the thread that watches the clock."""
        TIMER.soon(function, *given)

    # What happens in this process

    def hear(self, event: Event) -> None:
        """Note that a login has ended, or that some were revoked."""
        # An end without a cause is a request's, which tells of it after the store: note_closed().
        if event.kind not in _HEARD or (event.kind == "ended" and event.cause is None):
            return
        with self._changing() as table:
            self._closings.note(event.ticket_id, Closing(self._clock(), event.cause))
            groups = [table.find(event.ticket_id)]
            if event.reason == EVERYBODY and event.ticket_id is None:
                groups = [each for each in table.groups() if _is_before(each, event)]
            for group in filter(None, groups):
                table.end(group, event.cause, event.at)

    def note_sent(self, ticket: Ticket) -> None:
        """Note the ticket that a response carries: it was renewed, or its end was moved."""
        with self._changing() as table:
            group = table.find(stored_id(ticket.id))
            if group is None:
                return
            if ticket.ended:
                table.end(group, ticket.cause, self._clock())
            else:
                table.go_on(group, ticket, self._clock())

    def note_closed(
        self, ticket: Ticket, cause: Cause | None, successor: Ticket | None, now: float
    ) -> None:
        """Note that a login is over, or that another one has taken its place.

        The connections go on if that is the same person's.
        """
        id = stored_id(ticket.id)
        if successor is not None and successor.subject != ticket.subject:
            successor = None
        with self._changing() as table:
            rival = self._closings.note(id, Closing(self._clock(), cause, successor))
            other, group = table.find(rival), table.find(id)
            if other is not None:  # the browser has kept the cookies of one of the two
                table.end(other, None, now)
            if group is not None and successor is not None:
                table.follow(group, successor, now)
            elif group is not None:
                table.end(group, cause, now)

    # Activity

    async def atouch(self, group: Group) -> bool:
        """Note that the person of a login is active; return whether a store knows."""
        if not self.is_telling_due(group):
            return self.touch(group)
        return await awaited(self._store, self.touch, group)

    def touch(self, group: Group) -> bool:
        """Note that the person of a login is active; return whether that keeps it alive."""
        now, ticket = self._clock(), group.ticket
        if ticket is None or self.is_over(group):
            return False
        with self._changing() as table:
            if group.ticket is not None and table.holds(group):
                seen = group.ticket._replace(seen_at=max(now, group.ticket.seen_at))
                table.go_on(group, seen, now)
        return self._tell(group, ticket, now) and not group.is_alone

    def _tell(self, group: Group, ticket: Ticket, now: float) -> bool:
        """Tell the store that a login is seen, if that is due; return whether it knows."""
        if self._shared is None or not self.is_telling_due(group, now):
            return self._shared is not None
        is_told = self._shared.note_seen(ticket, now)
        if is_told:
            with self.lock:
                group.note_told(now)
        return is_told

    def is_telling_due(self, group: Group, now: float | None = None) -> bool:
        """Return whether the store is to be told that a login is seen."""
        ticket, now = group.ticket, self._clock() if now is None else now
        if self._shared is None or ticket is None:
            return False
        return not 0 <= now - group.told_at < self._limits.policy(ticket.policy).renewal


_HEARD = ("ended", "revoked")


def _hears(kind: Kind) -> bool:
    return kind in _HEARD


def _is_before(group: Group, event: Event) -> bool:
    return group.ticket is not None and group.ticket.issued_at < event.at


def _at_once(function: Callable[..., object], *given: object) -> None:
    function(*given)
