"""The servers of a site, as they say of themselves in the store that they share."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from ..core.record import Record, digest

logger = logging.getLogger("session440.stores")

#: Seconds for which a store remembers a server that is silent: long enough to know when
#: session440 came to a site.
MEMBER_STAYS = 90 * 86400


class Member(NamedTuple):
    """A server of the site. Times are those of the store's clock, in UTC epoch seconds.

    :param node: its host's name, as the settings have it.
    :param version: of session440.
    :param app: the name of its ticket cookie; only members of one app are to be alike.
    :param keys: fingerprints of its signing keys, the newest first.
    :param policies: its policies and what else must be the same everywhere, as text.
    :param clock: by how many seconds its clock is ahead of the store's.
    :param since: when it was first heard of with these words; ``heard_at``: last.
    """

    node: str
    version: str
    app: str
    keys: tuple[str, ...]
    policies: str
    clock: float = 0.0
    since: float = 0.0
    heard_at: float = 0.0

    @property
    def id(self) -> str:
        """Its key in a store; two that differ in more than their clocks are two."""
        return digest(json.dumps(self[:5]))

    @property
    def words(self) -> str:
        """What it says of itself, for a store to keep; printable ASCII."""
        return json.dumps(self[:6])

    def heard(self, now: float, time: float) -> Member:
        """Give the member as heard of at *time* by the store's clock, and *now* by its own."""
        return self._replace(clock=now - time, since=time, heard_at=time)

    @classmethod
    def parse(cls, words: str, since: float | str, heard_at: float | str) -> Member | None:
        """Read what a store holds; what is no member is logged and taken for none."""
        try:
            node, version, app, keys, policies, clock = json.loads(words)
            texts = (str(node), str(version), str(app), tuple(map(str, keys)), str(policies))
            return cls(*texts, float(clock), float(since), float(heard_at))
        except (TypeError, ValueError) as error:
            logger.warning("a member of the site is malformed: %s", type(error).__name__)
            return None


class Roster(Protocol):
    """What a store may do beside: let servers enrol, so that the doctor can compare them.

    A :class:`~session440.stores.TicketStore` of somebody's own may well lack it. As there,
    only a failing system is an error, and it is a
    :class:`~session440.exceptions.StoreError`.
    """

    def time(self) -> float:
        """Give the time of the store's own clock, in UTC epoch seconds."""

    def enrol(self, member: Member, now: float) -> None:
        """Note that *member* is heard of, and what its own clock says.

        ``since`` stays what it was. Members of whom nothing was heard for
        :data:`MEMBER_STAYS` are forgotten.

        :param now: the member's time, in UTC epoch seconds.
        """

    def members(self) -> list[Member]:
        """Give the members, the first that was heard of first."""

    def records(self) -> Iterator[Record]:
        """Give all records and tombstones, batch by batch, in no particular order."""


def is_roster(store: object) -> bool:
    """Whether *store* can do all of it."""
    return all(hasattr(store, each) for each in ("time", "enrol", "members", "records"))
