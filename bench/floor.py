"""What the WSGI wrapper costs over the bare app, against the least that any could cost.

The floor is one cookie found in a 300-byte header plus one HMAC-SHA256 verification. All
figures are taken in turn, many times, in one run, and the best round of each is quoted: a
noisy machine only ever adds. Exits 1 beyond the bounds.
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

ROUNDS, CALLS = 60, 500
UNKNOWN = 2000  # tickets in turn: more than a signer remembers
BOUNDS = {"no ticket": 0.85, "active": 2.0}


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


def measure(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the best microseconds per call of each, taken in turn."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begun = perf_counter()
            for _ in range(CALLS):
                call()
            best[name] = min(best[name], (perf_counter() - begun) / CALLS * 1e6)
    return best


def main() -> int:
    wrapped = Session440Middleware(app, secret_key=KEY)
    engine = wrapped.engine
    carried = ticket_cookie(engine)
    best = measure(
        {
            "floor": verification(),
            "bare, no ticket": request(app),
            "no ticket": request(wrapped),
            "bare, active": request(app, carried),
            "active": request(wrapped, carried),
            "unknown": requests(wrapped, [ticket_cookie(engine) for _ in range(UNKNOWN)]),
        }
    )
    print(f"floor: {best['floor']:.2f} µs")
    failed = False
    for name, bound in BOUNDS.items():
        cost = best[name] - best[f"bare, {name}"]
        ratio = cost / best["floor"]
        failed = failed or ratio > bound
        verdict = "ok" if ratio <= bound else "BEYOND"
        print(
            f"{name}: {cost:.2f} µs over bare, {ratio:.2f} x the floor (bound {bound:g}) {verdict}"
        )
    cost = best["unknown"] - best["bare, active"]
    ratio = cost / best["floor"]
    print(f"active, its ticket not verified lately: {cost:.2f} µs, {ratio:.2f} x (no bound)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
