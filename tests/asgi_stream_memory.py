"""How many bytes of ours an open stream takes: ``python tests/asgi_stream_memory.py``.

It wants a process of its own. Where other tests have run, instances of the same classes have had
other attributes; Python then shares no keys between them, and each takes more.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from pathlib import Path

sys.path += [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from asgi_apps import wrapped
from asgi_sockets import Tab, run
from asgi_stream_call import StreamCall
from clock import FakeClock
from test_asgi_streams import StreamApp

PEOPLE = 200


async def taken(site, jars) -> float:
    """Return how many bytes each of the streams takes."""
    calls = [await StreamCall(site, cookies=jars[0]).open()]
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    calls += [await StreamCall(site, cookies=each).open() for each in jars]
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    for call in calls:
        call.complete.set()
        await call.done()
    return (after - before) / len(jars)


async def main() -> None:
    app = StreamApp()
    site, jars = wrapped(app, FakeClock()), []
    for _ in range(PEOPLE):
        tab = Tab(site)
        await tab.ask("/login")
        await tab.ask("/")
        jars.append(tab.cookies)
    bare = await taken(app, jars)
    print(await taken(site, jars) - bare)


if __name__ == "__main__":
    run(main)
