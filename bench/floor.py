"""What the WSGI wrapper costs over the bare app, against the least that any could cost.

The floor is one cookie found in a 300-byte header plus one HMAC-SHA256 verification. All
figures are taken in turn, many times, in one run, and the best round of each is quoted: a
noisy machine only ever adds. Exits 1 beyond the bounds.
"""

from __future__ import annotations

import hmac
import itertools
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from secrets import token_urlsafe
from time import perf_counter

from session440.core.ticket import ID_BYTES, Ticket
from session440.wsgi import Session440Middleware

ROUNDS, CALLS = 60, 500
UNKNOWN = 2000  # tickets in turn: more than a signer remembers
BOUNDS = {"no ticket": 0.85, "active": 2.0}
KEY = b"k" * 32
NAME = "login440"


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def start_response(status, headers, exc_info=None):
    return None


def padded(*cookies: str) -> str:
    """Return a Cookie header of 300 bytes or a little more, other cookies first."""
    header = "; ".join(["_ga=GA1.1.1234567890.1700000000; theme=dark; lang=en-GB", *cookies])
    return f"consent={'x' * max(0, 300 - len(header) - 10)}; {header}"


def environ(cookie: str) -> dict:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/reports/2026",
        "QUERY_STRING": "page=2",
        "HTTP_HOST": "app.example",
        "HTTP_ACCEPT": "text/html",
        "HTTP_COOKIE": cookie,
        "wsgi.url_scheme": "https",
        "wsgi.input": None,
    }


def floor() -> Callable[[], object]:
    payload = urlsafe_b64encode(b"p" * 90)
    digest = urlsafe_b64encode(hmac.digest(KEY, payload, "sha256"))
    header = padded(f"ticket={(payload + b'.' + digest).decode()}")

    def verify() -> bool:
        value = header.partition("ticket=")[2].partition(";")[0]
        signed, _, signature = value.encode().rpartition(b".")
        expected = hmac.digest(KEY, signed, "sha256")
        return hmac.compare_digest(expected, urlsafe_b64decode(signature))

    assert verify()
    return verify


def request(wsgi_app, cookie: str) -> Callable[[], object]:
    template = environ(cookie)

    def call() -> object:
        return wsgi_app(template.copy(), start_response)

    return call


def requests(wsgi_app, cookies: list[str]) -> Callable[[], object]:
    """Each call with the next cookie, so that none has been verified lately."""
    environs = itertools.cycle([environ(cookie) for cookie in cookies])

    def call() -> object:
        return wsgi_app(next(environs).copy(), start_response)

    return call


def ticket_cookie(middleware: Session440Middleware) -> str:
    engine = middleware.engine
    now = engine.clock()
    ticket = Ticket(token_urlsafe(ID_BYTES), "alice@example.com", now, now, node=engine.node)
    return f"{NAME}={engine.signer.dumps(ticket)}"


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
    wrapped = Session440Middleware(app, secret_key="a long random text for the bench")
    carried = padded(ticket_cookie(wrapped))
    best = measure(
        {
            "floor": floor(),
            "bare, no ticket": request(app, padded()),
            "no ticket": request(wrapped, padded()),
            "bare, active": request(app, carried),
            "active": request(wrapped, carried),
            "unknown": requests(wrapped, [padded(ticket_cookie(wrapped)) for _ in range(UNKNOWN)]),
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
