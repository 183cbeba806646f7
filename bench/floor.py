"""What the WSGI wrapper costs over the bare app, against the least that any could cost.

The floor is one cookie found in a 300-byte header plus one HMAC-SHA256 verification. All
figures are taken in turn, many times, in one run, and the best round of each is quoted: a
noisy machine only ever adds, so that a figure beyond its bound is taken a few times more. Exits 1
if it stays there.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from time import perf_counter

from session440.wsgi import Session440Middleware

from .asking import environ, start_response
from .subject import KEY
from .subjects.floor import verification
from .subjects.wsgi import app
from .tickets import ticket_cookie

ROUNDS, CALLS, TRIES = 60, 500, 20
UNKNOWN = 2000  # tickets in turn: more than a signer remembers
#: How many times the floor each may cost over the bare app.
BOUNDS = {"no ticket": 0.7, "active": 2.0, "active, not verified lately": 4.2}


def request(wsgi_app, *cookies: str) -> Callable[[], object]:
    template = environ(*cookies)

    def call() -> object:
        return wsgi_app(template.copy(), start_response)

    return call


def requests(wsgi_app, cookies: list[str]) -> Callable[[], object]:
    """Each call with the next cookie, so that none has been verified lately."""
    environs = itertools.cycle([environ(cookie) for cookie in cookies])

    def call() -> object:
        return wsgi_app(next(environs).copy(), start_response)

    return call


def measure(calls: dict[str, Callable[[], object]], best: dict[str, float]) -> None:
    """Take each in turn, and note the best microseconds per call."""
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begun = perf_counter()
            for _ in range(CALLS):
                call()
            best[name] = min(best[name], (perf_counter() - begun) / CALLS * 1e6)


def subjects() -> dict[str, Callable[[], object]]:
    wrapped = Session440Middleware(app, secret_key=KEY)
    carried = ticket_cookie(wrapped.engine)
    many = [ticket_cookie(wrapped.engine) for _ in range(UNKNOWN)]
    return {
        "floor": verification(),
        "bare, no ticket": request(app),
        "no ticket": request(wrapped),
        "bare, active": request(app, carried),
        "active": request(wrapped, carried),
        "bare, active, not verified lately": requests(app, many),
        "active, not verified lately": requests(wrapped, many),
    }


def costs(best: dict[str, float]) -> dict[str, float]:
    """Return what each costs over the bare app, as a multiple of the floor."""
    return {name: (best[name] - best[f"bare, {name}"]) / best["floor"] for name in BOUNDS}


def main() -> int:
    calls = subjects()
    found = dict.fromkeys(BOUNDS, float("inf"))
    for _ in range(TRIES):
        best = dict.fromkeys(calls, float("inf"))
        measure(calls, best)
        found = {name: min(found[name], cost) for name, cost in costs(best).items()}
        beyond = [name for name, bound in BOUNDS.items() if found[name] > bound]
        if not beyond:
            break
    print(f"floor: {best['floor']:.2f} µs")
    for name, bound in BOUNDS.items():
        verdict = "BEYOND" if name in beyond else "ok"
        print(f"{name}: {found[name]:.2f} x the floor (bound {bound:g}) {verdict}")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
