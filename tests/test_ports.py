"""No two servers of the tests are given one port, whichever process starts them."""

import socket
import subprocess
import sys
from pathlib import Path

import ports
import pytest
from ports import BUS, HOST, free_port

FIVE = """
from ports import free_port
print(*(free_port() for _ in range(5)), flush=True)
open(0).read()  # lives until it is let go
"""


def test_ports_of_two_processes_differ_though_nothing_listens_on_them_yet():
    with _asking() as one, _asking() as other:
        ports = [*_given(one), *_given(other)]
    assert len(set(ports)) == 10


@pytest.mark.parametrize("above", [0, BUS])
def test_a_port_that_is_taken_is_passed_over_and_one_whose_cluster_bus_is(above, monkeypatch):
    taken, following = free_port(), free_port()
    monkeypatch.setattr(ports, "_ports", iter([taken, following]))
    with socket.create_server((HOST, taken + above)):
        assert free_port() == following


def _asking() -> subprocess.Popen:
    pipe, folder = subprocess.PIPE, Path(__file__).parent
    return subprocess.Popen([sys.executable, "-c", FIVE], cwd=folder, stdin=pipe, stdout=pipe)


def _given(process: subprocess.Popen) -> list[int]:
    return [int(port) for port in process.stdout.readline().split()]
