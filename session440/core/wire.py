"""The text of a ticket, as its cookie carries it.

``id~subject~issued_at~seen_at``, then ``~key:value`` for each further field that differs from
its default; :data:`FIELDS` lists their keys. Text is percent-encoded (UTF-8). A time is the
shortest decimal number that reads as the same float, without ``.0``. The text has only
characters that browsers, Werkzeug, Django and ``http.cookies`` write and read without quotes.

Tickets outlive a release, so every version keeps these rules:

- The first four fields stay as they are. A key never changes its meaning.
- A field that a version adds gets a key of its own (``[a-z][a-z0-9_]*``) and a default. It is
  written only when it is used.
- Unknown fields are kept as they are, and written again.
- An unknown cause is kept as text: the login has ended in any case.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from ..cause import Cause
from .escaping import escape, unescape
from .ticket import Binding, Ticket, is_time, moment, read_proof, written_proof

SEPARATOR = "~"
#: How many of them a ticket has at least.
SEPARATORS = 3
_PARTS = SEPARATORS + 1

#: How many fields a list that the first version wrote may have.
_LISTED = range(4, 10)

_CAUSES = {each.value: each for each in Cause}


def encode(ticket: Ticket) -> str:
    """Return the text of *ticket*."""
    fields = [
        escape(ticket.id),
        escape(ticket.subject),
        moment(ticket.issued_at),
        moment(ticket.seen_at),
    ]
    for key, place, default, write in _OPTIONAL:
        if ticket[place] != default:
            fields.append(f"{key}:{write(ticket[place])}")
    fields += ticket.unknown
    if ticket.proved_at is not None:
        fields.append(f"v:{written_proof(ticket.proved_at, ticket.issued_at)}")
    return SEPARATOR.join(fields)


#: Browsers drop a cookie whose name and value are longer (RFC 6265bis section 5.6, step 5).
LONGEST_COOKIE = 4096
#: What the signature takes, and what a ticket may gain: its cookie's scope, its end.
_LATER = 200


def check_length(cookie_name: str, ticket: Ticket) -> None:
    """Check that browsers will keep the cookie of *ticket*.

    :raises ValueError: if they will not: its person would be logged out ``idle_timeout`` after
        the login, however busy they are.
    """
    length = len(cookie_name) + len(encode(ticket)) + _LATER
    if length > LONGEST_COOKIE:
        raise ValueError(
            f"a subject of {len(ticket.subject)} characters makes a cookie of more than "
            f"{LONGEST_COOKIE} bytes, which browsers drop; give a shorter one, such as an id"
        )


def written_id(id: str) -> str:
    """Return how the text of the ticket called *id* begins."""
    return f"{escape(id)}{SEPARATOR}"


def decode(text: str) -> Ticket:
    """Return the ticket that *text* encodes.

    :raises ValueError: if it is not a ticket.
    """
    if SEPARATOR not in text:
        return _decode_list(text)
    id, subject, issued_at, seen_at, *more = text.split(SEPARATOR, _PARTS)
    if "%" in id:  # ours have none
        id = unescape(id)
    if "%" in subject:
        subject = unescape(subject)
    issued = float(issued_at)
    further, proved = _further(more[0]) if more else _NOTHING_FURTHER
    if proved == "":  # the login is the proof
        proved = issued
    known = id, subject, issued, float(seen_at)
    # In place of Ticket(...), and of one display of all, which take longer.
    return tuple.__new__(Ticket, known + further + (proved,))


@lru_cache(maxsize=256)  # those of one site differ little
def _further(text: str) -> tuple[tuple[Any, ...], Any]:
    """Return the optional fields, and ``proved_at``: ``""`` if it is the same as ``issued_at``."""
    values, proved = [*_DEFAULTS], None
    for each in text.split(SEPARATOR):
        key, _, value = each.partition(":")
        known = _READ.get(key)
        if known is not None:
            values[known[0]] = known[1](value)
        elif key == "v":
            proved = read_proof(value)
        else:
            values[_UNKNOWN] += (each,)
    return tuple(values), proved


def _cause(text: str) -> Cause | str:
    if not text:  # it would be taken for a live login
        raise ValueError("the login has ended, but without a cause")
    return _CAUSES.get(text) or unescape(text)


class Field(NamedTuple):
    """An optional field of a ticket: its name, and how it is written and read."""

    name: str
    write: Callable[[Any], str]
    read: Callable[[str], object]


#: A site has few values of some fields; they are escaped once.
_escape_again = lru_cache(maxsize=128)(escape)
_unescape_again = lru_cache(maxsize=128)(unescape)


@lru_cache(maxsize=32)
def _written_cause(cause: Cause | str) -> str:
    return escape(str(cause))


#: The optional fields by their keys. Keys of one letter are reserved for this version. The key
#: "v" is that of ``proved_at``; without a value it is ``issued_at``.
FIELDS = {
    "p": Field("policy", _escape_again, _unescape_again),
    "x": Field("not_after", moment, float),
    "n": Field("node", _escape_again, _unescape_again),
    "e": Field("ended", _written_cause, _cause),
    "r": Field("recorded", escape, unescape),
    "c": Field("path", _escape_again, _unescape_again),
    "d": Field("domain", _escape_again, _unescape_again),
    "t": Field("told_at", moment, float),
    "a": Field("age", moment, float),
    "i": Field("external", escape, unescape),
}
#: The same with their places in a ticket: to be written unless it is the default, and read.
_OPTIONAL = [
    (key, Ticket._fields.index(each.name), Ticket._field_defaults[each.name], each.write)
    for key, each in FIELDS.items()
]
#: Where the optional fields begin; the last of a ticket's is ``proved_at``.
_FIRST = SEPARATORS + 1
_READ = {key: (Ticket._fields.index(each.name) - _FIRST, each.read) for key, each in FIELDS.items()}
_UNKNOWN = Ticket._fields.index("unknown") - _FIRST
_DEFAULTS: tuple[Any, ...] = tuple(Ticket._field_defaults.values())[:-1]
_NOTHING_FURTHER: tuple[tuple[Any, ...], Any] = _DEFAULTS, None


def _decode_list(text: str) -> Ticket:
    """Return the ticket that the first version wrote as a JSON list in base64."""
    fields = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(fields, list) or len(fields) not in _LISTED:
        raise ValueError("this is not a list of a ticket's fields")
    ticket = Ticket(*fields)
    if not _is_whole(ticket):
        raise ValueError("a field of the list cannot be a ticket's")
    return ticket if ticket.ended is None else ticket._replace(ended=Cause(ticket.ended))


def _is_whole(ticket: Ticket) -> bool:
    return (
        isinstance(ticket.subject, str)
        and is_time(ticket.seen_at)
        and isinstance(ticket.node, str)
        and isinstance(ticket.recorded, str)
        and Binding.parse(ticket.binding.as_list()) is not None
    )
