"""What the URLs of Redis servers say: where they are, and with which options."""

# mypy: allow-untyped-calls
# (redis-py leaves some of its functions without types: parse_url, ClusterNode, Sentinel.)

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.connection import parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel

from ..exceptions import ConfigurationError

_PORT, _SENTINEL_PORT = 6379, 26379
_FORMS = (
    "redis://host:port/db, redis+sentinel://host:port,host:port/service or "
    "redis+cluster://host:port,host:port"
)


class SentinelPlace(NamedTuple):
    """The Sentinels of a service, with their options, and those of its server."""

    hosts: list[tuple[str, int]]
    watchers: dict[str, Any]
    service: str
    options: dict[str, Any]


class ClusterPlace(NamedTuple):
    """Some nodes of a Cluster, and the options of each."""

    hosts: list[tuple[str, int]]
    options: dict[str, Any]


def kind_of(url: str) -> str:
    """Return ``"sentinel"`` or ``"cluster"``; ``""`` for one server."""
    return urlsplit(url).scheme.partition("+")[2]


def opener(
    client_or_url: Redis | RedisCluster | str, timeout: float
) -> Callable[[], Redis | RedisCluster]:
    """Read the URL now, and return a function that connects.

    :raises ConfigurationError: if the URL is malformed.
    """
    if not isinstance(client_or_url, str):
        return lambda: client_or_url
    url = client_or_url
    try:
        if kind_of(url) == "sentinel":
            return _sentinel(sentinel_place(url, timeout))
        if kind_of(url) == "cluster":
            return _cluster(cluster_place(url, timeout))
        pool = _single(url, timeout).connection_pool
        pool.connection_class(**pool.connection_kwargs)  # to check its options; it connects later
    except (ValueError, TypeError):
        # Without the text of the error, which may show the password.
        raise ConfigurationError(f"a Redis URL is malformed; give {_FORMS}") from None
    return lambda: _single(url, timeout)


def options_of(timeout: float) -> dict[str, Any]:
    """Return the options of each connection.

    RESP2, because with RESP3 redis-py's pool hands out connections that their server has
    closed: it relies on notifications that only Redis Enterprise sends.
    """
    return {"socket_timeout": timeout, "socket_connect_timeout": timeout, "protocol": 2}


def sentinel_place(url: str, timeout: float) -> SentinelPlace:
    """Return what the URL of a service behind Sentinel says."""
    service, _, db = urlsplit(url).path.strip("/").partition("/")
    if not service:
        raise ValueError("no service")
    places = _places(url)
    login = {key: value for key, value in places[0].items() if key not in ("host", "port")}
    # They are asked one after the other, so all of them share the time for one server.
    watchers = options_of(timeout / len(places))
    options = {**options_of(timeout), "db": int(db or 0), **login}
    return SentinelPlace(_hosts(places, _SENTINEL_PORT), watchers, service, options)


def cluster_place(url: str, timeout: float) -> ClusterPlace:
    """Return what the URL of a Cluster says."""
    first, *others = _places(url)
    is_secure = urlsplit(url).scheme.startswith("rediss")
    options = {**options_of(timeout), **first, "ssl": is_secure, "require_full_coverage": False}
    return ClusterPlace(_hosts(others, _PORT), options)


def _places(url: str) -> list[dict[str, Any]]:
    """Return each of a URL's hosts, read as redis-py reads a URL with one host."""
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    return [parse_url(f"redis://{login}{at}{host}?{parts.query}") for host in hosts.split(",")]


def _hosts(places: list[dict[str, Any]], port: int) -> list[tuple[str, int]]:
    return [(each.get("host", "localhost"), each.get("port", port)) for each in places]


def _once() -> Retry:
    """Return a rule that tries nothing again.

    An ``end`` that was run but not answered would, tried again, hear that another caller came
    first. Retries are not needed for a connection that its server has closed: the pool
    replaces it before it hands it out.
    """
    return Retry(NoBackoff(), 0)


def _single(url: str, timeout: float) -> Redis:
    return Redis.from_url(url, **options_of(timeout), retry=_once())


def _sentinel(place: SentinelPlace) -> Callable[[], Redis]:
    watchers = {**place.watchers, "retry": _once()}
    options = {"retry": _once(), **place.options}
    return lambda: Sentinel(place.hosts, sentinel_kwargs=watchers).master_for(
        place.service, **options
    )


def _cluster(place: ClusterPlace) -> Callable[[], RedisCluster]:
    def connect() -> RedisCluster:
        # To connect, it asks one node which commands there are. If that node is dead, it needs
        # a second try to ask another one.
        client = RedisCluster(
            startup_nodes=[ClusterNode(*each) for each in place.hosts],
            retry=Retry(NoBackoff(), 1),
            **place.options,
        )
        client.retry.update_retries(_once().get_retries())
        return client

    return connect
