"""A refused request whose body comes slowly, or never, holds no thread of a real server."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from clock import FakeClock
from processes import gunicorn
from serving import serve
from sites import DjangoSite, FlaskSite, WsgiSite
from werkzeug.wrappers import Response

from session440 import Ticket
from session440.http import body, reading
from session440.wsgi import Session440Middleware

IDLE = 1200
#: Seconds until a test gives up; only a failure takes so long.
PATIENCE = 60


def login_timeout_to(port: int, cookie: str, head: str, sent: bytes) -> bytes:
    """Send the head of a POST, and some of its body; return the status line of the answer."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        request = f"POST / HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n{head}\r\n\r\n"
        connection.sendall(request.encode() + sent)
        return connection.makefile("rb").readline()


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(body, "SECONDS", 0.05)


@pytest.mark.parametrize("kind", [WsgiSite, FlaskSite, DjangoSite], ids=lambda kind: kind.name)
@pytest.mark.parametrize("sent", [b"", b"x", b"x" * 5000])
def test_body_that_never_comes_is_given_up(open_site, hurried, kind, sent):
    """The person is told all the same; without a bound in time this test would not end."""
    site = open_site(kind)
    browser = site.logged_in()
    site.clock.advance(IDLE)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    port = int(site.url.rpartition(":")[2])
    line = login_timeout_to(port, cookie, "Content-Length: 100000", sent)
    assert b" 440 " in line


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@contextmanager
def wsgiref_server(app):
    server = make_server("127.0.0.1", 0, app, WSGIServer, Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def werkzeug_server(app):
    with serve(app) as url:
        yield int(url.rpartition(":")[2])


@pytest.mark.parametrize("server", [wsgiref_server, werkzeug_server])
def test_connection_is_found_beneath_the_usual_servers(hurried, server):
    """Its reading side is shut after a while, and the answer still goes out."""
    clock = FakeClock()
    app = Session440Middleware(Response("ok"), secret_key="a long random text", clock=clock)
    ticket = app.engine.signer.dumps(an_old_ticket(clock))
    with server(app) as port:
        line = login_timeout_to(port, f"login440={ticket}", "Content-Length: 1000", b"xyz")
    assert b" 440 " in line


def an_old_ticket(clock):
    return Ticket("id", "alice", clock() - IDLE, clock() - IDLE)


@pytest.mark.slow
@pytest.mark.parametrize("worker", ["sync", "gthread"])
def test_slow_senders_hold_no_worker_of_gunicorn(tmp_path, worker):
    """One worker with one thread: whoever comes after a slow sender is served."""
    options = ("--worker-class", worker, "--threads", "1", "--workers", "1")
    with gunicorn("slow_site:app", tmp_path / "log", *options) as port:
        cookie = old_cookie()
        for head in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as slow:
                request = f"POST / HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n{head}\r\n\r\n"
                slow.sendall(request.encode())
                assert visitor_is_served(port)
                assert b" 440 " in slow.makefile("rb").readline()


def old_cookie():
    """Return the ticket of a login to ``slow_site`` that is over."""
    site = Session440Middleware(Response("ok"), secret_key="a long random text for the tests")
    now = site.engine.clock()
    return f"login440={site.engine.signer.dumps(an_old_ticket(lambda: now))}"


def visitor_is_served(port):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as visitor:
        visitor.sendall(b"GET /any HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return b" 200 " in visitor.makefile("rb").readline()


def test_body_in_memory_needs_no_bound(monkeypatch):
    """Nor a thread to watch it: no timer is started."""
    monkeypatch.delattr(reading, "Timer")
    with reading.read_within(1.0, {"wsgi.input": object()}):
        pass
