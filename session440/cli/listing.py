"""The logins in a store, and how a command prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from heapq import nsmallest
from typing import cast

import click

from ..engine import Engine
from ..moments import iso
from ..stores import MemoryStore, Record, stored_id
from ..stores.nodes import NodeDirectory, keeps_nodes
from .printing import escaped, print_table


class NoStore(click.ClickException):
    """Reports in one line that the app has no store.

    :param now: the app's time, in UTC epoch seconds.
    """

    def __init__(self, now: float) -> None:
        super().__init__(
            "the app has no store, so its logins are only in cookies; set its option store"
        )
        self.now = now


class Logins:
    """The logins in a store.

    :param knows_policies: whether the engine is the app's own. Without the app's policies it is
        not known which logins have timed out.
    """

    def __init__(self, engine: Engine, knows_policies: bool) -> None:
        if engine.store is None:
            raise NoStore(engine.clock())
        if isinstance(engine.store, MemoryStore):
            raise click.ClickException(
                "the store is the memory of the process that serves the app; no other process can "
                "read it. Give the app a shared store, such as sqlite:///logins.db"
            )
        self.engine = engine
        self.store = engine.store
        self.now = engine.clock()
        self.knows_policies = knows_policies

    def is_live(self, record: Record) -> bool:
        """Return whether a login is live, as far as is known."""
        if not self.knows_policies:
            return record.is_live and self.now < record.keep_until
        return self.engine.limits.is_live(record, self.now)

    def state(self, record: Record) -> str:
        """Return in words whether a login is live, or what ended it."""
        if not record.is_live:
            return record.cause.value if record.cause else "logged out"
        if not self.knows_policies:
            return "not ended" if self.is_live(record) else "over"
        return "live" if self.is_live(record) else self.engine.limits.expiry(record).cause.value

    def ends_at(self, record: Record) -> float | None:
        """Return when a login ended, or will end if nobody uses it, in UTC epoch seconds."""
        if record.ended_at is None and self.knows_policies:
            return self.engine.limits.expiry(record).deadline
        return record.ended_at

    def of_subject(self, subject: str) -> list[Record]:
        """Return the live logins of *subject*, the oldest first."""
        return [each for each in self.store.by_subject(subject) if self.is_live(each)]

    def some(self, limit: int) -> tuple[list[Record], int]:
        """Return at most *limit* logins of all people, and how many are left out.

        Live logins come first, then those that ended last. No more than *limit* logins are kept
        in memory.
        """
        if not keeps_nodes(self.store):
            raise click.ClickException("the app's own store cannot list all logins; name a subject")
        total = 0

        def counted() -> Iterator[Record]:
            nonlocal total
            for record in cast(NodeDirectory, self.store).records():
                total += 1
                yield record

        first = nsmallest(limit, counted(), key=self._rank)
        # Redis may return a key twice (https://redis.io/docs/latest/commands/scan/).
        return [*{each.id: each for each in first}.values()], total - len(first)

    def _rank(self, record: Record) -> tuple[bool, float]:
        return not self.is_live(record), -(record.ended_at or record.seen_at)

    def purge(self) -> int:
        """Delete logins that are over, in small batches, and return how many."""
        self.store.find(stored_id(""))  # purge() does not ask Redis, which may be out
        return sum(iter(partial(self.store.purge, self.now), 0))


Opener = Callable[[], Logins]


def print_logins(logins: Logins, found: list[Record]) -> None:
    """Print a table of logins for a person."""
    if not found:
        click.echo("There are no logins.")
        return
    facts = [facts_of(logins, each) for each in found]
    rows = [[escaped(value or "") for value in each.values()] for each in facts]
    print_table([*facts[0]], rows)


def facts_of(logins: Logins, record: Record) -> dict[str, str | None]:
    """Return what is shown of a login, as plain values."""
    return {
        "id": record.id,
        "subject": record.subject,
        "state": logins.state(record),
        "issued_at": _utc(record.issued_at),
        "seen_at": _utc(record.seen_at),
        "ends_at": _utc(logins.ends_at(record)),
        "policy": record.policy,
        "node": record.node,
    }


def _utc(moment: float | None) -> str | None:
    """Return a time in ISO 8601; a broken record may hold a number that is not a time."""
    if moment is None:
        return None
    try:
        return iso(moment, "seconds")
    except (OverflowError, ValueError, OSError):
        return f"{moment:g}"
