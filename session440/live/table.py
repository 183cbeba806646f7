"""The logins that are watched, how each stands, and what their connections are to be told.

There is no lock and no clock here: see :class:`~session440.live.LiveLogins`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any
from weakref import ref

from ..cause import Cause
from ..core.decision import Decision, Standing, believed, decide
from ..core.ended import Ended
from ..core.facts import UNASKED, Facts, Rules, StoreAnswer
from ..core.limits import Limits
from ..core.record import stored_id
from ..core.ticket import Ticket
from .closings import Closing
from .group import Group
from .login import AnyLogin, Run
from .schedule import Schedule

#: Tells a connection that its login has changed; it is given what calls the app's functions.
News = Callable[[Run], object]
_OVER = (Standing.ENDED, Standing.FORGOTTEN)


class Table:
    """The logins that are watched, by their ids in a store.

    :param valid_from: logins that were issued before are over (UTC epoch seconds).
    """

    def __init__(self, rules: Rules, limits: Limits, valid_from: float) -> None:
        self._rules = rules
        self._limits = limits
        self._valid_from = valid_from
        self._groups: dict[str, Group] = {}
        self._schedule = Schedule()
        self._news: list[News] = []
        # The connections that were dropped without a word. That happens at any moment, even
        # while this thread is in one of these methods.
        self._dropped: deque[Any] = deque()
        self._drop = self._dropped.append
        self._closed: deque[tuple[Group, ref[AnyLogin]]] = deque()

    def __len__(self) -> int:
        return len(self._groups)

    def find(self, id: str | None) -> Group | None:
        """Return the login with the id *id* in a store, if it is watched."""
        return self._groups.get(id or "")

    def groups(self) -> list[Group]:
        """Return all logins that are watched."""
        return [*self._groups.values()]

    def holds(self, group: Group) -> bool:
        """Return whether *group* is a login that is watched still."""
        return group.ended is None and self._groups.get(_id_of(group)) is group

    @property
    def next(self) -> float:
        """When a login is to be looked at next; ``inf``: never."""
        return self._schedule.next

    def news(self) -> list[News]:
        """Return what the connections are to be told, and forget it."""
        news, self._news = self._news, []
        return news

    # Connections

    def group_of(self, ticket: Ticket) -> Group:
        """Return the login of *ticket*, watched from now on."""
        group = self._groups.get(stored_id(ticket.id))
        if group is None:
            group = self._groups[stored_id(ticket.id)] = Group(ticket, self._limits)
        group.go_on(ticket, self._limits)
        return group

    def add(self, group: Group, login: AnyLogin) -> None:
        """Add a connection."""
        member = ref(login, self._drop)
        hash(member)  # of one that has gone it could not be told any more
        group.add(member)

    def close(self, group: Group, login: AnyLogin) -> None:
        """Note that a connection is closed. This may come in the middle of any other method."""
        member = ref(login)
        hash(member)
        self._closed.append((group, member))

    def remove_closed(self) -> None:
        """Remove the connections that were closed."""
        while self._closed:
            group, member = self._closed.popleft()
            group.remove(member)
            if not group.has_members:
                self._forget(group)

    def sweep(self) -> None:
        """Forget the connections that were closed, or dropped without a word."""
        self.remove_closed()
        if self._dropped:
            self._dropped.clear()
            for group in self.groups():
                if not group.sweep():
                    self._forget(group)

    def _forget(self, group: Group) -> None:
        id = _id_of(group)
        if self._groups.get(id) is group:
            del self._groups[id]
        self._schedule.forget_others(self._groups.values(), len(self._groups))

    # How they stand

    def ending(self, by: float) -> list[Group]:
        """Return the logins that are over at the moment *by*, as far as it is known here."""
        if self.next > by:
            return []
        return [each for each in self._groups.values() if each.until <= by]

    def look_first(self, group: Group, now: float, closing: Closing | None) -> None:
        """Look at a login that a connection enters; *closing*: it was closed just before."""
        if closing is None:
            self.look(group, now)
        else:
            self.end(group, closing.cause, now)

    def look_at_due(self, now: float) -> None:
        """Look at each login whose moment has come."""
        for group in [*self._schedule.due(now)]:
            if self.holds(group):
                self.look(group, now)

    def look(self, group: Group, now: float, answer: StoreAnswer = UNASKED) -> None:
        """End a login that is over, or warn its connections if its end is near."""
        ticket = group.ticket
        if group.ended is not None or ticket is None:
            return
        decision = self.decide(ticket, now, answer)
        if decision.standing in _OVER:
            self._end(group, self._with_cause(decision, ticket, now), now)
        else:
            self.go_on(group, ticket, now)

    def learn(self, group: Group, answer: StoreAnswer, now: float) -> None:
        """Look at a login by the store's answer; another server may have seen its person later."""
        record, ticket = believed(answer.record, now), group.ticket
        if record is not None and record.is_live and ticket is not None:
            seen_at = max(ticket.seen_at, record.seen_at)
            is_moved = group.note_kept_end(record.not_after)
            end = record.not_after if is_moved else ticket.not_after
            group.go_on(ticket._replace(seen_at=seen_at, not_after=end), self._limits)
        self.look(group, now, answer)

    def decide(self, ticket: Ticket, now: float, answer: StoreAnswer) -> Decision:
        """Return how a login stands, as for a request."""
        facts = Facts(now, (ticket,), carried=None, answer=answer, valid_from=self._valid_from)
        return decide(facts, self._rules)

    def _with_cause(self, decision: Decision, ticket: Ticket, now: float) -> Decision:
        """Return the decision with its cause, also for an end of so long ago that nobody asks."""
        expiry = self._rules.expiry(ticket)
        is_long_ago = decision.cause is None and now >= expiry.deadline
        return decision._replace(cause=expiry.cause) if is_long_ago else decision

    def go_on(self, group: Group, ticket: Ticket, now: float) -> None:
        """Go on as *ticket*, and plan when to look at the login next."""
        group.go_on(ticket, self._limits)
        is_near = now >= group.warn_at
        if group.warn(is_near):
            self._news += [each.tell_warning for each in group.members]
        self._schedule.plan(group, group.until if is_near else group.warn_at)

    def end(self, group: Group, cause: Cause | None, now: float) -> None:
        """End a login; *cause* is ``None`` for a logout."""
        self._end(group, Decision(Standing.ENDED, group.ticket, cause), now)

    def _end(self, group: Group, decision: Decision, now: float) -> None:
        if group.ended is None:
            group.end(Ended.of(decision, None, self._limits, now))
            self._forget(group)
            self._news += [each.tell_end for each in group.members]

    def follow(self, group: Group, ticket: Ticket, now: float) -> None:
        """Go on with the login of *ticket*, which has taken the place of *group*'s."""
        if not self.holds(group):
            return
        self._forget(group)
        other = self.group_of(ticket)  # connections may be open under it already
        come, was_warned = group.members, other.is_warned
        for member in come:
            member.follow(other)
        other.note_kind(group.is_alone)
        other.join(group.hand_over())
        self.go_on(other, ticket, now)
        if group.is_warned != other.is_warned == was_warned:  # else all have been told
            self._news += [each.tell_warning for each in come]


def _id_of(group: Group) -> str:
    return "" if group.ticket is None else stored_id(group.ticket.id)
