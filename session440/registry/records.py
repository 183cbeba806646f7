"""Asks the store no more than necessary, and goes on during its outages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import NamedTuple, TypeVar, cast

from ..core.facts import StoreAnswer
from ..core.ticket import Ticket
from ..exceptions import ConfigurationError, StoreError
from ..stores import Record, TicketStore, stored_id
from ..stores.many import FindsMany, finds_many
from ..stores.notes import Notes, keeps_notes
from ..stores.recent import Lately
from .answers import is_in_question, missing_answer
from .circuit_breaker import CircuitBreaker
from .pending_debts import PendingDebts

T = TypeVar("T")


class Checked(NamedTuple):
    """When this process last found a login live, and when it last told the store it was seen.

    ``owes_touch``: since then the ticket has been renewed without a word to the store, which
    would forget that the login is in use.
    """

    found_at: float = -inf
    touched_at: float = -inf
    owes_touch: bool = False


class Records:
    """Asks a store about logins, and tells it how they end.

    :param breaker: calls the store.
    :param debts: keeps the ends of logins while the store is out.
    :param revalidate_interval: for how many seconds the answer that a login is live is believed.
    """

    PAYMENT = 8  # how many pending tombstones are written at once
    SWEEP = 4  # how many logins that are over are deleted at a new login

    def __init__(
        self,
        store: TicketStore,
        breaker: CircuitBreaker,
        debts: PendingDebts,
        revalidate_interval: float,
    ) -> None:
        self._store = store
        self._noting = cast(Notes, store) if keeps_notes(store) else None
        self._finding_many = cast(FindsMany, store) if finds_many(store) else None
        self._breaker = breaker
        self.revalidate_interval = revalidate_interval
        self._checked = Lately(Checked())
        self._generations = Lately("")  # as they were read for logins that were not found
        self._debts = debts

    # Before the app runs

    def believes(self, ticket: Ticket, now: float, is_due: bool = False) -> bool:
        """Return whether *ticket*'s login was found live recently.

        :param is_due: the ticket is going to be renewed.
        """
        if not self.revalidate_interval:
            return False
        id = stored_id(ticket.id)
        checked = self._checked.get(id)
        if not 0 <= now - checked.found_at < self.revalidate_interval:
            return False
        if is_due and not checked.owes_touch:
            self._checked.replace(id, checked, checked._replace(owes_touch=True))
        return True

    def owes_touch(self, ticket: Ticket) -> bool:
        """Return whether the ticket was renewed without a word to the store."""
        return self._checked.get(stored_id(ticket.id)).owes_touch

    def touch(self, ticket: Ticket, now: float, keep_until: float, interval: float) -> bool:
        """Tell the store that the login is seen now; return whether it is live.

        Return false also if this process has told the store within *interval* seconds, in an
        answer that has not reached the browser yet, or if the store accepts nothing: it may
        still answer questions.
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
            self.pay()
        return is_live

    def find(self, ticket: Ticket, now: float) -> StoreAnswer:
        """Return what the store knows about *ticket*'s login.

        :raises StoreError: if the store is out.
        """
        id = stored_id(ticket.id)
        owed, forgotten = self._debts.get(id), self._checked.forgotten
        if owed is not None:
            self.pay()
            return StoreAnswer(owed)
        record = self._breaker.read(partial(self._store.find, id))
        self.pay()
        if record is None:
            return self._not_found(ticket, id)
        self._note_found([record], now, forgotten)
        return StoreAnswer(record)

    def _not_found(self, ticket: Ticket, id: str) -> StoreAnswer:
        if not is_in_question(ticket, self.can_note):
            return StoreAnswer(unrecorded=True)
        generation = self._generation(id)
        answer = missing_answer(ticket, generation, self.can_note)
        if answer.unrecorded:
            self._generations.note(id, generation)  # it is recorded now, which would ask again
        return answer

    def find_many(self, tickets: Sequence[Ticket], now: float) -> list[StoreAnswer]:
        """Return what :meth:`find` returns for each of *tickets*.

        A store that can is asked once for all of them, and once more if some are not found.

        :raises StoreError: if the store is out.
        """
        if self._finding_many is None:
            return [self.find(each, now) for each in tickets]
        ids, forgotten = [stored_id(each.id) for each in tickets], self._checked.forgotten
        owed = {id: debt for id in ids if (debt := self._debts.get(id))}
        asked = [id for id in dict.fromkeys(ids) if id not in owed]
        found = self._ask_many(self._finding_many.find_many, asked)
        self.pay()
        self._note_found([*found.values()], now, forgotten)
        known = {id: StoreAnswer(each) for id, each in {**found, **owed}.items()}
        missing = {id: each for id, each in zip(ids, tickets, strict=True) if id not in known}
        missing = {id: each for id, each in missing.items() if is_in_question(each, self.can_note)}
        names = self._ask_many(self._finding_many.generations, [*missing])
        return [
            known.get(id) or missing_answer(each, names.get(id, ""), self.can_note)
            for id, each in zip(ids, tickets, strict=True)
        ]

    def _ask_many(self, ask: Callable[[list[str]], dict[str, T]], ids: list[str]) -> dict[str, T]:
        return self._breaker.read(partial(ask, ids)) if ids else {}

    def _note_found(self, records: list[Record], now: float, forgotten: int) -> None:
        """Note what was found.

        :param forgotten: how often an id had been forgotten before the store was asked. If a login
            has ended meanwhile in another thread, the answers must not be kept.
        """
        if forgotten == self._checked.forgotten:
            for each in records:
                if each.is_live:
                    checked = self._checked.get(each.id)
                    touched_at = max(each.seen_at, checked.touched_at)
                    self._checked.note(each.id, Checked(now, touched_at, checked.owes_touch))
        for each in records:
            if not each.is_live:
                self._checked.forget(each.id)

    def _generation(self, id: str) -> str:
        return self._breaker.read(partial(self._store.generation, id))

    # After the app has run

    def record(self, ticket: Ticket, keep_until: float) -> tuple[Ticket, bool]:
        """Record a login; return the ticket that says so, and whether the login is new.

        :raises StoreError: if the store is out.
        """
        record = Record.of(ticket, keep_until)
        # In this order: if the memory is lost in between, the ticket must not name the new one.
        generation = self._generations.take(record.id) or self._generation(record.id)
        is_new = self._breaker.write(partial(self._store.insert, record))
        if not is_new:
            touch = partial(self._store.touch, record.id, record.seen_at, keep_until)
            self._breaker.write(touch)
        return ticket._replace(recorded=generation), is_new

    def move_end(self, ticket: Ticket, keep_until: float) -> None:
        """Tell the store that the login's credential ends at another time now.

        The ticket says so itself: if the store is out, it learns at a touch until when to keep
        the record.
        """
        if self._noting is None:
            return
        id, end = stored_id(ticket.id), ticket.not_after
        try:
            self._breaker.write(partial(self._noting.move_end, id, end, keep_until))
        except StoreError:
            pass

    def owe(self, tombstone: Record) -> None:
        """Note that the store is to be told of an end; until then it counts here."""
        self._checked.forget(tombstone.id)
        self._debts.add(tombstone)

    def pay(self) -> None:
        """Write pending tombstones, a few at a time: one request must not pay for all."""
        try:
            for _ in range(self.PAYMENT if self._debts else 0):
                if not self._debts.write_next(self.end_now):
                    return
        except StoreError:
            pass  # they are kept, and written later

    def end_now(self, tombstone: Record) -> bool:
        """Turn a record into a tombstone; return whether it was live until now.

        A login that was never recorded gets a tombstone too; otherwise a replay of its cookie
        would record it.

        :raises StoreError: if the store is out.
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

    # From outside a request; each raises StoreError if the store is out

    def look_up(self, id: str) -> Record | None:
        """Return the record, or tombstone, called *id*."""
        return self._breaker.read(partial(self._store.find, id))

    def by_subject(self, subject: str) -> list[Record]:
        """Return *subject*'s records that have not been ended, in the order of insertion."""
        return self._breaker.read(partial(self._store.by_subject, subject))

    def purge(self, now: float) -> int:
        """Delete one batch of records that are over; return how many."""
        return self._breaker.write(partial(self._store.purge, now))

    def end_everybody(self, now: float) -> int:
        """End all live logins; return how many there were.

        Only for a store that keeps notes, as the two methods below: see :attr:`can_note`.
        """
        try:
            return self._breaker.write(partial(self._notes.end_everybody, now))
        finally:
            self._checked.clear()

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """Keep *text* under *key*; return whether it was not there."""
        return self._breaker.write(partial(self._notes.note, key, text, keep_until, now))

    def notes(self, key: str, now: float) -> list[str]:
        """Return the texts that are kept under *key*, in the order of insertion."""
        return self._breaker.read(partial(self._notes.notes, key, now))

    @property
    def can_note(self) -> bool:
        """Whether the store can do what :class:`~session440.stores.notes.Notes` says."""
        return self._noting is not None

    @property
    def _notes(self) -> Notes:
        if self._noting is None:
            raise ConfigurationError(
                "the site's own store lacks the methods of session440.stores.notes.Notes"
            )
        return self._noting

    def sweep(self, now: float) -> None:
        """Delete a few records that are over: done at each login, this keeps up with them."""
        try:
            self._breaker.write(partial(self._store.purge, now, self.SWEEP))
        except StoreError:
            pass  # there is no hurry
