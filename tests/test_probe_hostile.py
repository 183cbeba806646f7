"""The probe before sites that are hostile, broken or not there."""

from __future__ import annotations

import gzip
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat

import pytest
from click.testing import CliRunner
from clock import MachineClock
from findings import ids
from ports import free_port
from serving import serve
from sites import FlaskSite

from session440.cli.probe import command
from session440.probe import ask, probe
from session440.probe.answer import LONGEST_BODY


@pytest.fixture
def clock() -> MachineClock:
    """Right, as far as a test says nothing else: the probe compares clocks."""
    return MachineClock()


@contextmanager
def raw(*chunks, pause: float = 0) -> Iterator[tuple[str, list]]:
    """A server that says what it likes to each who connects."""
    connected: list = []
    is_over = threading.Event()

    def answer(connection) -> None:
        with connection:
            try:
                connection.recv(4096)
                for chunk in chunks:
                    for piece in [chunk] if isinstance(chunk, bytes) else chunk:
                        connection.sendall(piece)
                        if pause and is_over.wait(pause):
                            return
            except OSError:
                pass  # the probe has had enough

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connected.append(threading.Thread(target=answer, args=[connection]))
            connected[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", connected
        finally:
            is_over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in connected:
                each.join()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ESCAPES = b"\x1b]0;owned\x07\xc2\x9b31m"

HOSTILE = {
    "endless body": (
        [OK + b"\r\n", repeat(b"a" * 65536)],
        0,
        "E070",
        "without session440's status",
    ),
    "endless compressed body": (
        [OK + b"Content-Encoding: gzip\r\n\r\n", repeat(b"\x1f\x8b" * 32768)],
        *(0, "E070", "without session440's status"),
    ),
    "endless chunks": (
        [OK + b"Transfer-Encoding: chunked\r\n\r\n", repeat(b"1000\r\n" + b"a" * 4096 + b"\r\n")],
        *(0, "E070", "without session440's status"),
    ),
    "broken chunks": (
        [OK + b"Transfer-Encoding: chunked\r\n\r\nwhat?\r\n"],
        *(0, "E070", "without session440's status"),
    ),
    "deep JSON": ([OK + b"\r\n", b"[" * 200_000], 0, "E070", "without session440's status"),
    "a number of many digits": (
        [OK + b"\r\n", b"9" * 200_000],
        0,
        "E070",
        "without session440's status",
    ),
    "a body that is cut": (
        [OK + b'Content-Length: 99\r\n\r\n{"state": "anonymous"}'],
        *(0, "E070", "without session440's status"),
    ),
    "endless headers": ([OK, repeat(b"X-Many: a\r\n")], 0, "E079", "cannot be read as HTTP"),
    "an endless header": ([OK, repeat(b"a" * 65536)], 0, "E079", "cannot be read as HTTP"),
    "garbage": ([b"\x00\xff\x13\x37" * 99], 0, "E079", "cannot be read as HTTP"),
    "an SSH server": ([b"SSH-2.0-OpenSSH_9\r\n"], 0, "E079", "cannot be read as HTTP"),
    "nothing": ([b""], 0, "E079", "cannot be read as HTTP"),
    "silence": ([b"", [b""]], 9, "E079", "no whole answer within 0.5 seconds"),
    "a trickle of headers": (
        [OK, repeat(b"a", 500)],
        0.02,
        "E079",
        "no whole answer within 0.5 seconds",
    ),
    "a trickle of a body": ([OK + b"\r\n", repeat(b"a", 500)], 0.02, "E079", "no whole answer"),
    "escapes": (
        [b"HTTP/1.1 302 " + ESCAPES + b"\r\nLocation: /" + ESCAPES + b"\r\n\r\n"],
        *(0, "E070", r"302 \x1b]0;owned\x07\xc2\x9b31m, to /\x1b]0;owned\x07\xc2\x9b31m"),
    ),
    "a long phrase": ([b"HTTP/1.1 404 " + b"a" * 9999 + b"\r\n\r\n"], 0, "E070", "aaaa..."),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_site_is_one_finding_soon(name):
    """Those that dawdle are cut off by the time, and all others by what they send."""
    chunks, pause, id, found = HOSTILE[name]
    timeout = "0.5" if pause else "60"
    with raw(*chunks, pause=pause) as (url, connected):
        result = CliRunner().invoke(command, [url, "--timeout", timeout], catch_exceptions=False)
    assert result.exit_code == 1
    assert len(connected) == 1
    assert result.output.count("session440.") - result.output.count("session440.py") == 1
    assert f"session440.{id}: " in result.output
    assert found in result.output
    assert all(each.isprintable() or each in "\n\t" for each in result.output)


def test_what_is_compressed_is_not_blown_up():
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < LONGEST_BODY
    with raw(OK + b"Content-Encoding: gzip\r\n\r\n", bomb) as (url, _):
        report = ask(url)
    assert ids(report.findings) == ["E070"]
    assert len(report.asked[0].text) == LONGEST_BODY


def test_what_is_changed_at_random_breaks_nothing():
    """Answers of a real site, with bytes of them replaced."""
    whole = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Tue, 24 Nov 2026 17:04:41 GMT"
        b"\r\nAge: 0\r\nContent-Encoding: gzip\r\nSet-Cookie: a-sample=; Path=/\r\n"
        b"Session440-Sample: abc\r\nContent-Length: 22\r\n\r\n" + b'{"state": "anonymous"}'
    )
    chance = random.Random(440)
    for _ in range(100):
        text = bytearray(whole if chance.random() < 0.5 else whole.replace(b": gzip", b": none"))
        for _ in range(chance.randrange(4)):
            text[chance.randrange(len(text))] = chance.randrange(256)
        with raw(bytes(text)) as (url, _):
            findings = probe(url, timeout=2)
        assert findings
        assert all(line.isprintable() for each in findings for line in each)


def test_nobody_there_is_one_finding():
    (finding,) = probe(f"http://127.0.0.1:{free_port()}")
    assert finding.id == "session440.E079"
    assert "Connection refused" in finding.found
    (finding,) = probe("http://nowhere.invalid/")
    assert finding.id == "session440.E079"


def test_a_phrase_that_is_lost_is_harmless(open_site):
    app = open_site(FlaskSite).app

    def shouting(environ, start_response):
        def start(status, *args):
            return start_response(status.replace("Login Timeout", "UNKNOWN"), *args)

        return app(environ, start)

    with serve(shouting) as url:
        (finding,) = probe(url)
    assert finding.id == "session440.W078"
    assert "440 UNKNOWN" in finding.found
    assert finding.level == "warning"
