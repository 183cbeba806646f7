"""What a store can do in addition: keep notes, move an end, and end everybody's logins."""

from __future__ import annotations

from math import inf, isfinite
from typing import Protocol

from ..cause import Cause
from ..core.record import Record
from ..core.ticket import SKEW

#: How many notes that are over are forgotten when one is written: more than one, so that they
#: do not pile up, and few, so that nobody waits.
NOTES_SWEPT = 4
#: Stands between the name of a generation and the moment from which its logins are valid.
_SINCE = "@"


class Notes(Protocol):
    """What a store can do in addition: keep notes, move an end, and end everybody's logins.

    A :class:`~session440.stores.TicketStore` that a site has written itself may lack it. Here
    too only a failing system is an error: a :class:`~session440.exceptions.StoreError`. Each
    method but :meth:`end_everybody` is atomic, for other processes too.
    """

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """Keep *text* under *key* until *keep_until*; return true if it was not there.

        Of several callers at the same time only one gets true. A text that is there already is
        kept for the longer of the two times. The call also forgets a few notes that are over.

        :param now: the caller's time, in UTC epoch seconds.
        """

    def notes(self, key: str, now: float) -> list[str]:
        """Return the texts that are kept under *key* now, in the order of insertion."""

    def move_end(self, id: str, not_after: float | None, keep_until: float) -> bool:
        """Let the credential of a live login end at another time; return whether it is live.

        ``keep_until`` moves forward, never back.
        """

    def end_everybody(self, at: float) -> int:
        """End all live logins, with the cause ``revoked``; return how many there were.

        First the moment *at* is kept, then the records are ended, batch by batch. From the first
        step on ``generation()`` is ``"<name>@<repr(at)>"``: a login that was issued before *at* is
        known to be over even if the store has no record of it. A record that is inserted later,
        but was issued before *at*, is kept as a tombstone. A login that is issued later goes on.
        A newer moment replaces an older one. A call with an older moment changes nothing, unless
        the kept one is more than :data:`~session440.core.ticket.SKEW` ahead, by a wrong clock.

        :raises StoreError: if it fails on the way: call it again, some logins may go on.
        """


def keeps_notes(store: object) -> bool:
    """Return whether *store* can do what :class:`Notes` says."""
    return all(hasattr(store, each) for each in ("note", "notes", "move_end", "end_everybody"))


def valid_from_of(generation: str) -> float:
    """Return the moment before which every login is over; ``-inf`` if there is none."""
    return _parts(generation)[1]


def with_valid_from(generation: str, at: float, most: int = 40) -> str:
    """Return the generation from the moment *at* on.

    A moment that is as late already stays, unless a clock that was far ahead has told it.

    :param most: how many characters a store has for it; the name is cut.
    """
    name, known = _parts(generation)
    moment = _SINCE + repr(float(at))
    is_late = at <= known <= at + SKEW
    return generation if is_late else name[: most - len(moment)] + moment


def as_kept(record: Record, generation: str) -> Record:
    """Return *record* as this memory keeps it: one that came too late is over."""
    moment = valid_from_of(generation)
    if not record.is_live or record.issued_at >= moment:
        return record
    return record._replace(cause=Cause.REVOKED, ended_at=moment)


def _parts(generation: str) -> tuple[str, float]:
    name, _, moment = generation.rpartition(_SINCE)
    try:
        at = float(moment) if name else -inf
    except ValueError:
        return generation, -inf
    return (name, at) if isfinite(at) else (generation, -inf)
