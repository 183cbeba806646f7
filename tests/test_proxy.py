"""nginx in front of gunicorn: what reaches the browser of a 440."""

from __future__ import annotations

import http.client
import time

import pytest
from processes import gunicorn, nginx
from proxied import SECRET

from session440 import Ticket
from session440.core.signing import TicketSigner

MEGABYTE = 1024 * 1024


@pytest.fixture(params=["sync", "gthread"])
def proxy(request, program, tmp_path):
    """The port of nginx before gunicorn with workers of one class or the other."""
    options = ["--worker-class", request.param]
    options += ["--threads", "2"] if request.param == "gthread" else []
    server = program("nginx")
    with (
        gunicorn("proxied:application", tmp_path / "gunicorn.log", *options) as backend,
        nginx(server, tmp_path, [backend]) as port,
    ):
        yield port


def ended_login() -> str:
    past = time.time() - 5000
    ticket = TicketSigner([SECRET], "login440").dumps(Ticket("id", "alice", past, past))
    return f"login440={ticket}"


def post(port: int, body: bytes) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
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
