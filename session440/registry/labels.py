"""What a site calls a login, for the person's own list: kept as a note of the store."""

from __future__ import annotations

import re

from ..core.record import digest, stored_id
from ..core.ticket import Ticket
from .logins import Logins

#: Characters of a label; what is longer is cut.
LONGEST = 64

#: Control characters and those that turn the direction of the text around them, line breaks and
#: lone surrogates: a list of logins must not show one person's label as another row.
_UNWANTED = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)


def keep_label(logins: Logins, ticket: Ticket, label: object, now: float) -> None:
    """Keep what the site calls *ticket*'s login, as long as its record; later ones do not count.

    :raises StoreError: if the store is out.
    """
    text = plain(label)
    if text:
        note = f"{stored_id(ticket.id)} {text}"
        logins.note(_key(ticket.subject), note, logins.notes_until(ticket), now)


def labels_of(logins: Logins, subject: str, now: float) -> dict[str, str]:
    """Return the labels of *subject*'s logins by the ids in the store.

    :raises StoreError: if the store is out.
    """
    notes = [each.partition(" ") for each in logins.notes(_key(subject), now)]
    return {id: label for id, _, label in reversed(notes)}


def plain(label: object) -> str:
    """Return *label* as one line of plain text that is not too long; ``""`` for ``None``.

    A header that a client does not send is ``None``, and must not cost its person the login.
    """
    text = "" if label is None else str(label)
    return " ".join(_UNWANTED.sub(" ", text).split())[:LONGEST].rstrip()


def _key(subject: str) -> str:
    return f"labels:{digest(subject)}"
