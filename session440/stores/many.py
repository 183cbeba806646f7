"""What a store can do in addition: find the records of many logins in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..core.record import Record


class FindsMany(Protocol):
    """What a store can do in addition: find the records of many logins in one call.

    A :class:`~session440.stores.TicketStore` that a site has written itself may lack it: then
    it is asked about one login after the other. Here too only a failing system is an error: a
    :class:`~session440.exceptions.StoreError`.
    """

    def find_many(self, ids: Sequence[str]) -> dict[str, Record]:
        """Return the records and tombstones by their ids; ids that are not found are left out."""

    def generations(self, ids: Sequence[str]) -> dict[str, str]:
        """Return what ``generation()`` returns for each of *ids*."""


def finds_many(store: object) -> bool:
    """Return whether *store* can do what :class:`FindsMany` says."""
    return all(hasattr(store, each) for each in ("find_many", "generations"))


def batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    """Return *ids* in batches of at most *size*."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]
