"""The engine's hand on its store: asks it no more than need be, and outlives its outages."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from .events import Kind
from .exceptions import StoreError
from .outage import Outage
from .outcome import Answer
from .stores import Record, TicketStore, stored_id
from .ticket import Ticket

Result = TypeVar("Result")
Tell = Callable[[Kind, "str | None"], object]  # store_down or store_up, and why

#: How many logins a process remembers to have asked for; about 200 bytes each.
REMEMBERED = 10_000
#: How many logouts are kept for a store that is out.
MOST_OWED = 10_000


NEVER = (-inf, -inf)


class Checked:
    """When this process last asked for a login, and last told the store that it was seen."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, id: str) -> tuple[float, float]:
        """Give when *id* was found live and when it was touched, in epoch seconds."""
        return self._times.get(id, NEVER)

    def note(self, id: str, found_at: float, touched_at: float) -> None:
        """Remember both; what has not been asked for longest gives way."""
        with self._lock:
            self._times[id] = (found_at, touched_at)
            self._times.move_to_end(id)
            if len(self._times) > REMEMBERED:
                self._times.popitem(last=False)

    def forget(self, id: str) -> None:
        """Have the store asked again."""
        with self._lock:
            self._times.pop(id, None)


class Ledger:
    """Asks a store about logins, and writes down what became of them.

    :param revalidate_interval: seconds for which a good answer is believed.
    :param tell: hears of each outage once, when it begins and when it is over.
    :param stopwatch: measures how long tries take, in seconds.
    """

    PAYMENT = 8  # how many of the logouts that are owed are written at once
    SWEEP = 4  # how many logins that are over a new one takes with it

    def __init__(
        self,
        store: TicketStore,
        revalidate_interval: float,
        tell: Tell,
        stopwatch: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self.revalidate_interval = revalidate_interval
        self._tell = tell
        self._stopwatch = stopwatch
        self._outage = Outage(stopwatch)
        self._checked = Checked()
        self._owed: deque[Record] = deque(maxlen=MOST_OWED)

    def _call(self, method: Callable[..., Result], *args: Any) -> Result:
        """Call one of the store's methods, unless it is out.

        :raises StoreError: where the store is out; nobody waits for it in vain twice.
        """
        if not self._outage.admits():
            raise StoreError("the store is out; it will be tried again shortly")
        began = self._stopwatch()
        try:
            result = method(*args)
        except StoreError as error:
            if self._outage.note_failure(began):
                self._tell("store_down", str(error))
            raise
        if self._outage.note_success():
            self._tell("store_up", None)
        return result

    # Before the app runs

    def believes(self, ticket: Ticket, now: float) -> bool:
        """Whether the store has found *ticket*'s login live not long ago."""
        found_at = self._checked.get(stored_id(ticket.id))[0]
        return 0 <= now - found_at < self.revalidate_interval

    def touch(self, ticket: Ticket, now: float, keep_until: float, interval: float) -> bool:
        """Say that the login is seen now; true where it is live.

        False also where this process has said so within *interval* seconds, by an answer that
        has not reached the browser yet.

        :raises StoreError: where the store is out.
        """
        id = stored_id(ticket.id)
        if 0 <= now - self._checked.get(id)[1] < interval:
            return False
        if not self._call(self._store.touch, id, now, keep_until):
            return False
        self._checked.note(id, now, now)
        self._pay()
        return True

    def find(self, ticket: Ticket, now: float) -> Answer:
        """Ask how *ticket*'s login stands.

        :raises StoreError: where the store is out.
        """
        id = stored_id(ticket.id)
        record = self._call(self._store.find, id)
        self._pay()
        if record is None:
            return self._not_found(ticket, id)
        if record.is_live:
            self._checked.note(id, now, max(record.seen_at, self._checked.get(id)[1]))
        else:
            self._checked.forget(id)
        return Answer(record)

    def _not_found(self, ticket: Ticket, id: str) -> Answer:
        """Tell a record that was forgotten from one that this memory never had.

        A login from before the store was put in place or its memory was lost, or begun while
        it was out, is recorded now; a store that restarts logs nobody out.
        """
        same = ticket.recorded and ticket.recorded == self._call(self._store.generation, id)
        return Answer(missing=True) if same else Answer(unrecorded=True)

    # After it

    def record(self, ticket: Ticket, keep_until: float) -> Ticket:
        """Have the store keep a login; give the ticket which says that it does.

        :raises StoreError: where the store is out.
        """
        record = Record.of(ticket, keep_until)
        # In this order: a memory that is lost in between must not be the one that is named.
        generation = self._call(self._store.generation, record.id)
        if not self._call(self._store.insert, record):
            self._call(self._store.touch, record.id, record.seen_at, keep_until)
        return ticket._replace(recorded=generation)

    def end(self, tombstone: Record) -> None:
        """Write down that a login has ended; later, where the store is out now."""
        self._checked.forget(tombstone.id)
        self._owed.append(tombstone)
        self._pay()

    def _pay(self) -> None:
        """Write what is owed, in small parts: one request must not pay for all."""
        for _ in range(min(len(self._owed), self.PAYMENT)):
            try:
                tombstone = self._owed.popleft()
            except IndexError:  # another thread was quicker
                return
            try:
                self.bury(tombstone)
            except StoreError:
                self._owed.append(tombstone)
                return

    def bury(self, tombstone: Record) -> bool:
        """Make a tombstone of a record; true where it was live until now.

        Of a login that was never recorded too, or a replay of its cookie would record it.

        :raises StoreError: where the store is out.
        """
        self._checked.forget(tombstone.id)
        ended_at = tombstone.seen_at if tombstone.ended_at is None else tombstone.ended_at
        end = (self._store.end, tombstone.id, tombstone.cause, ended_at)
        if self._call(*end):
            return True
        if self._call(self._store.insert, tombstone):
            return False
        return self._call(*end)  # if it was recorded in between

    # From elsewhere; each raises StoreError where the store is out

    def look_up(self, id: str) -> Record | None:
        """Give the record, or tombstone, called *id*."""
        return self._call(self._store.find, id)

    def by_subject(self, subject: str) -> list[Record]:
        """Give *subject*'s records that nothing has ended, in the order of insertion."""
        return self._call(self._store.by_subject, subject)

    def purge(self, now: float) -> int:
        """Forget one batch of what is over; say how many."""
        return self._call(self._store.purge, now)

    def sweep(self, now: float) -> None:
        """Forget a little of what is over: done at each login, it keeps up with them."""
        try:
            self._call(self._store.purge, now, self.SWEEP)
        except StoreError:
            pass  # there is no hurry
