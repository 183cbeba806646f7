"""What happens to logins, counted for Prometheus: ``session440[metrics]``.

No label says who a person is or contains text of a request: causes, reasons and operations are
session440's own words, policies are the site's.
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

#: What ends a login: a cause, or a logout by the person.
CAUSES = (*(each.value for each in Cause), "logout")
#: How a login begins: the person logs in, or as ``Event.reason`` says.
BEGINNINGS = ("login", "adopted", "switched", "report")
REFUSALS = ("not authentic", "clock")
OPERATIONS = tuple(name for name in vars(TicketStore) if not name.startswith("_"))
#: Stands for a policy that a ticket names but that is no longer in the settings.
UNKNOWN = "unknown"
#: Seconds: from what a store in the same rack takes to what a store in trouble takes.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Metrics:
    """Counts what happens to the logins of the engines that it watches.

    A process needs only one, for any number of apps. Every figure except ``store_up`` is a
    counter, so that the figures of several processes and servers can be added.

    :param registry: where the metrics are registered; prometheus_client's own if not given.
    :raises ConfigurationError: if the registry has such metrics already.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._registry = REGISTRY if registry is None else registry
        self._engines: WeakSet[Engine] = WeakSet()
        self._store: _StoreMetrics | None = None
        # Until when each login counts as in use, as far as this process has seen.
        self._until = Lately(0.0)
        try:
            self._register()
        except ValueError as error:
            raise ConfigurationError(
                "the registry has session440's metrics already; make one Metrics, and call its "
                "watch() for every engine"
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
        self._confirmed = counter(
            "logins_confirmed", "Logins whose person has proved again who they are.", ["policy"]
        )
        self._step_ups = counter("step_ups_asked", "Recent logins asked for.", ["policy"])
        self._active = counter(
            "logins_active_seconds",
            "Seconds for which logins were in use; the rate is how many are in use at once.",
            ["policy"],
        )
        self._refused = counter("tickets_refused", "Tickets that were not authentic.", ["reason"])

    def watch(self, engine: Engine) -> None:
        """Count what happens to the logins of *engine*; a second call changes nothing."""
        if engine in self._engines:
            return
        self._engines.add(engine)
        policies = engine.settings.named_policies
        self._begin_at_zero(engine.limits.names, engine.reports_only)
        engine.listen(partial(self._count, policies), blocks=False)
        if engine.store is not None:
            self._store = self._store or _StoreMetrics(self._registry)
            engine.listen(self._store.note_outage, blocks=False)
            engine.watch_store(self._store.note_call, blocks=False)

    def _begin_at_zero(self, policies: list[str], reports_only: bool) -> None:
        """Show what has not happened yet; otherwise an increase from nothing to one is not seen.

        https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics
        """
        for reason in REFUSALS:
            self._refused.labels(reason)
        for policy in policies:
            for each in (
                self._renewed,
                self._revoked,
                self._active,
                self._confirmed,
                self._step_ups,
            ):
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
        elif event.kind == "confirmed":
            self._confirmed.labels(policy).inc()
        elif event.kind == "step_up":
            self._step_ups.labels(policy).inc()
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
        """Return for how many more seconds a login is in use: *lasts*, minus what is counted.

        A ticket is issued again once in a renewal interval, by any one of the processes. So each
        ticket counts for that long, and the figures of processes can be added. When a browser
        makes several requests at once, several may renew it in the same interval.
        """
        id = event.ticket_id or ""
        until = max(event.at, self._until.get(id))
        self._until.note(id, max(until, event.at + lasts))
        return max(0.0, event.at + lasts - until)


class _StoreMetrics:
    """How long the store's calls take, and whether it answers; for engines that have a store."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "session440_store_seconds",
            "Seconds that calls to the store take, including those that fail.",
            ["operation"],
            registry=registry,
            buckets=BUCKETS,
        )
        self._failures = Counter(
            "session440_store_failures",
            "Calls to the store that failed.",
            ["operation"],
            registry=registry,
        )
        self._debts_lost = Counter(
            "session440_store_debts_lost",
            "Ended logins that the store will never be told about.",
            registry=registry,
        )
        # Of several processes, the last one that noticed a change is right: a process that is
        # dead, or has asked nothing since an outage, still reports the old state.
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
    """Return *text* if it is known, else "other": there must not be more and more labels."""
    return text if text in known else "other"
