"""What happens to logins, counted for Prometheus: ``session440[metrics]``.

No label says who somebody is, or has any text of a request in it: causes, reasons and
operations are session440's own, policies the site's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from weakref import WeakSet

from .cause import Cause
from .engine import Engine
from .events import Event
from .exceptions import ConfigurationError
from .policy import Policy
from .stores import TicketStore
from .stores.recent import Lately

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
except ImportError as error:
    raise ImportError(
        "session440.metrics needs prometheus-client; install it, or 'session440[metrics]'"
    ) from error

#: What ends a login: a cause, or its person.
CAUSES = (*(each.value for each in Cause), "logout")
#: How a login begins: its person logs in, or see ``Event.reason``.
BEGINNINGS = ("login", "adopted", "switched", "report")
REFUSALS = ("not authentic", "clock")
OPERATIONS = tuple(name for name in vars(TicketStore) if not name.startswith("_"))
#: A policy that a ticket names and the settings no longer do.
UNKNOWN = "unknown"
#: Seconds, about what a store takes in its own rack, and what it takes when it is in trouble.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Metrics:
    """Counts what happens to the logins of the engines that it watches.

    One is enough for a process, however many apps are in it. Every figure but ``store_up`` is
    a counter, so that those of several processes and servers can be added.

    :param registry: where the metrics are registered; prometheus_client's own if not given.
    :raises ConfigurationError: where the registry has such metrics already.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._registry = REGISTRY if registry is None else registry
        self._engines: WeakSet[Engine] = WeakSet()
        self._store: _StoreMetrics | None = None
        # Until when each login counts as in use, by what this process has seen of it.
        self._until = Lately(0.0)
        try:
            self._register()
        except ValueError as error:
            raise ConfigurationError(
                "the registry has session440's metrics already; make one Metrics, and have it "
                "watch every engine"
            ) from error

    def _register(self) -> None:
        counter = partial(Counter, namespace="session440", registry=self._registry)
        self._started = counter("logins_started", "Logins begun.", ["policy", "reason"])
        self._renewed = counter("logins_renewed", "Tickets issued again.", ["policy"])
        self._ended = counter("logins_ended", "Logins ended.", ["policy", "cause"])
        self._would_end = counter(
            "logins_would_end",
            "Logins that would have ended if report mode were off.",
            ["policy", "cause"],
        )
        self._revoked = counter("logins_revoked", "Logins revoked from elsewhere.", ["policy"])
        self._active = counter(
            "logins_active_seconds",
            "Seconds for which logins were in use; its rate is how many are at once.",
            ["policy"],
        )
        self._refused = counter("tickets_refused", "Tickets not authentic.", ["reason"])

    def watch(self, engine: Engine) -> None:
        """Count what happens to the logins of *engine*; a second time changes nothing."""
        if engine in self._engines:
            return
        self._engines.add(engine)
        policies = engine.settings.named_policies
        self._begin_at_zero(engine.limits.names, engine.reports_only)
        engine.listen(partial(self._count, policies))
        if engine.store is not None:
            self._store = self._store or _StoreMetrics(self._registry)
            engine.listen(self._store.note_outage)
            engine.watch_store(self._store.note_call)

    def _begin_at_zero(self, policies: list[str], reports_only: bool) -> None:
        """Show what has not happened yet, or nobody would see it increase from nothing to one.

        https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics
        """
        for reason in REFUSALS:
            self._refused.labels(reason)
        for policy in policies:
            for each in (self._renewed, self._revoked, self._active):
                each.labels(policy)
            for reason in BEGINNINGS:
                self._started.labels(policy, reason)
            for cause in CAUSES:
                (self._would_end if reports_only else self._ended).labels(policy, cause)

    def _count(self, policies: Mapping[str, Policy], event: Event) -> None:
        known = event.policy if event.policy and event.policy in policies else None
        policy = known or UNKNOWN
        if event.kind == "ended":
            counter = self._ended if event.enforced else self._would_end
            counter.labels(policy, event.cause.value if event.cause else "logout").inc()
        elif event.kind == "revoked":
            self._revoked.labels(policy).inc()
        elif event.kind == "refused":
            self._refused.labels(_one_of(REFUSALS, event.reason)).inc()
        elif event.kind in ("started", "renewed"):
            if event.kind == "started":
                reason = _one_of(BEGINNINGS, event.reason or "login")
                self._started.labels(policy, reason).inc()
            else:
                self._renewed.labels(policy).inc()
            lasts = policies[known or ""].renewal
            self._active.labels(policy).inc(self._newly_active(event, lasts))

    def _newly_active(self, event: Event, lasts: float) -> float:
        """How many more seconds a login is in use: *lasts*, but those that it was already.

        A ticket is issued again once in a renewal interval, by whichever process it meets: so
        each is taken to speak for that long, and processes can be added. Requests that a
        browser makes at once meet one interval several times.
        """
        id = event.ticket_id or ""
        until = max(event.at, self._until.get(id))
        self._until.note(id, max(until, event.at + lasts))
        return max(0.0, event.at + lasts - until)


class _StoreMetrics:
    """What the store's calls take, and whether it is there; for engines that have one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "session440_store_seconds",
            "Seconds that calls of the store take, failed ones included.",
            ["operation"],
            registry=registry,
            buckets=BUCKETS,
        )
        self._failures = Counter(
            "session440_store_failures",
            "Calls of the store that failed.",
            ["operation"],
            registry=registry,
        )
        self._debts_lost = Counter(
            "session440_store_debts_lost",
            "Ends of logins that the store will never be told of.",
            registry=registry,
        )
        # Of several processes the one that noticed something last is right: one that has had
        # nothing to ask since an outage, or is dead, still believes in it.
        self._up = Gauge(
            "session440_store_up",
            "Whether the store answers: 1 or 0.",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._up.set(1)
        for each in OPERATIONS:
            self._failures.labels(each)

    def note_call(self, operation: str, seconds: float, failed: bool) -> None:
        """Count each call."""
        operation = _one_of(OPERATIONS, operation)
        self._seconds.labels(operation).observe(seconds)
        if failed:
            self._failures.labels(operation).inc()

    def note_outage(self, event: Event) -> None:
        """Note when an outage begins and when it is over."""
        if event.kind in ("store_down", "store_up"):
            self._up.set(event.kind == "store_up")
        elif event.kind == "store_debt_lost":
            self._debts_lost.inc()


def _one_of(known: tuple[str, ...], text: str | None) -> str:
    """Return *text* if it is known, else "other": labels are bounded."""
    return text if text in known else "other"
