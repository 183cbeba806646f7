"""nginx in front of gunicorn: what reaches the browser of a 440."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from proxied import SECRET

from session440 import Ticket
from session440.ticket import TicketSigner

TESTS = Path(__file__).parent
MEGABYTE = 1024 * 1024

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
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 8m;
    location / {{ proxy_pass http://127.0.0.1:{backend}; proxy_set_header Host $http_host; }}
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command: list, port: int, log: Path):
    """Run a server until the end of the block; wait for it to listen."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=TESTS, stdout=output, stderr=output)
    try:
        _await(port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(port: int, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.05)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    pytest.fail(f"no server on port {port}: {log.read_text()}")


@pytest.fixture(params=["sync", "gthread"])
def proxy(request, program, tmp_path):
    """The port of nginx before gunicorn with workers of one class or the other."""
    backend, port = free_port(), free_port()
    (tmp_path / "nginx.conf").write_text(
        NGINX.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=tmp_path,
            port=port,
            backend=backend,
        )
    )
    gunicorn = [sys.executable, "-m", "gunicorn", "--worker-class", request.param]
    gunicorn += ["--threads", "2"] if request.param == "gthread" else []
    gunicorn += ["--bind", f"127.0.0.1:{backend}", "proxied:application"]
    nginx = [program("nginx"), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    nginx += ["-e", str(tmp_path / "error.log")]
    with (
        running(gunicorn, backend, tmp_path / "gunicorn.log"),
        running(nginx, port, tmp_path / "nginx.log"),
    ):
        yield port


def ended_login() -> str:
    past = time.time() - 5000
    ticket = TicketSigner([SECRET], "login440").dumps(Ticket("id", "alice", past, past))
    return f"login440={ticket}"


def post(port: int, body: bytes) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/upload", body, {"Cookie": ended_login()})
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()


def test_megabyte_with_an_ended_login_is_440_and_never_502(proxy):
    """In 100 of 100 tries: an unread body would turn many of them into 502."""
    body = b"x" * MEGABYTE
    answers = [post(proxy, body) for _ in range(100)]
    assert {(each.status, each.reason) for each in answers} == {(440, "Login Timeout")}
    assert answers[0].headers["Session440-Cause"] == "idle"
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert "login440=;" in answers[0].headers["Set-Cookie"]
