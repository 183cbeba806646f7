"""Server processes of the tests' own, on free loopback ports."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from ports import free_port

TESTS = Path(__file__).parent
#: Seconds until a server must listen, or be gone.
PATIENCE = 60
PAUSE = 0.02  # between two looks

NGINX = """
# As root nginx would become nobody, who may not write into the test's folder.
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {http}
}}
"""

IN_TURN = """
  upstream nodes {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 8m;
    location / {{ proxy_pass http://nodes; proxy_set_header Host $http_host; }}
  }}
"""


@contextmanager
def running(command: list, port: int, log: Path, **environment: str) -> Iterator[None]:
    """Run a server until the end of the block; wait for it to listen."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=TESTS, stdout=output, stderr=output, env={**os.environ, **environment}
        )
    try:
        _await(port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _await(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(int(PATIENCE / PAUSE)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        Event().wait(PAUSE)
    pytest.fail(f"no server on port {port}: {log.read_text()}")


@contextmanager
def gunicorn(app: str, log: Path, *options: str, **environment: str) -> Iterator[int]:
    """Serve ``module:application`` of this folder; gives the port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *options, app]
    with running(command, port, log, **environment):
        yield port


@contextmanager
def nginx(program: str, folder: Path, ports: list[int]) -> Iterator[int]:
    """Put nginx before the servers on *ports*, which get a request each in turn."""
    port = free_port()
    servers = " ".join(f"server 127.0.0.1:{each};" for each in ports)
    with configured_nginx(program, folder, port, IN_TURN.format(port=port, servers=servers)):
        yield port


@contextmanager
def configured_nginx(program: str, folder: Path, port: int, http: str) -> Iterator[None]:
    """Run nginx with what stands in its ``http`` block, which has it listen on *port*."""
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(user=user, folder=folder, http=http))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running([*command, "-e", str(folder / "error.log")], port, folder / "nginx.log"):
        yield
