"""Asks the store no more than it must, and goes on through its outages."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import NamedTuple

from ..core.decision import StoreAnswer
from ..core.ticket import Ticket
from ..exceptions import StoreError
from ..stores import Record, TicketStore, stored_id
from ..stores.recent import Lately
from .circuit_breaker import CircuitBreaker
from .pending_debts import PendingDebts


class Checked(NamedTuple):
    """When this process last found a login live, and last told the store that it was seen."""

    found_at: float = -inf
    touched_at: float = -inf


class Records:
    """Asks a store about logins, and tells it how they end.

    :param breaker: calls the store.
    :param debts: keeps the ends of logins while the store is out.
    :param revalidate_interval: seconds for which a good answer is believed.
    """

    PAYMENT = 8  # how many of the tombstones that are owed are written at once
    SWEEP = 4  # how many logins that are over a new one takes with it

    def __init__(
        self,
        store: TicketStore,
        breaker: CircuitBreaker,
        debts: PendingDebts,
        revalidate_interval: float,
    ) -> None:
        self._store = store
        self._breaker = breaker
        self.revalidate_interval = revalidate_interval
        self._checked = Lately(Checked())
        self._debts = debts

    # Before the app runs

    def believes(self, ticket: Ticket, now: float) -> bool:
        """Return whether the store has found *ticket*'s login live not long ago."""
        found_at = self._checked.get(stored_id(ticket.id)).found_at
        return 0 <= now - found_at < self.revalidate_interval

    def touch(self, ticket: Ticket, now: float, keep_until: float, interval: float) -> bool:
        """Note that the login is seen now; return whether it is live.

        False also where this process has said so within *interval* seconds, by an answer that
        has not reached the browser yet, and where the store takes nothing in: to be asked it
        may still be there.
        """
        id = stored_id(ticket.id)
        is_recent = 0 <= now - self._checked.get(id).touched_at < interval
        if is_recent or self._debts.get(id):
            return False
        try:
            is_live = self._breaker.write(partial(self._store.touch, id, now, keep_until))
        except StoreError:
            return False
        if is_live:
            self._checked.note(id, Checked(now, now))
            self._pay()
        return is_live

    def find(self, ticket: Ticket, now: float) -> StoreAnswer:
        """Ask how *ticket*'s login stands.

        :raises StoreError: where the store is out.
        """
        id = stored_id(ticket.id)
        owed, forgotten = self._debts.get(id), self._checked.forgotten
        if owed is not None:
            self._pay()
            return StoreAnswer(owed)
        record = self._breaker.read(partial(self._store.find, id))
        self._pay()
        if record is None:
            return self._not_found(ticket, id)
        # What has ended meanwhile, in another thread, is not to be believed.
        if record.is_live and forgotten == self._checked.forgotten:
            touched_at = max(record.seen_at, self._checked.get(id).touched_at)
            self._checked.note(id, Checked(now, touched_at))
        elif not record.is_live:
            self._checked.forget(id)
        return StoreAnswer(record)

    def _not_found(self, ticket: Ticket, id: str) -> StoreAnswer:
        """Tell a record that was forgotten from one that this memory never had.

        A login from before the store was put in place or its memory was lost, or begun while
        it was out, is recorded now; a store that restarts logs nobody out.
        """
        same = ticket.recorded and ticket.recorded == self._generation(id)
        return StoreAnswer(missing=True) if same else StoreAnswer(unrecorded=True)

    def _generation(self, id: str) -> str:
        return self._breaker.read(partial(self._store.generation, id))

    # After it

    def record(self, ticket: Ticket, keep_until: float) -> tuple[Ticket, bool]:
        """Record a login; return the ticket which says so, and whether the login is new.

        :raises StoreError: where the store is out.
        """
        record = Record.of(ticket, keep_until)
        # In this order: a memory that is lost in between must not be the one that is named.
        generation = self._generation(record.id)
        is_new = self._breaker.write(partial(self._store.insert, record))
        if not is_new:
            touch = partial(self._store.touch, record.id, record.seen_at, keep_until)
            self._breaker.write(touch)
        return ticket._replace(recorded=generation), is_new

    def end(self, tombstone: Record) -> None:
        """Write down that a login has ended; later, where the store is out now."""
        self._checked.forget(tombstone.id)
        self._debts.add(tombstone)
        self._pay()

    def _pay(self) -> None:
        """Write what is owed, in small parts: one request must not pay for all."""
        try:
            for _ in range(self.PAYMENT if self._debts else 0):
                if not self._debts.write_oldest(self.end_now):
                    return
        except StoreError:
            pass  # what is owed is kept, and written later

    def end_now(self, tombstone: Record) -> bool:
        """Make a tombstone of a record; true where it was live until now.

        Of a login that was never recorded too, or a replay of its cookie would record it.

        :raises StoreError: where the store is out.
        """
        ended_at = tombstone.seen_at if tombstone.ended_at is None else tombstone.ended_at
        end = partial(self._store.end, tombstone.id, tombstone.cause, ended_at)
        try:
            if self._breaker.write(end):
                return True
            if self._breaker.write(partial(self._store.insert, tombstone)):
                return False
            return self._breaker.write(end)  # if it was recorded in between
        finally:
            self._checked.forget(tombstone.id)

    # From elsewhere; each raises StoreError where the store is out

    def look_up(self, id: str) -> Record | None:
        """Return the record, or tombstone, called *id*."""
        return self._breaker.read(partial(self._store.find, id))

    def by_subject(self, subject: str) -> list[Record]:
        """Return *subject*'s records that have not been ended, in the order of insertion."""
        return self._breaker.read(partial(self._store.by_subject, subject))

    def purge(self, now: float) -> int:
        """Forget one batch of what is over; return how many."""
        return self._breaker.write(partial(self._store.purge, now))

    def sweep(self, now: float) -> None:
        """Forget a little of what is over: done at each login, it keeps up with them."""
        try:
            self._breaker.write(partial(self._store.purge, now, self.SWEEP))
        except StoreError:
            pass  # there is no hurry
