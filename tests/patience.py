"""A busy machine is no outage, and a call that failed at once is one that fails at once on it.

To import this is enough, also in a process of its own: stores wait long for their servers, and
engines measure their calls by a stopwatch that stands still, so that a store which was out is
asked again at once. Tests of how long a store waits, or rests, give it a timeout or a stopwatch
of their own. ``UNHURRIED=no`` in the environment leaves everything as it is shipped.
"""

from __future__ import annotations

import os

from session440.registry.circuit_breaker import CircuitBreaker
from session440.stores import RedisStore, SQLStore

PATIENT = 60.0  # seconds
#: What stores wait where nobody says how long.
SHIPPED = {kind: kind.__init__.__kwdefaults__["timeout"] for kind in (RedisStore, SQLStore)}

if os.environ.get("UNHURRIED") != "no":
    for _kind in SHIPPED:
        _kind.__init__.__kwdefaults__["timeout"] = PATIENT
    CircuitBreaker.__init__.__defaults__ = (lambda: 0.0,)
