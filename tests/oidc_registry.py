"""Registries of logins as the code of OpenID Connect sees them."""

from __future__ import annotations

from logout_tokens import NOW

from session440 import Cause, Ticket
from session440.engine import Engine
from session440.exceptions import StoreError
from session440.settings import Settings
from session440.stores import MemoryStore, Record, TicketStore, stored_id

KEY = "a long random text for the tests of a registry"
KEEP = 1_900_000_000.0
#: For how many seconds a login of the site may last.
LONGEST = 10_000.0


class MemoryRegistry:
    """A registry in memory; *hides_notes_of*: what another process has not seen yet."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.kept: dict[tuple[str, str], float] = {}
        self.reasons: list[str | None] = []
        self.hides_notes_of = "none"

    def record(self, ticket: Ticket) -> str:
        record = Record.of(ticket, KEEP)
        assert self.store.insert(record)
        return record.id

    def is_live(self, id: str) -> bool:
        record = self.store.find(id)
        return record is not None and record.is_live

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        is_new = self.kept.get((key, text), now) <= now
        self.kept[key, text] = max(keep_until, self.kept.get((key, text), keep_until))
        return is_new

    def notes(self, key: str, now: float) -> list[str]:
        if key.startswith(self.hides_notes_of):
            return []
        return [text for (each, text), until in self.kept.items() if each == key and until > now]

    def unknown_until(self, now: float) -> float:
        return now + LONGEST

    def revoke(self, id: str, now: float, reason: str | None = None) -> bool:
        self.reasons.append(reason)
        return self.store.end(id, Cause.REVOKED, now)


class OutRegistry:
    """One whose store fails after so many calls."""

    def __init__(self, registry: MemoryRegistry, after: int) -> None:
        self.calls = 0
        self._registry = registry
        self._after = after
        self.unknown_until = registry.unknown_until  # no call of the store

    def __getattr__(self, name: str):
        def call(*args):
            self.calls += 1
            if self.calls > self._after:
                raise StoreError("out")
            return getattr(self._registry, name)(*args)

        return call


class StoreRegistry:
    """The registry of an engine with a real store."""

    def __init__(self, store: TicketStore) -> None:
        self.store = store
        self.logins = Engine(
            Settings(secret_key=KEY, store=store, clock=lambda: NOW), "login"
        ).shared

    def record(self, ticket: Ticket) -> str:
        self.logins.record(ticket)
        return stored_id(ticket.id)

    def is_live(self, id: str) -> bool:
        record = self.store.find(id)
        return record is not None and record.is_live

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        return self.logins.note(key, text, keep_until, now)

    def notes(self, key: str, now: float) -> list[str]:
        return self.logins.notes(key, now)

    def unknown_until(self, now: float) -> float:
        return self.logins.unknown_until(now)

    def revoke(self, id: str, now: float, reason: str | None = None) -> bool:
        return self.logins.revoke(id, now, reason)
