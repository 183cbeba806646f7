"""Connections of redis.asyncio, whose commands await in a coroutine's greenlet."""

# mypy: allow-untyped-calls
# (redis-py leaves some of its functions without types.)

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

from redis import exceptions as fault
from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from ..greenlets import await_only
from .redis_connections import RAW
from .redis_urls import cluster_place, kind_of, options_of, sentinel_place
from .within import within

T = TypeVar("T")

#: How many commands are on their way at the same time. There may be thousands of coroutines, and
#: redis-py refuses more than 100 connections.
_AT_ONCE = 50
#: For how many times as long as for an answer a command waits for its turn, and for a Cluster's
#: nodes to be found.
_PATIENCE = 5


def open_connections(url: str, timeout: float) -> AwaitedConnections:
    """Return the connections of one event loop; they are opened when they are needed."""
    kind = kind_of(url)
    if kind == "sentinel":
        return _sentinel(url, timeout)
    if kind == "cluster":
        return _cluster(url, timeout)
    pool = ConnectionPool.from_url(url, **options_of(timeout), retry=_once())
    client = Redis.from_pool(pool)
    return AwaitedConnections(client, Commands(client, timeout), timeout, pool.max_connections)


class AwaitedConnections:
    """What :class:`~session440.stores.redis_connections.Connections` does, for coroutines.

    It is its own client: it has those of a client's methods that are used.

    :param commands: has ``execute_command()``.
    :param most: how many there may be.
    :param others: what the client itself asks, to be closed with it.
    :param prepare: is awaited before each command.
    """

    def __init__(
        self,
        client: Any,
        commands: Any,
        timeout: float,
        most: int = _AT_ONCE,
        others: Sequence[Any] = (),
        prepare: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._client = client
        self._commands = commands
        self._prepare = prepare
        self._others = others
        self._timeout = timeout
        self._turns = asyncio.Semaphore(min(most, _AT_ONCE))

    def client(self) -> AwaitedConnections:
        """Return what runs commands."""
        return self

    def groups(self, keys: list[str]) -> list[tuple[AwaitedConnections, list[str]]]:
        """Return all keys in one group: the client of a Cluster itself groups them."""
        return [(self, keys)]

    def fields(self, key: str) -> dict[bytes, bytes]:
        """Return the fields of a hash and their values."""
        return dict(self.execute_command("HGETALL", key, **RAW))

    def execute_command(self, *command: Any, **options: Any) -> Any:
        """Return the answer to a command."""
        return self._wait_for(lambda: self._commands.execute_command(*command, **options))

    def pipeline(self, transaction: bool) -> AwaitedPipeline:
        """Return commands that are going to be sent together."""
        return AwaitedPipeline(self._client.pipeline(transaction=transaction), self._wait_for)

    def scan_iter(self, match: str, count: int) -> Iterator[bytes]:
        """Yield the keys of all servers that match."""
        keys = self._client.scan_iter(match=match, count=count)
        while (key := self._wait_for(lambda: anext(keys, None))) is not None:
            yield key

    async def aclose(self) -> None:
        """Close all of them."""
        for each in (self._client, *self._others):
            await each.aclose()

    def _wait_for(self, call: Callable[[], Awaitable[T]]) -> T:
        return await_only(self._in_turn(call))

    async def _in_turn(self, call: Callable[[], Awaitable[T]]) -> T:
        former = _cancellations()
        await self._soon(self._turns.acquire())
        try:
            if self._prepare is not None:
                await self._soon(self._prepare())
            result = await self._soon(call())
        finally:
            self._turns.release()
        if _cancellations() > former:
            # Until Python 3.12 wait_for(), by which redis-py sends, may lose one:
            # https://github.com/python/cpython/issues/86296
            raise asyncio.CancelledError
        return result

    async def _soon(self, awaitable: Awaitable[T]) -> T:
        try:
            return await within(_PATIENCE * self._timeout, awaitable)
        except asyncio.TimeoutError as error:
            raise fault.TimeoutError("no turn, no node or no answer in time") from error


class Commands:
    """Runs commands on connections of a client's pool, as the client does, in less time.

    The client has a task made for each command, so as to send it in time; and if the loop was busy
    it takes an answer that has come for one that has not.

    :param timeout: in which an answer must have come, unless the client's URL says otherwise.
    """

    def __init__(self, client: Redis, timeout: float) -> None:
        self._client = client
        self._pool = client.connection_pool
        self._limit = self._pool.connection_kwargs.get("socket_timeout") or timeout
        self._pool.connection_kwargs["socket_timeout"] = None

    async def execute_command(self, *command: Any, **_: Any) -> Any:
        """Return the answer; bytes stay bytes."""
        try:
            # A Sentinel may have to be asked first.
            connection = await within(2 * self._limit, self._pool.get_connection())
            try:
                answer = await within(self._limit, _ask(connection, command))
            finally:  # one that was too slow is closed by now
                await self._pool.release(connection)
        except asyncio.TimeoutError as error:
            raise fault.TimeoutError("no answer in time") from error
        read = self._client.response_callbacks.get(command[0])
        return answer if read is None else read(answer)


async def _ask(connection: Any, command: tuple[Any, ...]) -> Any:
    await connection.send_command(*command)
    return await connection.read_response(disable_decoding=True)


class AwaitedPipeline:
    """Commands that are sent together.

    :param wait_for: waits for what a function gives.
    """

    def __init__(self, pipeline: Any, wait_for: Callable[[Callable[[], Any]], Any]) -> None:
        self._pipeline = pipeline
        self._wait_for = wait_for

    def execute_command(self, *command: Any, **options: Any) -> None:
        """Add a command."""
        self._pipeline.execute_command(*command, **options)

    def execute(self, raise_on_error: bool) -> list[Any]:
        """Send them, and return their answers."""
        answers: list[Any] = self._wait_for(
            lambda: self._pipeline.execute(raise_on_error=raise_on_error)
        )
        return answers


def _cancellations() -> int:
    """Return how often the task was asked to end; Python 3.10 does not count."""
    count = getattr(asyncio.current_task(), "cancelling", None)
    return 0 if count is None else int(count())


def _once() -> Retry:
    # See redis_urls: what was run but not answered must not be run again.
    return Retry(NoBackoff(), 0)


def _sentinel(url: str, timeout: float) -> AwaitedConnections:
    place = sentinel_place(url, timeout)
    watchers = {**place.watchers, "retry": _once()}
    sentinel = Sentinel(place.hosts, sentinel_kwargs=watchers)
    client = sentinel.master_for(place.service, **{"retry": _once(), **place.options})
    commands = Commands(client, timeout)
    return AwaitedConnections(client, commands, timeout, others=sentinel.sentinels)


def _cluster(url: str, timeout: float) -> AwaitedConnections:
    place = cluster_place(url, timeout)
    nodes = [ClusterNode(*each) for each in place.hosts]
    client = RedisCluster(startup_nodes=nodes, retry=_once(), **place.options)
    # Its first commands, if there are several at once, disturb each other while it looks for its
    # nodes (seen with redis-py 8.1: "Connection closed by server").
    return AwaitedConnections(client, client, timeout, prepare=client.initialize)
