"""The logins on all servers, if there is a store: kept, listed, limited and revoked."""

from __future__ import annotations

from collections.abc import Sequence

from ..cause import Cause
from ..core.decision import EVERYBODY, Decision, Standing
from ..core.facts import UNASKED, StoreAnswer
from ..core.limits import Limits
from ..core.ticket import Ticket
from ..events.listeners import Teller
from ..exceptions import StoreError
from ..stores import Record, stored_id
from .nodes import Announcement
from .records import Records


class Logins:
    """What the engine does with its store.

    :param most: how many logins a subject may have; the newest displaces the oldest.
    :param enforced: false in report mode, where nothing ends.
    :param has_notes: whether the site keeps something beside a login's record.
    """

    def __init__(
        self,
        records: Records,
        limits: Limits,
        teller: Teller,
        announcement: Announcement,
        most: int | None,
        enforced: bool,
        has_notes: bool = False,
    ) -> None:
        self.announcement = announcement
        self._records = records
        self._limits = limits
        self._teller = teller
        self._most = most
        self._enforced = enforced
        self._has_notes = has_notes

    # For one request

    def ask(self, decision: Decision, ticket: Ticket, now: float, renews: bool) -> StoreAnswer:
        """Return what the store answers about *ticket*.

        This takes one round trip at most while the login goes on.
        """
        try:
            if self._has_notes and not ticket.recorded:
                return self._find_unnoted(ticket, now)
            # Without its ticket only the record can tell when the login was last seen.
            if decision.standing is Standing.ACTIVE:
                is_due = renews and self._limits.is_due(ticket, now)
                if self._records.believes(ticket, now, is_due):
                    return UNASKED
                if renews and self._touch(ticket, now, is_due):
                    return UNASKED
            return self._records.find(ticket, now)
        except StoreError:
            return StoreAnswer(out=True)

    def _find_unnoted(self, ticket: Ticket, now: float) -> StoreAnswer:
        """Find a login whose notes may be missing: the store may have failed after its record."""
        answer = self._records.find(ticket, now)
        return answer if answer.record is None else answer._replace(unrecorded=True)

    def _touch(self, ticket: Ticket, now: float, is_due: bool) -> bool:
        if not (is_due or self._records.owes_touch(ticket)):
            return False
        interval = self._limits.policy(ticket.policy).renewal
        seen = ticket._replace(seen_at=now)
        return self._records.touch(seen, now, self._limits.keep_until(seen), interval)

    def record(self, ticket: Ticket) -> Ticket:
        """Record a login in the store and return the ticket to send; others may be displaced.

        :raises StoreError: if the store is out.
        """
        recorded, is_new = self._records.record(ticket, self._limits.keep_until(ticket))
        if is_new:
            self._make_room(ticket.subject, ticket.seen_at)
        return recorded

    def _make_room(self, subject: str, now: float) -> None:
        if self._most is not None:
            for oldest in self.of_subject(subject, now)[: -self._most]:
                self._displace(oldest, now)
        self._records.sweep(now)
        self.announcement.announce(now)

    def _displace(self, record: Record, now: float) -> None:
        is_over = self._end(record, Cause.DISPLACED, now) if self._enforced else True
        if is_over:
            facts = {"cause": Cause.DISPLACED, "enforced": self._enforced}
            self._teller.tell("ended", now, record, **facts)

    def owe(self, ticket: Ticket, cause: Cause | None, now: float) -> None:
        """Note that the store is to be told of the end of a login, so that nothing brings it back.

        This asks no store, so nothing can come between: see :meth:`pay`.
        """
        record = Record.of(ticket, self._limits.keep_until(ticket))
        self._records.owe(record._replace(cause=cause, ended_at=now))

    def pay(self) -> None:
        """Tell the store of ends that it has not heard of; if it is out, this is done later."""
        self._records.pay()

    def note_seen(self, ticket: Ticket, now: float) -> bool:
        """Tell the store that the person is seen now, outside of a request.

        Return whether the login is live; false also if the store is out.
        """
        seen = ticket._replace(seen_at=max(now, ticket.seen_at))
        return self._records.touch(seen, now, self._limits.keep_until(seen), 0)

    def find_many(self, tickets: Sequence[Ticket], now: float) -> list[StoreAnswer]:
        """Return what the store knows about each login, by one question.

        :raises StoreError: if the store is out.
        """
        return self._records.find_many(tickets, now)

    def move_end(self, ticket: Ticket) -> None:
        """Tell the store, if it can and is there, when the login's credential ends now."""
        self._records.move_end(ticket, self._limits.keep_until(ticket))

    # Notes about logins

    def notes_until(self, ticket: Ticket) -> float:
        """Return until when notes about a login may be of use."""
        return self._limits.notes_until(ticket)

    def unknown_until(self, now: float) -> float:
        """Return until when a login may come to be known here that has begun by *now*."""
        return self._limits.unknown_until(now)

    @property
    def can_note(self) -> bool:
        """Whether the store keeps notes; a site's own may do without."""
        return self._records.can_note

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """Keep *text* under *key*; return whether it was not there.

        :raises StoreError: if the store is out.
        :raises ConfigurationError: if it keeps no notes.
        """
        return self._records.note(key, text, keep_until, now)

    def notes(self, key: str, now: float) -> list[str]:
        """Return the texts that are kept under *key*, in the order of insertion.

        :raises StoreError: if the store is out.
        :raises ConfigurationError: if it keeps no notes.
        """
        return self._records.notes(key, now)

    # From outside a request

    def of_subject(self, subject: str, now: float) -> list[Record]:
        """Return *subject*'s logins, the oldest first.

        :raises StoreError: if the store is out.
        """
        records = self._records.by_subject(subject)
        return [each for each in records if self._limits.is_live(each, now)]

    def revoke(self, id: str, now: float, reason: str | None = None) -> bool:
        """End a login and return whether it was live; *id* is its ticket's id or the listed one.

        :param reason: for the event.
        :raises StoreError: if the store is out.
        """
        record = self._records.look_up(stored_id(id))
        return record is not None and record.is_live and self._revoke(record, now, reason)

    def revoke_all(self, subject: str, keep: str | None, now: float) -> int:
        """End *subject*'s logins except the one called *keep*; return how many were live.

        :raises StoreError: if the store is out.
        """
        kept = keep and stored_id(keep)
        records = self._records.by_subject(subject)
        return sum([self._revoke(each, now) for each in records if each.id != kept])

    def revoke_everybody(self, now: float) -> int:
        """End all logins; return how many the store had not seen end.

        :raises StoreError: if the store is out, or fails on the way.
        :raises ConfigurationError: if it is a site's own, and cannot do this.
        """
        count = self._records.end_everybody(now)
        self._teller.tell("revoked", now, cause=Cause.REVOKED, reason=EVERYBODY)
        return count

    def _revoke(self, record: Record, now: float, reason: str | None = None) -> bool:
        """End a login and return whether it was live.

        A login that seems to have timed out is ended too: during an outage it may have been
        used, and the store would not know.
        """
        was_live = self._end(record, Cause.REVOKED, now) and self._limits.is_live(record, now)
        if was_live:
            self._teller.tell("revoked", now, record, cause=Cause.REVOKED, reason=reason)
        return was_live

    def _end(self, record: Record, cause: Cause, now: float) -> bool:
        return self._records.end_now(record._replace(cause=cause, ended_at=now))

    def purge(self, now: float) -> int:
        """Delete the records of logins that are over, batch by batch; return how many.

        :raises StoreError: if the store is out.
        """
        total = 0
        while batch := self._records.purge(now):
            total += batch
        return total
