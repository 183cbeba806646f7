"""What it means that a store has no record of a login."""

from __future__ import annotations

from ..core.facts import StoreAnswer
from ..core.ticket import Ticket
from ..stores.notes import valid_from_of


def is_in_question(ticket: Ticket, has_moment: bool) -> bool:
    """Return whether the name of the store's memory tells more about a login it does not find.

    :param has_moment: whether this name may carry the moment from which logins are valid.
    """
    return has_moment or bool(ticket.recorded)


def missing_answer(ticket: Ticket, generation: str, has_moment: bool) -> StoreAnswer:
    """Return whether the record was forgotten, or was never in the memory called *generation*.

    A login may have begun before there was a store, before the store lost its memory, or
    during an outage. It is recorded now, so that a restart of the store logs nobody out;
    but not if everybody has been revoked since it was issued.
    """
    if has_moment and ticket.issued_at < valid_from_of(generation):
        return StoreAnswer(voided=True)
    if ticket.recorded and ticket.recorded == generation:
        return StoreAnswer(missing=True)
    return StoreAnswer(unrecorded=True)
