"""Connections of a client of redis-py, some of which are kept ready for reading."""

# mypy: allow-untyped-calls
# (redis-py leaves execute_command without types.)

from __future__ import annotations

from typing import Any

from redis import Redis, RedisCluster
from redis import exceptions as fault

#: Bytes stay bytes, even if a client decodes its answers.
RAW = {"NEVER_DECODE": True}


class Connections:
    """Runs commands by a client; may keep the connections that were used for reading.

    redis-py's pool asks the system, before each command, whether the server has closed the
    connection: a change must not be sent twice. What only reads may be, so a connection that
    is kept is used without asking, and a closed one shows by its failure. Each is used by one
    call at a time, whatever its thread. A command that needs the pool gives it one back first:
    so there are no more connections than calls at the same time, as without this.

    :param keeps: whether to keep connections; false for a client that other code uses too, for
        a Cluster, and for Sentinel, whose pool leaves a server that is no longer the master.
    """

    def __init__(self, client: Redis | RedisCluster, keeps: bool) -> None:
        self._client = client
        self._keeper = client if keeps and isinstance(client, Redis) else None
        self._kept: list[Any] = []  # its pop() and append() are atomic

    def client(self) -> Redis | RedisCluster:
        """Return the client, after one kept connection went back to its pool."""
        if self._keeper is not None and self._kept:
            try:
                self._keeper.connection_pool.release(self._kept.pop())
            except IndexError:
                pass  # another thread was faster
        return self._client

    def groups(self, keys: list[str]) -> list[tuple[Redis, list[str]]]:
        """Group keys by the servers that hold them."""
        client = self.client()
        if not isinstance(client, RedisCluster):
            return [(client, keys)]
        groups: dict[Redis, list[str]] = {}
        for key in keys:
            node = client.get_redis_connection(client.get_node_from_key(key))
            groups.setdefault(node, []).append(key)
        return list(groups.items())

    def fields(self, key: str) -> dict[bytes, bytes]:
        """Return the fields of a hash and their values; the command may be sent a second time."""
        if self._keeper is None:
            return dict(self._client.execute_command("HGETALL", key, **RAW))
        try:
            kept = self._kept.pop()
        except IndexError:
            return self._fields_by_pool(self._keeper, key)
        try:
            return self._fields(self._keeper, kept, key)
        except fault.ConnectionError:
            # Its server closed it, or was restarted. The pool gives one that is open.
            return self._fields_by_pool(self._keeper, key)

    def _fields_by_pool(self, keeper: Redis, key: str) -> dict[bytes, bytes]:
        return self._fields(keeper, keeper.connection_pool.get_connection(), key)

    def _fields(self, keeper: Redis, connection: Any, key: str) -> dict[bytes, bytes]:
        """Return the answer, and keep the connection if its answer was read whole."""
        try:
            connection.send_command("HGETALL", key)
            answer = connection.read_response(disable_decoding=True)
        except fault.ResponseError:  # an answer like others
            self._kept.append(connection)
            raise
        except BaseException:
            # A late answer would be taken for the next one's, as in CVE-2023-28858.
            connection.disconnect()
            keeper.connection_pool.release(connection)
            raise
        self._kept.append(connection)
        # RESP2 has no maps: https://redis.io/docs/latest/develop/reference/protocol-spec/
        return answer if isinstance(answer, dict) else dict(zip(*[iter(answer)] * 2, strict=True))
