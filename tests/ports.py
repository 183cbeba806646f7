"""Ports for the servers of the tests, which nobody else takes before the server listens.

A port that the system chooses (0) is free again once it is closed, and another process of the
tests may be given it while the server still starts. Its requests then reach a stranger. So each
process claims blocks of its own, below those that the system chooses from (32768 on Linux).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

HOST = "127.0.0.1"
BLOCK = 100
FIRSTS = range(12_000, 22_000, BLOCK)
#: A node of a Redis Cluster takes the port that is so far above its own, too.
BUS = 10_000

_claims: list[socket.socket] = []  # held as long as this process lives


def free_port() -> int:
    """Return a port that no other process of the tests is given."""
    return next(port for port in _ports if _is_free(port) and _is_free(port + BUS))


def _of_claimed_blocks() -> Iterator[int]:
    for first in FIRSTS:
        if _claim(first):
            yield from range(first + 1, first + BLOCK)


def _claim(port: int) -> bool:
    claim = socket.socket()
    try:
        claim.bind((HOST, port))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


_ports = _of_claimed_blocks()
