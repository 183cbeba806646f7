"""Which login has taken the place of another one of the same person: kept as a note of the store.

A connection that another process serves goes on with it.
"""

from __future__ import annotations

import json
from typing import Any

from ..core.record import stored_id
from ..core.ticket import Ticket, is_time
from ..exceptions import StoreError
from .logins import Logins


def keep_successor(logins: Logins, former: Ticket, successor: Ticket, now: float) -> None:
    """Note that *successor* has taken the place of *former*, which was in the store.

    If the store is out there is no note, and connections of other processes end.
    """
    if former.subject != successor.subject or not former.recorded or not logins.can_note:
        return
    id, _, issued_at, seen_at, policy, not_after = successor[:6]
    text = json.dumps([stored_id(id), issued_at, seen_at, policy, not_after])
    try:
        logins.note(_key(former), text, logins.notes_until(former), now)
    except StoreError:
        pass


def successor_of(logins: Logins, former: Ticket, now: float) -> Ticket | None:
    """Return the login that has taken the place of *former*, as it began.

    Its id is the one in the store. If two have, as by a double click, nobody knows with which of
    them the browser goes on: then it is none.

    :raises StoreError: if the store is out.
    """
    notes = logins.notes(_key(former), now) if logins.can_note else []
    try:
        return _ticket_of(former.subject, json.loads(notes[0]), now) if len(notes) == 1 else None
    except (ValueError, TypeError):  # of a later version
        return None


def _ticket_of(subject: str, fields: Any, now: float) -> Ticket | None:
    id, issued_at, seen_at, policy, not_after = fields
    is_known = isinstance(id, str) and isinstance(policy, str) and is_time(issued_at)
    if not (is_known and is_time(seen_at) and (not_after is None or is_time(not_after))):
        return None
    ticket = Ticket(id, subject, issued_at, seen_at, policy, not_after)
    return None if ticket.is_future(now) else ticket


def _key(former: Ticket) -> str:
    return f"successor:{stored_id(former.id)}"
