"""The nodes of a site: what each server tells the others through the store that they share."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from ..core.record import Record, digest
from ..moments import DAY

logger = logging.getLogger("session440.stores")

#: For how many seconds a store remembers a silent node: long enough to know when session440
#: was first used on a site.
NODE_STAYS = 90 * DAY


class Node(NamedTuple):
    """One server of the site. Times are by the store's clock, in UTC epoch seconds.

    :param node: its host's name, as the settings have it.
    :param version: of session440.
    :param app: the name of its ticket cookie; only nodes of one app must be alike.
    :param keys: fingerprints of its signing keys, the newest first.
    :param policies: its policies and what else must be the same everywhere, as text.
    :param clock: by how many seconds its clock is ahead of the store's.
    :param since: when it first announced itself with these words; ``heard_at``: the last time.
    :param place: path and domain of its session's cookie, as text; ``""``: not known.
    """

    node: str
    version: str
    app: str
    keys: tuple[str, ...]
    policies: str
    clock: float = 0.0
    since: float = 0.0
    heard_at: float = 0.0
    place: str = ""

    @property
    def id(self) -> str:
        """Its key in a store; nodes that differ only in their clocks have the same one."""
        return digest(json.dumps([*self[:5], self.place]))

    @property
    def words(self) -> str:
        """What it says about itself, for a store to keep; printable ASCII."""
        return json.dumps([*self[:6], self.place])

    def heard(self, now: float, time: float) -> Node:
        """Return the node as heard at *time* by the store's clock, and at *now* by its own."""
        return self._replace(clock=now - time, since=time, heard_at=time)

    @classmethod
    def parse(cls, words: str, since: float | str, heard_at: float | str) -> Node | None:
        """Return the node that a store holds; if it is malformed, log that and return ``None``."""
        try:
            node, version, app, keys, policies, clock, *place = json.loads(words)
            texts = (str(node), str(version), str(app), tuple(map(str, keys)), str(policies))
            times = (float(clock), float(since), float(heard_at))
            return cls(*texts, *times, "".join(map(str, place)))
        except (TypeError, ValueError) as error:
            logger.warning("a node of the site is malformed: %s", type(error).__name__)
            return None


class NodeDirectory(Protocol):
    """What a store can do in addition: keep a list of nodes, which the doctor compares.

    A :class:`~session440.stores.TicketStore` that a site has written itself may lack it. Here
    too only a failing system is an error: a :class:`~session440.exceptions.StoreError`.
    """

    def time(self) -> float:
        """Return the time of the store's own clock, in UTC epoch seconds."""

    def announce(self, node: Node, now: float) -> None:
        """Note that *node* has announced itself, and what its own clock says.

        ``since`` stays what it was. Nodes that were silent for longer than
        :data:`NODE_STAYS` seconds are forgotten.

        :param now: the node's time, in UTC epoch seconds.
        """

    def nodes(self) -> list[Node]:
        """Return the nodes, in the order in which they first announced themselves."""

    def records(self) -> Iterator[Record]:
        """Return all records and tombstones, batch by batch, in no particular order."""


def keeps_nodes(store: object) -> bool:
    """Return whether *store* is a :class:`NodeDirectory`."""
    return all(hasattr(store, each) for each in ("time", "announce", "nodes", "records"))
