"""Logins in Redis or Valkey (6.2 or later): one server, one behind Sentinel, or a Cluster."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from redis import Redis, RedisCluster

from ..cause import Cause
from ..core.record import Record, digest, is_stored_id
from ..core.ticket import SKEW
from .many import batches
from .nodes import NODE_STAYS, Node
from .notes import NOTES_SWEPT
from .reading import read_record
from .recent import Lately
from .redis_clients import Servers
from .redis_scripts import (
    ANNOUNCE,
    END,
    END_FORMER,
    ENTER,
    GENERATION,
    INSERT,
    MOVE_END,
    NOTE,
    NOTES,
    TIME,
    TOUCH,
    VALID_FROM,
)
from .redis_slots import slot_tag, slot_tags

#: The fields of a record's hash, by their names there. Its id is in its key.
_FIELDS = {name.encode(): name for name in Record._fields if name != "id"}
#: Those that it leaves out if they have no value.
_OPTIONAL = {"not_after": None, "cause": None, "ended_at": None}
#: How many keys are asked for in one round trip.
_BATCH = 500
#: An index lives this many milliseconds longer than its tickets: it is written just before them.
_INDEX_STAYS = 60_000
_GENERATION = 16


class RedisStore:
    """Keeps each login in a hash, and the ids of a subject's logins in a sorted set, its index.

    Each login has a hash slot of its own, and its index has another, so that a Cluster spreads
    them. The index is written before the login: a reader of the index may find an entry
    without a login, which disappears in time, but misses no login. Each touch puts back an
    entry that was lost. In a Cluster this takes a second round trip; so there it is done only
    once in half of the time for which the entry stays.

    :param client_or_url: a client of redis-py, which runs every command, with its own timeouts,
        retries and connections; or a URL of redis-py (``redis://``, ``rediss://``, ``unix://``), or
        ``redis+sentinel://user:password@host:port,host:port/SERVICE/DB``, where the password
        is the server's, or ``redis+cluster://host:port,host:port``, or ``rediss+cluster://``.
    :param timeout: how many seconds to wait for a silent server.
    """

    def __init__(
        self,
        client_or_url: Redis | RedisCluster | str,
        *,
        prefix: str = "session440",
        timeout: float = 0.2,
    ) -> None:
        self._servers = Servers(client_or_url, timeout)
        #: A client of the site's own blocks; see :mod:`session440.stores.awaiting`.
        self.awaits = isinstance(client_or_url, str)
        self._prefix = prefix
        self._entered = Lately(-math.inf)  # when this process last renewed a login's index entry

    def find(self, id: str) -> Record | None:
        """See :meth:`TicketStore.find <session440.stores.TicketStore.find>`."""
        return self._record(id, self._servers.fields(self._key(id)))

    def find_many(self, ids: Sequence[str]) -> dict[str, Record]:
        """See :meth:`FindsMany.find_many <session440.stores.many.FindsMany.find_many>`."""
        found = {}
        for some in batches(ids, _BATCH):
            held = self._servers.ask_each("HGETALL", [self._key(id) for id in some])
            found.update({id: self._record(id, held[self._key(id)]) for id in some})
        return {id: record for id, record in found.items() if record is not None}

    def insert(self, record: Record) -> bool:
        """See :meth:`TicketStore.insert <session440.stores.TicketStore.insert>`."""
        index = digest(record.subject)
        keep = _milliseconds(record.keep_until - max(record.seen_at, record.ended_at or 0))
        order = self._servers.run(ENTER, self._index(index), record.id, keep + _INDEX_STAYS)
        fields = {**_fields(record), "index": index, "order": order}
        pairs = [part for pair in fields.items() for part in pair]
        key = self._key(record.id)
        return bool(self._servers.run(INSERT, key, keep, self._valid_from(key), *pairs))

    def touch(self, id: str, seen_at: float, keep_until: float) -> bool:
        """See :meth:`TicketStore.touch <session440.stores.TicketStore.touch>`."""
        keep = _milliseconds(keep_until - seen_at)
        stay = keep + _INDEX_STAYS
        indexes = "" if self._servers.is_cluster else self._index("")
        moved = (repr(float(seen_at)), repr(float(keep_until)))
        index = self._servers.run(TOUCH, self._key(id), id, *moved, keep, stay, indexes)
        if index and self._servers.is_cluster and self._is_to_be_entered(id, seen_at, keep):
            self._servers.run(ENTER, self._index(index.decode()), id, stay)
            self._entered.note(id, seen_at)
        return index is not None

    def _is_to_be_entered(self, id: str, now: float, keep: int) -> bool:
        """Return whether half of the time for which its index entry stays may be over."""
        return not 0 <= now - self._entered.get(id) < keep / 2000

    def end(self, id: str, cause: Cause | None, at: float) -> bool:
        """See :meth:`TicketStore.end <session440.stores.TicketStore.end>`."""
        values = (repr(float(at)), cause.value if cause else "")
        return bool(self._servers.run(END, self._key(id), *values))

    def by_subject(self, subject: str) -> list[Record]:
        """See :meth:`TicketStore.by_subject <session440.stores.TicketStore.by_subject>`."""
        index = self._index(digest(subject))
        entries = map(_decoded, self._servers.ask("ZRANGE", index, 0, -1) or ())
        ids = [str(each) for each in entries if is_stored_id(each)]
        held = self._servers.ask_each("HGETALL", [self._key(id) for id in ids])
        found = [self._record(id, held[self._key(id)]) for id in ids]
        records = [each for each in found if each and each.subject == subject]
        ended = [each.id for each in records if not each.is_live]
        if ended:
            self._servers.ask("ZREM", index, *ended)
        live = [each for each in records if each.is_live]
        return sorted(live, key=lambda each: held[self._key(each.id)].get(b"order", b""))

    def purge(self, now: float, limit: int = 1000) -> int:
        """See :meth:`TicketStore.purge <session440.stores.TicketStore.purge>`."""
        return 0

    def generation(self, id: str) -> str:
        """See :meth:`TicketStore.generation <session440.stores.TicketStore.generation>`."""
        return _generation(self._servers.run(GENERATION, self._valid_from(self._key(id))))

    def generations(self, ids: Sequence[str]) -> dict[str, str]:
        """See :meth:`FindsMany.generations <session440.stores.many.FindsMany.generations>`."""
        keys = {id: self._valid_from(self._key(id)) for id in ids}
        said = self._servers.run_each(GENERATION, [*set(keys.values())])
        return {id: _generation(said[key]) for id, key in keys.items()}

    def time(self) -> float:
        """See :meth:`NodeDirectory.time <session440.stores.nodes.NodeDirectory.time>`."""
        seconds, microseconds = self._servers.run(TIME, self._directory)
        return int(seconds) + int(microseconds) / 1e6

    def announce(self, node: Node, now: float) -> None:
        """See :meth:`NodeDirectory.announce <session440.stores.nodes.NodeDirectory.announce>`."""
        node = node.heard(now, self.time())
        said = (node.words, repr(float(node.heard_at)))
        self._servers.run(ANNOUNCE, self._directory, node.id, *said, NODE_STAYS)

    def nodes(self) -> list[Node]:
        """See :meth:`NodeDirectory.nodes <session440.stores.nodes.NodeDirectory.nodes>`."""
        held = self._servers.ask("HGETALL", self._directory) or {}
        fields = {str(_decoded(name)): str(_decoded(each)) for name, each in held.items()}
        found = []
        for name, said in fields.items():
            heard_at, _, words = said.partition(" ")
            if name.startswith("words "):
                since = fields.get(name.replace("words", "since", 1), heard_at)
                found.append(Node.parse(words, since, heard_at))
        return sorted([each for each in found if each], key=lambda each: each.since)

    def records(self) -> Iterator[Record]:
        """See :meth:`NodeDirectory.records <session440.stores.nodes.NodeDirectory.records>`."""
        for keys in self._servers.batches(self._all_keys):
            held = self._servers.ask_each("HGETALL", keys)
            found = [self._record(_id(key), held[key]) for key in keys]
            yield from [each for each in found if each is not None]

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """See :meth:`Notes.note <session440.stores.notes.Notes.note>`."""
        times = (repr(float(keep_until)), repr(float(now)))
        by_time, by_order = self._notes(key)
        said = (by_order, _encoded(text), *times, NOTES_SWEPT)
        return bool(self._servers.run(NOTE, by_time, *said))

    def notes(self, key: str, now: float) -> list[str]:
        """See :meth:`Notes.notes <session440.stores.notes.Notes.notes>`."""
        by_time, by_order = self._notes(key)
        texts = map(_decoded, self._servers.run(NOTES, by_time, by_order, repr(float(now))) or ())
        return [each for each in texts if isinstance(each, str)]

    def move_end(self, id: str, not_after: float | None, keep_until: float) -> bool:
        """See :meth:`Notes.move_end <session440.stores.notes.Notes.move_end>`."""
        moved = ("" if not_after is None else repr(float(not_after)), repr(float(keep_until)))
        found = self._servers.run(MOVE_END, self._key(id), *moved)
        if found:
            index, keep = found
            self._servers.run(ENTER, self._index(index.decode()), id, keep + _INDEX_STAYS)
        return bool(found)

    def end_everybody(self, at: float) -> int:
        """See :meth:`Notes.end_everybody <session440.stores.notes.Notes.end_everybody>`."""
        moment, began = repr(float(at)), int(self.time() * 1e6)
        tags = slot_tags() if self._servers.is_cluster else ("",)
        self._servers.run_each(VALID_FROM, [self._moment(each) for each in tags], moment, SKEW)
        ended = 0
        for keys in self._servers.batches(self._all_keys):
            answers = self._servers.run_each(END_FORMER, keys, moment, began)
            ended += [*answers.values()].count(1)
        return ended

    def server_facts(self) -> list[dict[str, Any]]:
        """Return how each server is set up, as far as it tells. The doctor asks this.

        :raises StoreError: if one of them is out.
        """
        return self._servers.facts()

    @property
    def _all_keys(self) -> str:
        return re.sub(r"([*?\[\]\\])", r"\\\1", self._prefix) + ":{*}"

    @property
    def _directory(self) -> str:
        # The key keeps its old name: servers with an older version read it too.
        return f"{self._prefix}:roster"

    def _key(self, id: str) -> str:
        return f"{self._prefix}:{{{id}}}"

    def _index(self, digest: str) -> str:
        return f"{self._prefix}:subject:{digest}"

    def _notes(self, key: str) -> tuple[str, str]:
        by_time = f"{self._prefix}:note:{{{digest(key)}}}"
        return by_time, f"{by_time}:order"

    def _valid_from(self, key: str) -> str:
        """Return the key of the moment from which logins are valid, where *key* is kept."""
        return self._moment(slot_tag(key) if self._servers.is_cluster else "")

    def _moment(self, tag: str) -> str:
        return f"{self._prefix}:valid-from:{{{tag}}}" if tag else f"{self._prefix}:valid-from"

    def _record(self, id: str, held: Mapping[bytes, bytes] | None) -> Record | None:
        if not held:
            return None
        known = {name: _decoded(held[key]) for key, name in _FIELDS.items() if key in held}
        return read_record({**_OPTIONAL, **known, "id": id}, f"Redis at {self._key(id)}")


def _generation(said: Sequence[bytes | None] | None) -> str:
    """Return the name of a server's memory, with the moment from which logins are valid."""
    run_id, moment = [str(each or b"", "ascii") for each in said or (b"", b"")]
    return run_id[:_GENERATION] + (moment and f"@{moment}")


def _fields(record: Record) -> dict[str, str | bytes]:
    """Return what a record's hash holds: all but its id, which is in its key."""
    values = record._asdict()
    del values["id"]
    return {name: _encoded(value) for name, value in values.items() if value is not None}


def _encoded(value: str | float) -> str | bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return repr(float(value))


def _decoded(value: bytes) -> str | bytes:
    try:
        return value.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return value  # a record does not take this for text


def _id(key: str) -> str:
    return key.rpartition("{")[2].rstrip("}")


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))
