"""gunicorn, with two workers: their own CPU time for a request, whoever else works."""

from __future__ import annotations

import atexit
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from ports import free_port

from .. import ROOT
from ..asking import App, environ, log_in
from ..subject import KEY, Group, Subject, Work, must, ours
from ..tickets import ALICE, OPTIONS
from .flask import flask_app
from .floor import FLOOR_SUBJECT

WORKERS, CLIENTS = 2, 4
PATIENCE, PAUSE = 60, 0.02  # seconds until it must answer, and between two looks
LINES = ("Host", "Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Cookie")


def plain(is_wrapped: bool) -> App:
    from session440.wsgi import Session440Middleware

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/login" and is_wrapped:
            environ["session440"].login(ALICE)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]

    return Session440Middleware(app, secret_key=KEY, **OPTIONS) if is_wrapped else app


def flask(is_wrapped: bool) -> App:
    app: App = flask_app(**(OPTIONS if is_wrapped else {}))
    return app


def work(factory: Callable[[bool], App], body: str, is_wrapped: bool) -> Work:
    """Return the work of a server of its own, which ends with this process."""
    port = free_port()
    server = _served(f"{__name__}:{factory.__name__}({is_wrapped})", port)
    content = _request(log_in(factory(is_wrapped)))
    pool = ThreadPoolExecutor(CLIENTS)

    def client(calls: int) -> None:
        for _ in range(calls):
            answer = _answer(port, content)
            must(answer.startswith("HTTP/1.1 200 "), answer)

    def serve(calls: int) -> None:
        list(pool.map(client, [calls // CLIENTS] * CLIENTS))

    def check() -> str:
        answer = _answer(port, content)
        must(answer.startswith("HTTP/1.1 200 ") and answer.endswith(body), answer)
        return "200"

    return Work(serve, check, step=CLIENTS, clock=partial(_seconds, server.pid))


def _served(app: str, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", app]
    command += ["--workers", str(WORKERS), "--log-level", "warning", "--chdir", str(ROOT)]
    command += ["--worker-tmp-dir", tempfile.gettempdir()]
    server = subprocess.Popen(command, cwd=ROOT)  # noqa: S603  # a command of our own
    atexit.register(_end, server)
    for _ in range(int(PATIENCE / PAUSE)):
        with socket.socket() as probe:
            is_there = probe.connect_ex(("127.0.0.1", port)) == 0
        if is_there and len(_children(server.pid)) == WORKERS:
            return server
        Event().wait(PAUSE)
    raise TimeoutError("gunicorn does not answer")


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait(PATIENCE)


def _request(cookies: str) -> bytes:
    told = environ(cookies)
    names = [name for name in told if name.startswith("HTTP_")]
    lines = [f"{name[5:].replace('_', '-').title()}: {told[name]}" for name in names]
    head = "\r\n".join([f"GET {told['PATH_INFO']}?page=2 HTTP/1.1", *lines, "", ""])
    return head.encode()


def _answer(port: int, content: bytes) -> str:
    """Return what comes until the server closes: its workers are of the kind that does."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(content)
        return b"".join(iter(partial(client.recv, 65536), b"")).decode()


def _children(id: int) -> list[str]:
    return Path(f"/proc/{id}/task/{id}/children").read_text().split()


def _seconds(id: int) -> float:
    """Return the workers' CPU time, to the nanosecond: see ``proc_pid_schedstat(5)``."""
    taken = [Path(f"/proc/{each}/schedstat").read_text().split()[0] for each in _children(id)]
    return sum(map(int, taken)) / 1e9


BARE, BARE_FLASK = "bare WSGI", "bare Flask, reads its session"
GUNICORN = [
    Subject(BARE, partial(work, plain, "ok", is_wrapped=False)),
    ours("WSGI, active", partial(work, plain, "ok", is_wrapped=True), BARE),
    Subject(BARE_FLASK, partial(work, flask, "alice", is_wrapped=False)),
    ours("Flask, active", partial(work, flask, "alice", is_wrapped=True), BARE_FLASK),
]
GROUPS = {
    "gunicorn": Group(
        "gunicorn, the workers' own CPU time",
        [FLOOR_SUBJECT, *GUNICORN],
        milliseconds=150,
        copies=2,
        rounds=20,
        note=f"{WORKERS} sync workers, {CLIENTS} clients, a connection for each request.",
    )
}
