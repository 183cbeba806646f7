"""A busy machine is no outage: stores wait long for a server in the tests.

To import this is enough, also in a process of its own. Tests of what a store does when its
server is silent give it a timeout; ``PATIENT`` in the environment is one for all.
"""

from __future__ import annotations

import os

from session440.stores import RedisStore, SQLStore

#: Seconds.
PATIENT = float(os.environ.get("PATIENT", "10"))
#: What stores wait where nobody says how long.
SHIPPED = {kind: kind.__init__.__kwdefaults__["timeout"] for kind in (RedisStore, SQLStore)}

for _kind in SHIPPED:
    _kind.__init__.__kwdefaults__["timeout"] = PATIENT
