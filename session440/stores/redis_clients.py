"""Clients of Redis from its URLs: they fail fast, and always with the same error."""

# mypy: allow-untyped-calls
# (redis-py leaves some of its functions without types: parse_url, ClusterNode, Sentinel.)

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from redis import Redis, RedisCluster
from redis import exceptions as fault

from ..exceptions import StoreError
from ..greenlets import is_spawned
from .loops import ByLoop
from .redis_connections import RAW, Connections
from .redis_scripts import Script
from .redis_urls import kind_of, opener

if TYPE_CHECKING:
    from .redis_awaited import AwaitedConnections

logger = logging.getLogger("session440.stores")

_BATCH = 500  # keys asked for at once

_FAULTS = (fault.RedisError, fault.RedisClusterException, OSError)


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what redis-py raises into a ``StoreError``.

    It names only the kind, because there may be a password in the text.
    """
    try:
        yield
    except _FAULTS as error:
        raise StoreError(f"Redis fails: {type(error).__name__}") from error


class Servers:
    """One server, one behind Sentinel, or a Cluster: runs commands where their keys are.

    A failure raises a :class:`StoreError`; a key that holds another type is no failure.
    """

    def __init__(self, client_or_url: Redis | RedisCluster | str, timeout: float) -> None:
        self._open = opener(client_or_url, timeout)
        url = client_or_url if isinstance(client_or_url, str) else None
        self.is_cluster = isinstance(client_or_url, RedisCluster) or (
            url is not None and kind_of(url) == "cluster"
        )
        self._may_keep = url is not None and not kind_of(url)
        self._awaited = None if url is None else _awaited(url, timeout)
        # By process, because a fork must share neither a connection nor a lock.
        self._by_process: dict[int, Connections] = {}

    def fields(self, key: str) -> dict[bytes, bytes] | None:
        """Return the fields of a hash and their values, or ``None`` if *key* holds another type.

        It takes one round trip, and a second one if its connection turns out to be closed.
        """
        try:
            return self._connections().fields(key)
        except _FAULTS as error:
            with _failures():
                _pass_over(key, error)
            return None

    @_failures()
    def ask(self, command: str, key: str, *args: Any) -> Any:
        """Return what a command answers, or ``None`` if *key* holds another type.

        It takes one round trip.
        """
        return self._execute(key, command, key, *args)

    @_failures()
    def run(self, script: Script, key: str, *args: Any) -> Any:
        """Return what a script answers.

        It takes one round trip, or two to a server that does not know the script yet.
        """
        try:
            return self._execute(key, "EVALSHA", script.sha, 1, key, *args)
        except fault.NoScriptError:
            return self._execute(key, "EVAL", script.text, 1, key, *args)

    @_failures()
    def ask_each(self, command: str, keys: list[str]) -> dict[str, Any]:
        """Return what a command answers for each key, in one round trip to each server."""
        return self._ask_all([(command, each) for each in keys], at=1)

    @_failures()
    def run_each(self, script: Script, keys: list[str], *args: Any) -> dict[str, Any]:
        """Return what a script answers for each key, in few round trips to each server."""
        # By its text: in the midst of others it cannot be sent again to a server that does not
        # know its name.
        commands = [("EVAL", script.text, 1, each, *args) for each in keys]
        found: dict[str, Any] = {}
        for start in range(0, len(commands), _BATCH):
            found |= self._ask_all(commands[start : start + _BATCH], at=3)
        return found

    @_failures()
    def facts(self) -> list[dict[str, Any]]:
        """Return what each server says about its memory and disk; ``save`` only if it may."""
        client = self._client()
        nodes = [client] if not isinstance(client, RedisCluster) else _primaries(client)
        return [
            {**each.info("memory"), **each.info("persistence"), **_save(each)} for each in nodes
        ]

    def batches(self, pattern: str) -> Iterator[list[str]]:
        """Yield the keys of all servers that match *pattern*, batch by batch."""
        with _failures():
            keys: list[str] = []
            for key in self._client().scan_iter(match=pattern, count=_BATCH):
                keys.append(key.decode() if isinstance(key, bytes) else key)
                if len(keys) == _BATCH:
                    yield keys
                    keys = []
            yield keys

    def _execute(self, key: str, *command: Any) -> Any:
        try:
            return self._client().execute_command(*command, **RAW)
        except fault.ResponseError as error:
            _pass_over(key, error)
            return None

    def _ask_all(self, commands: list[tuple[Any, ...]], at: int) -> dict[str, Any]:
        """Return each command's answer by its key, which is its argument number *at*."""
        by_key = {each[at]: each for each in commands}
        found: dict[str, Any] = {}
        for node, keys in self._connections().groups([*by_key]):
            found |= self._ask_together(node, {key: by_key[key] for key in keys})
        return found

    def _ask_together(self, node: Any, commands: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
        pipeline = node.pipeline(transaction=False)
        for command in commands.values():
            pipeline.execute_command(*command, **RAW)
        answers: list[Any]
        try:
            answers = pipeline.execute(raise_on_error=False)
        except fault.ConnectionError as error:
            answers = [error] * len(commands)
        # A command that failed is sent again by itself: a Cluster's client then learns where a
        # slot is now.
        return {
            key: self._execute(key, *command) if isinstance(each, Exception) else each
            for (key, command), each in zip(commands.items(), answers, strict=True)
        }

    def _client(self) -> Any:
        return self._connections().client()

    def _connections(self) -> Connections | AwaitedConnections:
        if self._awaited is not None and is_spawned():
            return self._awaited.get()
        process = os.getpid()
        if process not in self._by_process:
            # If two threads are first at the same time, the client of one of them stays.
            self._by_process.setdefault(process, Connections(self._open(), self._may_keep))
        return self._by_process[process]


def _awaited(url: str, timeout: float) -> ByLoop[AwaitedConnections]:
    """Return the connections of coroutines, by their event loops."""

    def connections() -> AwaitedConnections:
        from .redis_awaited import open_connections

        return open_connections(url, timeout)

    return ByLoop(connections, lambda each: each.aclose())


def _pass_over(key: str, error: Exception) -> None:
    """Log that *key* holds another type, or raise any other *error*."""
    # Before Redis 7 the word is in the middle of a script's error.
    if not isinstance(error, fault.ResponseError) or "WRONGTYPE" not in str(error):
        raise error
    logger.warning("Redis at %s holds no record: WRONGTYPE; it is treated as missing", key)


def _primaries(client: RedisCluster) -> list[Redis]:
    return [client.get_redis_connection(each) for each in client.get_primaries()]


def _save(node: Redis) -> dict[Any, Any]:
    """Return when it saves; a managed server, which refuses CONFIG, returns nothing."""
    try:
        return {**node.config_get("save")}
    except fault.ResponseError:
        return {}
