"""How many bytes of ours an open stream or socket takes: ``python tests/asgi_memory.py socket``.

It wants a process of its own. Where other tests have run, instances of the same classes have had
other attributes; Python then shares no keys between them, and each takes more.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from pathlib import Path

PEOPLE = 200


def bytes_of_ours(kind: str, *store: str) -> float:
    """Return how many bytes each open connection takes more than without us.

    :param kind: "stream" or "socket".
    """
    command = [sys.executable, "-W", "error", __file__, kind, *store]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert answer.stderr == ""
    return float(answer.stdout)


async def main() -> None:
    from asgi_apps import wrapped
    from asgi_sockets import Tab
    from clock import FakeClock

    app, login, call, leave = KINDS[sys.argv[1]]()
    store = sys.argv[2] if len(sys.argv) > 2 else None
    site, jars = wrapped(app, FakeClock(), store=store), []
    for number in range(PEOPLE):
        tab = Tab(site)
        await tab.ask(login.format(number))
        assert tab.cookies
        await tab.ask("/")
        jars.append(tab.cookies)
    bare = await taken(app, jars, call, leave)
    print(await taken(site, jars, call, leave) - bare)


def stream():
    from asgi_stream_call import StreamCall
    from test_asgi_streams import StreamApp

    return StreamApp(), "/login", StreamCall, lambda it: it.complete.set()


def socket():
    from asgi_sockets import ASGISocketCall
    from test_asgi_socket_races import Waiting

    return Waiting(), "/login/user{}", ASGISocketCall, ASGISocketCall.leave


KINDS = {"stream": stream, "socket": socket}


async def taken(site, jars, call, leave) -> float:
    """Return how many bytes each of the connections takes."""
    calls = [await call(site, cookies=jars[0]).open()]
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    calls += [await call(site, cookies=each).open() for each in jars]
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    for each in calls:
        leave(each)
        await each.done()
    return (after - before) / len(jars)


if __name__ == "__main__":
    sys.path += [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

    from asgi_sockets import run

    run(main)
