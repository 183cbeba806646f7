"""The engine: what is the same for every request of an app."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from .core.facts import Rules
from .core.limits import Expiry, Limits
from .core.signing import TicketSigner
from .core.ticket import Ticket
from .events import Hears, Kind, Listener
from .events.listeners import Teller
from .exceptions import ConfigurationError
from .live import LiveLogins
from .oidc.receiver import Providers, providers_of
from .policy import Policy
from .registry.circuit_breaker import CallWatcher, CircuitBreaker
from .registry.logins import Logins
from .registry.nodes import Announcement, node_of
from .registry.pending_debts import PendingDebts
from .registry.records import Records
from .settings import Settings
from .stores import Record, TicketStore, open_store
from .stores.awaiting import awaited
from .stores.nodes import Node, NodeDirectory, keeps_nodes

#: Seconds between two questions to the store about open connections, if nothing else is said.
REVALIDATED = 5.0

#: Characters of the keyed hash that stands for a host in tickets and log lines.
NODE_LENGTH = 8


class Engine:
    """Holds what does not change from request to request; adapters keep one for each app.

    It decides nothing about a request.

    :param cookie_name: the ticket cookie's name, if the settings give none.
    :param place: path and domain of the session's cookie, as text for the doctor.
    :raises ConfigurationError: if there is no secret key, or the store's library is missing.
    """

    def __init__(self, settings: Settings, cookie_name: str, place: str = "") -> None:
        self.settings = settings
        self._place = place
        self.cookie_name = settings.cookie_name or cookie_name
        self.clock = settings.clock
        self.reports_only = settings.enforcement == "report"
        slack = settings.revalidate_interval
        self.limits = Limits(settings.named_policies, settings.evidence, slack)
        self.signer = TicketSigner(settings.keys, self.cookie_name, self.limits)
        self.node = self.signer.keyed_hash("node", settings.node, NODE_LENGTH)
        self.teller = Teller(settings.on_event, self.node)
        self._breaker = CircuitBreaker(self._tell_of_store)
        self.store = self._open_store()
        self.shared = None if self.store is None else self._share(self.store)
        refuses = settings.store_failure == "refuse"
        enforced = not self.reports_only
        #: What a decision needs to know of the settings.
        self.rules = Rules(
            self.limits.expiry,
            self.limits.evidence,
            settings.adopt_until,
            refuses,
            enforced,
            self.node,
        )
        #: The logins under which connections of this process are open.
        self.live = self._watch()
        self.providers = self._find_providers()
        self.endpoint_prefix = settings.endpoint and f"{settings.endpoint}/"

    def _watch(self) -> LiveLogins:
        given = self.settings.valid_from
        return LiveLogins(
            self.rules,
            self.limits,
            self.teller,
            self.shared,
            self.store,
            self._now,
            self.settings.revalidate_interval or REVALIDATED,
            given if isinstance(given, datetime) else None,  # a function wants the request
        )

    def _now(self) -> float:
        return self.clock()  # whichever it is then: a test may have put its own in its place

    def _find_providers(self) -> Providers:
        """Return the identity providers that may end a login.

        :raises ConfigurationError: if the store cannot keep what that needs.
        """
        for name in ("oidc", "label"):
            is_used = bool(getattr(self.settings, name))
            if is_used and (self.shared is None or not self.shared.can_note):
                raise ConfigurationError(f"{name} needs a store that keeps notes (stores/notes.py)")
        return providers_of(self.settings.oidc)

    def policy(self, name: str) -> Policy:
        """Return the policy called *name*, or the strictest one if the name is not known now."""
        return self.limits.policy(name)

    def expiry(self, ticket: Ticket) -> Expiry:
        """Return when the login of *ticket* ends, and what ends it."""
        return self.limits.expiry(ticket)

    # Logins from outside a request; these need a store

    def _open_store(self) -> TicketStore | None:
        store = self.settings.store
        return open_store(store) if isinstance(store, str) else store

    def _share(self, store: TicketStore) -> Logins:
        debts = PendingDebts(self.settings.store_debts, self._tell_of_debt)
        records = Records(store, self._breaker, debts, self.limits.slack)
        directory = cast(NodeDirectory, store) if keeps_nodes(store) else None
        announcement = Announcement(directory, self.as_node)
        most, enforced = self.settings.max_logins, not self.reports_only
        has_notes = bool(self.settings.oidc or self.settings.label)
        return Logins(records, self.limits, self.teller, announcement, most, enforced, has_notes)

    @property
    def as_node(self) -> Node:
        """This server as a node, as the others of the site see it."""
        node = node_of(self.settings, self.cookie_name, self.signer.fingerprints)
        return node._replace(place=self._place)

    def _store(self) -> Logins:
        if self.shared is None:
            raise ConfigurationError("this needs a store; give store a TicketStore or a URL")
        return self.shared

    def logins(self, subject: object) -> list[Record]:
        """Return *subject*'s logins, the oldest first.

        :raises StoreError: if the store is out.
        :raises ConfigurationError: if there is no store; the methods below do the same.
        """
        return self._store().of_subject(str(subject), self.clock())

    def revoke(self, ticket_id: str) -> bool:
        """End one login, on whatever server it is used; return whether it was live.

        :param ticket_id: a ticket's id, or the id of a listed login.
        :raises StoreError: if the store is out: then the login has not been ended.
        """
        return self._store().revoke(ticket_id, self.clock())

    def revoke_all(self, subject: object, keep: str | None = None) -> int:
        """End all of *subject*'s logins except the one whose id is *keep*; return how many.

        :raises StoreError: if the store is out.
        """
        return self._store().revoke_all(str(subject), keep, self.clock())

    def revoke_everybody(self) -> int:
        """End all logins of all people; return how many the store had not seen end.

        A login that the store has no record of, such as one made during an outage, is over too.
        Other processes rely on their last answer for ``revalidate_interval``.

        :raises StoreError: if the store is out, or fails on the way: then call this again.
        :raises ConfigurationError: also if the store is a site's own, and cannot do this.
        """
        return self._store().revoke_everybody(self.clock())

    def purge(self) -> int:
        """Delete the store's records of logins that are over, in small batches; return how many.

        :raises StoreError: if the store is out.
        """
        return self._store().purge(self.clock())

    # The same for coroutines: others run while the store is asked

    async def alogins(self, subject: object) -> list[Record]:
        """See :meth:`logins`."""
        return await awaited(self.store, self.logins, subject)

    async def arevoke(self, ticket_id: str) -> bool:
        """See :meth:`revoke`."""
        return await awaited(self.store, self.revoke, ticket_id)

    async def arevoke_all(self, subject: object, keep: str | None = None) -> int:
        """See :meth:`revoke_all`."""
        return await awaited(self.store, self.revoke_all, subject, keep)

    async def arevoke_everybody(self) -> int:
        """See :meth:`revoke_everybody`."""
        return await awaited(self.store, self.revoke_everybody)

    async def apurge(self) -> int:
        """See :meth:`purge`."""
        return await awaited(self.store, self.purge)

    # Listeners

    def listen(self, listener: Listener, hears: Hears | None = None, blocks: bool = True) -> None:
        """Call *listener* with every event, after ``on_event``.

        An error that it raises is logged, and breaks no request.

        :param hears: tells whether the listener does anything with events of a kind; if none does,
            they need not be made.
        :param blocks: whether the listener may block, so that a coroutine calls it in a thread.
        """
        self.teller.add(listener, hears, blocks)

    def watch_store(self, watcher: CallWatcher, blocks: bool = True) -> None:
        """Call *watcher* after each call of the store: ``(method, seconds, failed)``.

        An error that it raises is logged, and breaks no request.

        :param blocks: whether it may block, so that a coroutine calls it in a thread.
        """
        self._breaker.add(watcher, blocks)

    def _tell_of_store(self, kind: Kind, reason: str | None) -> None:
        self.teller.tell(kind, self.clock(), reason=reason)

    def _tell_of_debt(self, lost: Record) -> None:
        self.teller.tell("store_debt_lost", self.clock(), lost, cause=lost.cause)
