"""Finds what blocks an event loop: calls that wait in its thread, made by code of ours.

How long a callback takes would tell how busy the machine is as well. So nothing is measured: a
call that may wait is noted if it is made while the thread runs a loop, and a frame of session440
is on the stack. (What drivers do in C is not seen: for these there is the store that hangs.)
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OURS = str(Path(__file__).parent.parent / "session440")
#: https://docs.python.org/3/library/audit_events.html
EVENTS = {"time.sleep", "sqlite3.connect", "socket.getaddrinfo", "subprocess.Popen"}
WAITING = ("connect", "recv", "recv_into", "send", "sendall", "accept")

_found: list[str] = []
_is_on = threading.Event()


def _note(what: str) -> None:
    if not _is_on.is_set() or asyncio._get_running_loop() is None:
        return
    frames = traceback.extract_stack(sys._getframe(2))
    if any(frame.filename.startswith(OURS) for frame in frames):
        _found.append(f"{what}\n{''.join(traceback.format_list(frames[-12:]))}")


def _audit(event: str, arguments: tuple) -> None:
    if event in EVENTS:
        _note(event)


def _watched(name: str):
    plain = getattr(socket.socket, name)

    def method(self, *args):
        if self.gettimeout() != 0:  # those of a loop never wait
            _note(f"socket.{name}")
        return plain(self, *args)

    return method


def _install() -> None:
    sys.addaudithook(_audit)
    for name in WAITING:
        setattr(socket.socket, name, _watched(name))


@contextmanager
def nothing_blocks() -> Iterator[None]:
    """Fail if code of ours makes a loop of this process wait until the end of the block."""
    if not hasattr(socket.socket.recv, "__code__"):  # not yet
        _install()
    _found.clear()
    _is_on.set()
    try:
        yield
    finally:
        _is_on.clear()
    assert not _found, _found[0]
