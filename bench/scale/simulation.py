"""People who use the real middleware, in any number of processes, by a clock of their own.

Nothing sleeps and nothing reads the machine's clock. Each person has random numbers
of their own, so that what one does depends on no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heapreplace
from itertools import accumulate
from random import Random
from typing import Any

from session440.events import Event
from session440.registry.records import Checked
from session440.stores import TicketStore
from session440.stores.recent import Lately
from session440.wsgi import Session440Middleware, visit_of

from .load import Load, Setup

NOW = 1_800_000_000.0
Step = tuple[float, str]  # seconds until the next request, and its path


class CountedStore:
    """Passes every call on to a store, and counts the calls of each method."""

    def __init__(self, store: TicketStore) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def call(*args: Any) -> Any:
            self.calls[name] += 1
            return method(*args)

        return call


@dataclass
class Person:
    """One login: who, what their browser keeps, and what became of it."""

    number: int
    load: Load
    longest: float  # whoever pauses longer has left
    seed: int
    cookie: str = ""
    requests: int = 0  # after the login, and before its end
    renewals: int = 0
    checks: int = 0
    touches: int = 0
    others: Counter[str] = field(default_factory=Counter)  # calls for other reasons

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.seed} {self.number}")  # noqa: S311  # the same each time
        self.home = self.chance.randrange(self.load.processes)

    def process(self) -> int:
        """Return to which process the load balancer sends this request."""
        return (self.home + self.chance.randrange(self.load.spread)) % self.load.processes

    def steps(self) -> Iterator[Step]:
        load, chance = self.load, self.chance
        yield 0.0, "/login"
        goes_on = load.requests / (load.requests + 1)
        while chance.random() < goes_on:
            self.requests += 1
        end = chance.random()
        for each in range(self.requests):
            is_logout = end < load.logouts and each == self.requests - 1
            yield self._gap(), "/logout" if is_logout else "/"
        if load.logouts <= end < load.logouts + load.returns:
            yield self.longest * 2, "/late"

    def _gap(self) -> float:
        load, chance = self.load, self.chance
        mean = load.pause if chance.random() < load.pauses else load.gap
        gap = chance.expovariate(1 / mean)
        return gap if gap < self.longest else self._gap()


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    visit = visit_of(environ)
    if environ["PATH_INFO"] == "/login":
        visit.login(environ["QUERY_STRING"])
    elif environ["PATH_INFO"] == "/logout":
        visit.logout()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


class Site:
    """The processes of a site: each has an engine, and a memory, of its own."""

    def __init__(self, load: Load, setup: Setup, store: CountedStore | None) -> None:
        self.now, self.store, self.renewed = NOW, store, 0
        self._knobs = setup
        self._processes = [self._process() for _ in range(load.processes)]

    def _process(self) -> Session440Middleware:
        setup = self._knobs
        options: dict[str, Any] = {}
        if self.store is not None:
            interval = setup.revalidate_interval
            options = {"store": self.store, "revalidate_interval": interval}
        process = Session440Middleware(
            app,
            secret_key="a long random text for the bench",
            idle_timeout=setup.idle_timeout,
            absolute_timeout=setup.absolute_timeout,
            renew_interval=setup.renew_interval,
            evidence=setup.evidence,
            node="node",
            clock=lambda: self.now,
            on_event=self._note,
            **options,
        )
        if process.engine.shared is not None:  # no option says how many a process remembers
            records = process.engine.shared._records
            records._checked = Lately(Checked(), setup.remembered)
        return process

    def _note(self, event: Event) -> None:
        self.renewed += event.kind == "renewed"

    def serve(self, person: Person, path: str) -> str:
        """Serve one request and return the status of its answer."""
        answers: list[tuple[str, list[tuple[str, str]]]] = []
        process = self._processes[person.process()]
        body = process(environ(person, path), lambda *answer: answers.append(answer[:2]))
        assert b"".join(body)
        (status, headers), *_ = answers
        for name, value in headers:
            if name == "Set-Cookie":
                person.cookie = value.partition(";")[0]
        return status


def environ(person: Person, path: str) -> dict[str, Any]:
    carried = {"HTTP_COOKIE": person.cookie} if person.cookie else {}
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": f"person-{person.number}@example.com",
        "HTTP_HOST": "app.example",
        "HTTP_ACCEPT": "text/html",
        "HTTP_SEC_FETCH_MODE": "navigate",
        "wsgi.url_scheme": "https",
        "wsgi.input": None,
        **carried,
    }


@dataclass
class Outcome:
    """What came of a simulation: each person, and all calls of the store."""

    people: list[Person]
    calls: Counter[str]


def simulate(
    load: Load, setup: Setup, people: int, store: TicketStore | None, seed: int = 440
) -> Outcome:
    """Let so many people log in one after the other, and go on until the last has left."""
    counted = None if store is None else CountedStore(store)
    site = Site(load, setup, counted)
    longest = setup.idle_timeout - setup.renew_interval
    everybody = [Person(number, load, longest, seed) for number in range(people)]
    waits = (each.chance.expovariate(load.logins) for each in everybody)
    queue = []
    for at, person in zip(accumulate(waits, initial=NOW), everybody, strict=False):
        steps = person.steps()
        _, path = next(steps)
        queue.append((at, person.number, path, steps))
    heapify(queue)
    while queue:
        site.now, number, path, steps = queue[0]
        _visit(site, everybody[number], path)
        step = next(steps, None)
        if step is None:
            heappop(queue)
        else:
            heapreplace(queue, (site.now + step[0], number, step[1], steps))
    return Outcome(everybody, counted.calls if counted else Counter())


def _visit(site: Site, person: Person, path: str) -> None:
    """Serve one request, and note what it asked of the store and why."""
    store = site.store
    before, renewed = store.calls.copy() if store else Counter(), site.renewed
    status = site.serve(person, path)
    assert status == ("440 Login Timeout" if path == "/late" else "200 OK"), (path, status)
    person.renewals += site.renewed - renewed
    made = store.calls - before if store else Counter()
    if path in ("/", "/logout"):
        person.touches += made.pop("touch", 0)
        person.checks += made.pop("find", 0)
    person.others += made
