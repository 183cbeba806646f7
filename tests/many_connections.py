"""A thousand people, each with a socket or a stream open to a server in another process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from browser import Browser
from clock import FileClock
from ports import free_port
from processes import running
from sites import SECRET
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from session440 import Ticket
from session440.asgi import Session440Middleware

SITE = "asgi_live_site:application"
COMMANDS = {
    "uvicorn": ["uvicorn", "--log-level", "warning", "--ws", "websockets-sansio", "--port"],
    "hypercorn": ["hypercorn", "--bind"],
    "daphne": ["patient_daphne", "-v", "0", "--bind", "127.0.0.1", "--port"],
}


@contextmanager
def served_elsewhere(server: str, folder: Path, clock: FileClock, **environment) -> Iterator[str]:
    """Serve tests/asgi_live_site.py by a server in a process of its own; gives its URL."""
    port = free_port()
    place = f"127.0.0.1:{port}" if server == "hypercorn" else f"{port}"
    command = [sys.executable, "-m", *COMMANDS[server], place, SITE]
    with running(command, port, folder / "server.log", CLOCK=str(clock._file), **environment):
        yield f"http://127.0.0.1:{port}"


class People:
    """People whose logins are recorded in the store, as if they had logged in on the site."""

    def __init__(self, store_url: str, clock: FileClock) -> None:
        site = Session440Middleware(_nothing, secret_key=SECRET, store=store_url, clock=clock)
        self._engine = site.engine

    def cookie(self, name: str) -> str:
        engine = self._engine
        now = engine.clock()
        ticket = Ticket(f"login-of-{name:>16}", name, now, now, node=engine.node, path="/")
        return f"{engine.cookie_name}={engine.signer.dumps(engine.shared.record(ticket))}"


async def _nothing(scope, receive, send):
    """Stand for the app, which is in another process."""


def measured(url: str) -> dict:
    return Browser(url).get("/measured").json


class Connection:
    """What came on it, and how it ended."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.end: tuple[int, str] | None = None


async def listen_to_socket(url: str, cookie: str, connection: Connection, opened) -> None:
    headers = {"Cookie": cookie}
    options = {"proxy": None, "ping_interval": None, "compression": None, "open_timeout": 300}
    ws = url.replace("http", "ws", 1)
    async with connect(ws, additional_headers=headers, **options) as socket:
        opened.set()
        try:
            while True:
                connection.came.append(await socket.recv())
        except ConnectionClosed as closed:
            frame = closed.rcvd
            connection.end = (1006, "") if frame is None else (frame.code, frame.reason)


async def listen_to_stream(url: str, cookie: str, connection: Connection, opened) -> None:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    more = f"Host: {place.netloc}\r\nCookie: {cookie}\r\nConnection: close"
    head = f"GET {place.path} HTTP/1.1\r\n{more}\r\n\r\n"
    writer.write(head.encode())
    try:
        assert b" 200 " in await reader.readline()
        opened.set()
        while line := await reader.readline():
            if line.startswith((b"data:", b"event:")):
                connection.came.append(line.decode().strip())
        connection.end = (0, "")
    finally:
        writer.close()


@asynccontextmanager
async def opened(listen, url: str, cookies: list[str]):
    """Open a connection for each cookie; gives them, and closes what is still open."""
    found, tasks = [], []
    for cookie in cookies:
        connection, is_open = Connection(), asyncio.Event()
        task = asyncio.ensure_future(listen(url, cookie, connection, is_open))
        await _either(is_open.wait(), task)
        found.append(connection)
        tasks.append(task)
    try:
        yield found
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _either(opening, task) -> None:
    waiting = asyncio.ensure_future(opening)
    await asyncio.wait({waiting, task}, timeout=300, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()


async def until(condition) -> None:
    """Ask again and again: a thousand connections take minutes on a busy machine."""
    for _ in range(30_000):
        if condition():
            return
        await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=0.01)
    raise AssertionError
