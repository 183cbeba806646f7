"""Real ASGI servers on free loopback ports, in threads of the test's own process.

``with serving("daphne", app) as url`` starts one for the app alone, which hears of its lifespan.
``with served("daphne", app) as url`` borrows one that goes on for other tests: to start one for
each of hundreds of scenarios would take longer than these.
"""

from __future__ import annotations

import asyncio
import atexit
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds until a server must have begun, or ended


@contextmanager
def serving(name: str, app: Any, **options: Any) -> Iterator[str]:
    """Serve an ASGI app by a server of its own; gives its URL."""
    with SERVERS[name](app, **options) as port:
        yield f"http://{HOST}:{port}"


# --- servers of asyncio, each in a thread with a loop of its own


@contextmanager
def _uvicorn(app: Any, **options: Any) -> Iterator[int]:
    import uvicorn

    options = {"log_config": None, "ws": "websockets-sansio", "http": "h11", **options}
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=5, **options))

    def stop() -> None:
        server.should_exit = True

    with _listening() as listener, _in_thread(lambda: server.serve([listener]), stop):
        yield listener.getsockname()[1]


@contextmanager
def _hypercorn(app: Any, **options: Any) -> Iterator[int]:
    from hypercorn.asyncio.run import worker_serve
    from hypercorn.config import Config, Sockets
    from hypercorn.utils import wrap_app

    config = Config.from_mapping(accesslog=None, errorlog=None, graceful_timeout=5, **options)
    stopped = _Signal()

    def serve(listener: socket.socket):
        wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")
        sockets = Sockets([], [listener], [])
        return worker_serve(wrapped, config, sockets=sockets, shutdown_trigger=stopped.wait)

    with _listening() as listener, _in_thread(lambda: serve(listener), stopped.set):
        yield listener.getsockname()[1]


@contextmanager
def _listening() -> Iterator[socket.socket]:
    """Give a socket that listens: who comes before the server waits for it.

    Were it not said to be TCP, asyncio would leave Nagle's algorithm on: 40 ms to each answer.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind((HOST, 0))
        listener.listen(2048)
        yield listener


@contextmanager
def _in_thread(serve: Callable[[], Any], stop: Callable[[], None]) -> Iterator[None]:
    """Run a server's coroutine in a thread; what it ends with is raised here."""
    ended: Future[None] = Future()

    def run() -> None:
        try:
            asyncio.run(_awaited(serve))
        except BaseException as error:  # a server that cannot start exits
            ended.set_exception(error)
        else:
            ended.set_result(None)

    # Python waits at its end for threads that are no daemons, before it calls what atexit knows.
    thread = threading.Thread(target=run, name="server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        ended.result(PATIENCE)
        thread.join(PATIENCE)


async def _awaited(serve: Callable[[], Any]) -> None:
    await serve()


class _Signal:
    """An event that is awaited in a loop, and set in another thread."""

    def __init__(self) -> None:
        self._set: Future[None] = Future()

    async def wait(self) -> None:
        await asyncio.wrap_future(self._set)

    def set(self) -> None:
        self._set.set_result(None)


# --- Daphne: Twisted has one reactor to a process, and it cannot be started twice

_reactor = ExitStack()


@contextmanager
def _daphne(app: Any, **options: Any) -> Iterator[int]:
    reactor, server_class = _running_reactor()
    from twisted.internet.threads import blockingCallFromThread

    server = server_class(app, endpoints=[f"tcp:port=0:interface={HOST}"], **options)
    ports: list[Any] = []
    server.listen_success = ports.append
    server.abort_start = True  # it sets itself up, and leaves the reactor as it is: it runs
    blockingCallFromThread(reactor, server.run)
    (port,) = ports
    try:
        yield port.getHost().port
    finally:
        blockingCallFromThread(reactor, port.stopListening)
        blockingCallFromThread(reactor, _end_applications, server)


def _end_applications(server: Any) -> Any:
    """End what still runs, as Daphne does when the reactor stops."""
    for protocol, details in list(server.connections.items()):
        if "application_instance" not in details:
            del server.connections[protocol]  # or Daphne would look for it
        elif transport := getattr(protocol, "transport", None):
            transport.loseConnection()
    return server.kill_all_applications()


def _running_reactor() -> tuple[Any, Any]:
    from daphne.server import Server, twisted_loop
    from twisted.internet import reactor

    if not reactor.running:
        begun = threading.Event()
        reactor.callWhenRunning(begun.set)
        run = {"installSignalHandlers": False}
        thread = threading.Thread(target=reactor.run, kwargs=run, name="reactor", daemon=True)
        thread.start()
        assert begun.wait(PATIENCE)
        _reactor.callback(_close, twisted_loop)
        _reactor.callback(thread.join, PATIENCE)
        _reactor.callback(reactor.callFromThread, reactor.stop)
    return reactor, Server


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop as asyncio.run() does, which Twisted does not."""
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


SERVERS: dict[str, Callable[..., Any]] = {
    "uvicorn": _uvicorn,
    "hypercorn": _hypercorn,
    "daphne": _daphne,
}

# --- servers that go on


class _Stage:
    """An app whose place another takes for a while; there is one to each server."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})


#: Stores of apps, whose connections belong to the loops of servers that go on: these close them.
_kept: list[Any] = []
_idle: dict[str, list[tuple[_Stage, str]]] = {}
_going_on = ExitStack()


@contextmanager
def served(name: str, app: Any, store: object = None) -> Iterator[str]:
    """Serve an ASGI app by a server that other tests have used; gives its URL.

    :param store: the app's store, which must not be collected before its connections are closed.
    """
    _kept.extend([store] if store is not None else [])
    idle = _idle.setdefault(name, [])
    stage, url = idle.pop() if idle else _begin(name)
    stage.app = app
    try:
        yield url
    finally:
        stage.app = None
        idle.append((stage, url))


def _begin(name: str) -> tuple[_Stage, str]:
    stage = _Stage()
    return stage, _going_on.enter_context(serving(name, stage))


def stop_all() -> None:
    """End the servers that go on, and the reactor."""
    _idle.clear()
    _going_on.close()
    _reactor.close()


atexit.register(stop_all)
