"""One login, and the connections that are open under it."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING
from weakref import ref

from ..core.ended import Ended
from ..core.limits import Limits
from ..core.record import stored_id
from ..core.ticket import Ticket

if TYPE_CHECKING:
    from .login import AnyLogin


class Group:
    """A login that is watched, as far as this process knows it, and its open connections.

    All changes are made under the lock of :class:`~session440.live.LiveLogins`; who only reads
    needs none.

    :param ticket: ``None``: nobody is logged in, and nothing ends.
    """

    __slots__ = (
        "_members",
        "due",
        "ended",
        "is_alone",
        "is_warned",
        "kept_end",
        "ticket",
        "told_at",
        "until",
        "warn_at",
    )

    def __init__(self, ticket: Ticket | None, limits: Limits) -> None:
        self.ticket = ticket
        self.until = self.warn_at = inf
        self.ended: Ended | None = None  # how, once it is over
        self.is_warned = False
        self.is_alone = True  # its ticket's cookie is all that keeps it alive
        self.due = inf  # when it is to be looked at
        self.told_at = -inf  # when the store was told last that the login is seen
        self.kept_end: float | None = inf  # of its credential, as the store has it; inf: unknown
        # A set takes as much memory as all the rest, and most logins have one connection.
        self._members: tuple[()] | tuple[ref[AnyLogin]] | set[ref[AnyLogin]] = ()
        if ticket is not None:
            self._set_times(ticket, limits)

    def _set_times(self, ticket: Ticket, limits: Limits) -> None:
        self.until = limits.expiry(ticket).deadline
        self.warn_at = self.until - limits.policy(ticket.policy).warning

    @property
    def members(self) -> list[AnyLogin]:
        """The connections that are still open."""
        return [each for each in [member() for member in tuple(self._members)] if each is not None]

    @property
    def has_members(self) -> bool:
        """Whether a connection is open."""
        return bool(self._members)

    def add(self, member: ref[AnyLogin]) -> None:
        """Add a connection."""
        if isinstance(self._members, set):
            self._members.add(member)
        else:
            self._members = {*self._members, member} if self._members else (member,)

    def remove(self, member: ref[AnyLogin]) -> None:
        """Remove a connection."""
        if isinstance(self._members, set):
            self._members.discard(member)
        elif member in self._members:
            self._members = ()

    def sweep(self) -> bool:
        """Remove the connections that nobody holds any more; return whether any is left."""
        self._members = {each for each in self._members if each() is not None}
        return bool(self._members)

    def hand_over(self) -> Iterable[ref[AnyLogin]]:
        """Give the connections away, to another login."""
        members, self._members = self._members, ()
        return members

    def join(self, members: Iterable[ref[AnyLogin]]) -> None:
        """Take over the connections of another login."""
        for each in members:
            self.add(each)

    def go_on(self, ticket: Ticket, limits: Limits) -> None:
        """Go on as *ticket*; a copy of the same login that was seen earlier moves no time back."""
        known = self.ticket
        # What was found by a note has its id in the store.
        is_same = known is not None and stored_id(known.id) == stored_id(ticket.id)
        if known is not None and is_same and known.seen_at > ticket.seen_at:
            ticket = ticket._replace(seen_at=known.seen_at)
        self.ticket = ticket
        self._set_times(ticket, limits)

    def warn(self, is_warned: bool) -> bool:
        """Note whether its end is near; return whether that is new."""
        is_news, self.is_warned = is_warned != self.is_warned, is_warned
        return is_news

    def end(self, ended: Ended) -> None:
        """Note that the login is over."""
        self.ended = ended

    def note_kind(self, is_alone: bool) -> None:
        """Note whether its ticket is the login; that there is a session beside it, stays known."""
        self.is_alone = self.is_alone and is_alone

    def plan(self, due: float) -> None:
        """Note when it is to be looked at."""
        self.due = due

    def note_told(self, now: float) -> None:
        """Note that the store has been told that the login is seen."""
        self.told_at = now

    def note_kept_end(self, kept_end: float | None) -> bool:
        """Note when the credential ends by the store; return whether that was moved meanwhile."""
        known, self.kept_end = self.kept_end, kept_end
        return known not in (inf, kept_end)
