"""Private Redis servers: one, one behind Sentinel, and a Cluster."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import programs
from freezing import freeze
from ports import free_port
from redis import Redis, RedisError

from session440.exceptions import StoreError

HOST = "127.0.0.1"
SERVICE = "logins"
SLOTS = 16384
#: Seconds until what a test waits for must have happened.
PATIENCE = 60
PAUSE = 0.02  # between two looks


class RedisServer:
    """A server on a port and in a folder of its own; it keeps nothing on disk by itself."""

    def __init__(self, folder: Path, *, mode: str = "", **config: Any) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        self._program = programs.find("redis-server")
        self._arguments = ["--sentinel"] if mode == "sentinel" else []
        self._config = {"bind": HOST, "port": self.port, "dir": folder, "save": "", **config}
        self._password = config.get("requirepass")

    def start(self) -> None:
        """Start it, again or for the first time, and wait until it answers."""
        path = self.folder / f"{self.port}.conf"
        if not path.exists():  # Sentinel and its servers write what they learn into theirs
            path.write_text("".join(f"{_option(*each)}\n" for each in self._config.items()))
        with open(self.folder / f"{self.port}.log", "ab") as log:
            self.process = subprocess.Popen(
                [self._program, str(path), *self._arguments],
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: self.command("PING"))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it, whatever state it is in."""
        self.thaw()
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()

    def freeze(self) -> None:
        """Let it keep its connections, but answer nothing."""
        freeze(self.process.pid)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def command(self, *args: Any) -> Any:
        with Redis(HOST, self.port, password=self._password, socket_timeout=PATIENCE) as client:
            return client.execute_command(*args)


@dataclass
class RedisCluster:
    """Three servers with a third of the slots each, and without replicas."""

    nodes: list[RedisServer]
    url: str

    def owner(self, key: str) -> RedisServer:
        """Give the node that holds *key*."""
        slot = self.nodes[0].command("CLUSTER KEYSLOT", key)
        return self.nodes[slot * len(self.nodes) // SLOTS]


@dataclass
class RedisSentinel:
    """A server, its replica, and the Sentinels that watch them."""

    servers: list[RedisServer]
    sentinels: list[RedisServer]
    url: str = field(default="")

    def master_port(self) -> int:
        """Ask a Sentinel whom it takes for the master."""
        return int(self.sentinels[0].command("SENTINEL MASTER", SERVICE)["port"])


@contextmanager
def redis_server(folder: Path, **config: Any) -> Iterator[RedisServer]:
    """Run one server with options of ``redis.conf``, their hyphens written as underscores."""
    server = RedisServer(folder, **config)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def redis_cluster(folder: Path) -> Iterator[RedisCluster]:
    """Run a Cluster in which the slots of a dead node are lost, and the others go on."""
    config = {"cluster_enabled": "yes", "cluster_require_full_coverage": "no"}
    with ExitStack() as stack:
        nodes = [_started(stack, folder, **config, cluster_config_file=each) for each in "abc"]
        for number, node in enumerate(nodes):
            first, end = (-(-SLOTS * each // len(nodes)) for each in (number, number + 1))
            node.command("CLUSTER ADDSLOTS", *range(first, end))
            node.command("CLUSTER MEET", HOST, nodes[0].port)
        for node in nodes:
            wait_until(lambda node=node: _is_whole(node))
        hosts = ",".join(f"{HOST}:{node.port}" for node in nodes)
        yield RedisCluster(nodes, f"redis+cluster://{hosts}")


@contextmanager
def redis_sentinel(folder: Path) -> Iterator[RedisSentinel]:
    """Run a server, its replica and a Sentinel that needs a second to miss a server."""
    with ExitStack() as stack:
        master = _started(stack, folder)
        replica = _started(stack, folder, replicaof=f"{HOST} {master.port}")
        wait_until(lambda: _is_replicated(replica))
        sentinel = _started(
            stack, folder, mode="sentinel", sentinel_monitor=f"{SERVICE} {HOST} {master.port} 1"
        )
        sentinel.command("SENTINEL", "SET", SERVICE, "down-after-milliseconds", 1000)
        sentinel.command("SENTINEL", "SET", SERVICE, "failover-timeout", 2000)
        wait_until(lambda: sentinel.command("SENTINEL REPLICAS", SERVICE))
        url = f"redis+sentinel://{HOST}:{sentinel.port}/{SERVICE}/0"
        yield RedisSentinel([master, replica], [sentinel], url)


@contextmanager
def monitored(server):
    """Give the commands that clients send meanwhile."""
    seen: list[str] = []
    patient = Redis(HOST, server.port, socket_timeout=PATIENCE)
    with Redis(HOST, server.port) as marker, patient as watcher:
        marker.ping()
        with watcher.monitor() as monitor:
            yield seen
            marker.echo("the end")
            for each in monitor.listen():
                if "the end" in each["command"]:
                    return
                if each["client_type"] != "lua":
                    seen.append(each["command"].partition(" ")[0])


def wait_until(happens: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Ask again and again; a server that does not answer has not done it."""
    for _ in range(int(patience / PAUSE)):
        try:
            if happens():
                return
        except (RedisError, StoreError):
            pass
        Event().wait(PAUSE)
    raise TimeoutError(f"did not happen within {patience} s")


def _started(stack: ExitStack, folder: Path, **config: Any) -> RedisServer:
    return stack.enter_context(redis_server(folder, **config))


def _option(name: str, value: Any) -> str:
    words = "sentinel monitor" if name == "sentinel_monitor" else name.replace("_", "-")
    return f"{words} {value or chr(34) * 2}"


def _is_whole(node: RedisServer) -> bool:
    state = node.command("CLUSTER INFO")
    return state["cluster_state"] == "ok" and state["cluster_known_nodes"] == "3"


def _is_replicated(replica: RedisServer) -> bool:
    return replica.command("INFO", "replication")["master_link_status"] == "up"
