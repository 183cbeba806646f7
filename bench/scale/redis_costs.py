"""What a call costs Redis: its processor's time, and the bytes that it keeps.

How long a call takes is not measured: that is for the most part the network and the client.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from redis.connection import AbstractConnection, Connection

from ..filled import FilledRedis, filled_redis
from .calls import CALLS, ROUNDS, Call, Calls, folders
from .model import Costs

LOGINS = 100_000
CONNECTIONS = 50


def redis_costs() -> tuple[Costs, Costs, str]:
    """Return the costs of a server alone, of one of a Cluster, and the version."""
    with ExitStack() as stack:
        places = stack.enter_context(folders(2))
        told, twin = (stack.enter_context(filled_redis(each, LOGINS)) for each in places)
        calls, warm = Calls(LOGINS), Calls(LOGINS)
        for each in (told, twin):
            for call in (warm.touch(), warm.end()):
                call(each.store)  # so that both know these scripts
        methods = {"find": calls.find, "touch": calls.touch, "insert": calls.insert}
        methods |= {"end": calls.end, "generation": calls.generation}
        cpu = {name: _cpu(told, twin, make) for name, make in methods.items()}
        told.store._servers.is_cluster = True  # it speaks to one server as to a Cluster
        clustered = {**cpu, "touch": _cpu(told, twin, calls.touch)}
        size = told.bytes_per_login
        return (
            Costs("Redis", cpu, size, {}, {}),
            Costs("Redis Cluster", clustered, size, {}, {}),
            told.version,
        )


def _cpu(told: FilledRedis, twin: FilledRedis, make: Callable[[], Call]) -> float:
    """Return the microseconds of a call: what one server is told is said to its twin.

    The twin holds the same, and hears it from many connections at once, as a busy server does;
    one that is asked one thing at a time spends more on each.
    """
    client = twin.store._servers._client()
    lines = [Connection(**client.connection_pool.connection_kwargs) for _ in range(CONNECTIONS)]
    for each in lines:
        each.connect()
    spent = min(_round(lines, told, twin, make) for _ in range(ROUNDS))
    for each in lines:
        each.disconnect()
    return spent * 1e6 / CALLS


def _round(
    lines: list[Connection], told: FilledRedis, twin: FilledRedis, make: Callable[[], Call]
) -> float:
    messages = [said for _ in range(CALLS) for said in _said(make(), told)]
    before = _seconds(twin)
    for first in range(0, len(messages), CONNECTIONS):
        _say_at_once(lines, messages[first : first + CONNECTIONS])
    return _seconds(twin) - before


def _say_at_once(lines: list[Connection], messages: list[Any]) -> None:
    for line, message in zip(lines, messages, strict=False):
        line.send_packed_command(message)
    for line, _ in zip(lines, messages, strict=False):
        line.read_response()


def _said(call: Call, filled: FilledRedis) -> list[Any]:
    """Make the call, and return what its store said to the server."""
    said, send = [], AbstractConnection.send_packed_command

    def note(connection: Any, command: Any, check_health: bool = True) -> None:
        said.append(command)
        send(connection, command, check_health)

    AbstractConnection.send_packed_command = note
    try:
        call(filled.store)
    finally:
        AbstractConnection.send_packed_command = send
    return said


def _seconds(filled: FilledRedis) -> float:
    used = filled._server.command("INFO", "cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])
