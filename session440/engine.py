"""The engine: what is the same for every request of an app."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, cast

from .core.cookie import LONGEST_AGE, Cookie, Scope, find_cookies
from .core.decision import UNASKED, Facts, Outcome, Rules, choose, decide
from .core.limits import Limits
from .core.ports import Exchange, Holding
from .core.ticket import ID_BYTES, Ticket, TicketSigner
from .events import Kind, Listener
from .exceptions import ConfigurationError
from .listeners import Teller
from .policy import Expiry, Policy
from .registry.circuit_breaker import CallWatcher, CircuitBreaker
from .registry.logins import Logins
from .registry.nodes import Presence, member_of
from .registry.pending_debts import PendingDebts
from .registry.records import Records
from .settings import Settings
from .stores import Record, TicketStore, open_store
from .stores.nodes import Member, Roster, is_roster

#: Characters of the keyed hash that stands for a host in tickets and log lines.
NODE_LENGTH = 8


class Engine:
    """Decides when logins end. Adapters keep one for each app, and give it to each visit.

    :param cookie_name: the ticket cookie's name, where the settings give none.
    :raises ConfigurationError: without a secret key, or where the store's library is missing.
    """

    def __init__(self, settings: Settings, cookie_name: str) -> None:
        self.settings = settings
        self.cookie_name = settings.cookie_name or cookie_name
        self.clock = settings.clock
        self.reports_only = settings.enforcement == "report"
        self.signer = TicketSigner(settings.keys, self.cookie_name)
        self.node = self.signer.keyed_hash(settings.node, NODE_LENGTH)
        slack = settings.revalidate_interval
        self.limits = Limits(settings.named_policies, settings.evidence, slack)
        self._teller = Teller(settings.on_event, self.node)
        self._breaker = CircuitBreaker(self._tell_of_store)
        self.store = self._open_store()
        self.shared = None if self.store is None else self._share(self.store)
        refuses = settings.store_failure == "refuse"
        enforced = not self.reports_only
        rules = Rules(self.limits.expiry, self.limits.evidence, True, refuses, enforced)
        self._adopting, self._not_adopting = rules, rules._replace(adopt=False)
        self.endpoint_prefix = settings.endpoint and f"{settings.endpoint}/"

    def policy(self, name: str) -> Policy:
        """Give the policy called *name*, or the strictest where it is known no longer."""
        return self.limits.policy(name)

    def expiry(self, ticket: Ticket) -> Expiry:
        """When the login of *ticket* ends, and of what."""
        return self.limits.expiry(ticket)

    # Logins from elsewhere, which need a store

    def _open_store(self) -> TicketStore | None:
        store = self.settings.store
        return open_store(store) if isinstance(store, str) else store

    def _share(self, store: TicketStore) -> Logins:
        debts = PendingDebts(self.settings.store_debts, self._tell_of_debt)
        records = Records(store, self._breaker, debts, self.limits.slack)
        roster = cast(Roster, store) if is_roster(store) else None
        presence = Presence(roster, self.member)
        most, enforced = self.settings.max_logins, not self.reports_only
        return Logins(records, self.limits, self._teller, presence, most, enforced)

    @property
    def member(self) -> Member:
        """What this server says of itself to the others of the site."""
        return member_of(self.settings, self.cookie_name, self.signer.fingerprints)

    def _store(self) -> Logins:
        if self.shared is None:
            raise ConfigurationError("this needs a store; give one as store, or its URL")
        return self.shared

    def logins(self, subject: object) -> list[Record]:
        """List *subject*'s logins, the oldest first.

        :raises StoreError: where the store is out.
        :raises ConfigurationError: without a store; so do the others.
        """
        return self._store().of_subject(str(subject), self.clock())

    def revoke(self, ticket_id: str) -> bool:
        """End one login, wherever it is used; true where it was live.

        :param ticket_id: a ticket's id, or that of a listed login.
        :raises StoreError: where the store is out: nobody must rely on what was not done.
        """
        return self._store().revoke(ticket_id, self.clock())

    def revoke_all(self, subject: object, keep: str | None = None) -> int:
        """End all of *subject*'s logins, but for the one whose id is *keep*; say how many.

        :raises StoreError: where the store is out.
        """
        return self._store().revoke_all(str(subject), keep, self.clock())

    def purge(self) -> int:
        """Have the store forget what is over, in small batches; say how many.

        :raises StoreError: where the store is out.
        """
        return self._store().purge(self.clock())

    # What a request carries

    def tickets(self, header: str, now: float) -> tuple[Ticket, ...]:
        """Read the authentic tickets in a ``Cookie`` header; others are counted and left."""
        read = [self._authentic(value, now) for value in find_cookies(header, self.cookie_name)]
        return tuple([ticket for ticket in read if ticket is not None])

    def _authentic(self, value: str, now: float) -> Ticket | None:
        ticket = self.signer.loads(value)
        if ticket is not None and not ticket.is_future(now):
            return ticket
        self._refuse(ticket, now)
        return None

    def _refuse(self, ticket: Ticket | None, now: float) -> None:
        if ticket is None:
            self._teller.tell("refused", now, reason="not authentic")
        else:
            self.tell("refused", now, ticket, reason="clock")

    def is_live(self, ticket: Ticket, now: float) -> bool:
        """Whether *ticket* is of a login that goes on, for all it says itself."""
        return not ticket.ended and now < self.expiry(ticket).deadline

    def newest(self, tickets: tuple[Ticket, ...], now: float) -> Ticket | None:
        """Give the newest live ticket, else the newest, whatever the session says."""
        return choose(Facts(now, tickets), self._rules(now)) if tickets else None

    def decide(
        self,
        exchange: Exchange,
        tickets: tuple[Ticket, ...],
        holding: Holding,
        now: float,
        renews: bool = False,
    ) -> Outcome:
        """Hold what the request carries, and what the store says, against the outcome table.

        :param renews: whether the request counts as activity.
        """
        facts = Facts(
            now,
            tickets,
            holding.subject,
            holding.binding,
            exchange.session_carried(),
            holding.empty,
        )
        rules = self._rules(now)
        outcome = decide(facts, rules)
        if self.shared is None or outcome.ticket is None or not outcome.is_in_question:
            return outcome
        answer = self.shared.ask(outcome, outcome.ticket, now, renews)
        return outcome if answer is UNASKED else decide(facts._replace(answer=answer), rules)

    def _rules(self, now: float) -> Rules:
        return self._adopting if self.settings.adopts(now) else self._not_adopting

    # What a response carries

    def issue(
        self,
        exchange: Exchange,
        subject: str,
        now: float,
        policy: str | None = None,
        not_after: float | datetime | None = None,
    ) -> Ticket:
        """Write the ticket of a login that begins now."""
        if policy is None and self.settings.choose_policy is not None:
            policy = self.settings.choose_policy(exchange.native, subject)
        return Ticket(
            id=secrets.token_urlsafe(ID_BYTES),
            subject=subject,
            issued_at=now,
            seen_at=now,
            policy=self._known(policy or "default"),
            not_after=_epoch(not_after),
            node=self.node,
        )

    def _known(self, policy: str) -> str:
        if policy not in self.limits.names:
            raise ValueError(f"no policy is called {policy!r}; known are {self.limits.names}")
        return policy

    def ticket_cookie(self, ticket: Ticket, scope: Scope) -> Cookie:
        """Put *ticket* into a cookie that is never shorter-lived than the session's own."""
        if scope.max_age is not None:
            scope = scope._replace(max_age=self._age(ticket, scope.max_age))
        return Cookie(self.cookie_name, self.signer.dumps(ticket), scope)

    def _age(self, ticket: Ticket, session_age: int) -> int:
        """The session's cookie may be set anew as late as the login's last moment."""
        absolute = self.policy(ticket.policy).absolute_timeout or LONGEST_AGE
        return min(LONGEST_AGE, int(session_age + absolute + self.limits.evidence))

    def no_ticket_cookie(self, scope: Scope) -> Cookie:
        """Delete the ticket, with the attributes it was set with."""
        return Cookie(self.cookie_name, "", scope._replace(max_age=0))

    # What is told

    def listen(self, listener: Listener) -> None:
        """Have *listener* hear of every event too, after ``on_event``.

        What it raises is logged, and breaks no request.
        """
        self._teller.add(listener)

    def watch_store(self, watcher: CallWatcher) -> None:
        """Have *watcher* hear of each call of the store: ``(method, seconds, failed)``.

        What it raises is logged, and breaks no request.
        """
        self._breaker.add(watcher)

    def tell(self, kind: Kind, now: float, ticket: Ticket, **more: Any) -> None:
        """Pass an event about *ticket*'s login to the listener."""
        self._teller.tell_of(kind, now, ticket, **more)

    def _tell_of_store(self, kind: Kind, reason: str | None) -> None:
        self._teller.tell(kind, self.clock(), reason=reason)

    def _tell_of_debt(self, lost: Record) -> None:
        self._teller.tell_of("store_debt_lost", self.clock(), lost, cause=lost.cause)


def _epoch(moment: float | datetime | None) -> float | None:
    if not isinstance(moment, datetime):
        return None if moment is None else float(moment)
    if moment.tzinfo is None:
        raise ValueError(
            f"not_after is {moment!r}, which names no time zone; give an aware datetime"
        )
    return moment.timestamp()
