"""The text of a ticket, as its cookie carries it.

``id~subject~issued_at~seen_at``, then ``~key:value`` for each further field that differs from
its default; :data:`FIELDS` lists their keys. Text is percent-encoded (UTF-8). A time is the
shortest decimal that reads as the same float, without ``.0``. All of it is made of characters
that browsers, Werkzeug, Django and ``http.cookies`` write and read without quotes.

Tickets outlive a release, so every version keeps these rules:

- The first four fields stay as they are. A key never changes its meaning.
- A field that a version adds gets a key of its own (``[a-z][a-z0-9_]*``) and a default. It is
  written only when it is used.
- Fields that are not known are kept as they are, and written again.
- An unknown cause is kept as text: the login has ended all the same.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from ..cause import Cause
from .ticket import Binding, Ticket, is_time

SEPARATOR = "~"

#: How many fields the list may have that the first version wrote.
_LISTED = range(4, 10)

#: Text that stands for itself.
_PLAIN = re.compile(r"[\w.-]*", re.ASCII)

_DEFAULTS = Ticket._field_defaults
_CAUSES = {each.value: each for each in Cause}


def encode(ticket: Ticket) -> str:
    """Return the text of *ticket*."""
    fields = [
        escape(ticket.id),
        escape(ticket.subject),
        _moment(ticket.issued_at),
        _moment(ticket.seen_at),
    ]
    for key, (name, write, _) in FIELDS.items():
        value = getattr(ticket, name)
        if value != _DEFAULTS[name]:
            fields.append(f"{key}:{write(value)}")
    return SEPARATOR.join([*fields, *ticket.unknown])


def decode(text: str) -> Ticket:
    """Return the ticket that *text* stands for.

    :raises ValueError: if it is not a ticket.
    """
    if SEPARATOR not in text:
        return _decode_list(text)
    id, subject, issued_at, seen_at, *more = text.split(SEPARATOR)
    known: dict[str, Any] = {}
    unknown = []
    for each in more:
        key, _, value = each.partition(":")
        if key in FIELDS:
            name, _, read = FIELDS[key]
            known[name] = read(value)
        else:
            unknown.append(each)
    times = float(issued_at), float(seen_at)
    return Ticket(unescape(id), unescape(subject), *times, **known, unknown=tuple(unknown))


def escape(text: str) -> str:
    """Return *text* in letters, digits and ``_.-%``. Lone surrogates are kept, too."""
    if _PLAIN.fullmatch(text):
        return text
    return quote(text, safe="", errors="surrogatepass").replace(SEPARATOR, "%7E")


def unescape(text: str) -> str:
    """Return the text that :func:`escape` was given.

    :raises ValueError: where it is no UTF-8.
    """
    if "%" not in text:
        return text
    return unquote_to_bytes(text).decode("utf-8", "surrogatepass")


def _moment(seconds: float) -> str:
    # As a plain float: a clock may give an int, or a type of numpy with a repr of its own.
    return repr(float(seconds)).removesuffix(".0")


def _cause(text: str) -> Cause | str:
    if not text:  # it would pass for a login that lives
        raise ValueError("ended, but of no cause")
    return _CAUSES.get(text) or unescape(text)


class Field(NamedTuple):
    """A field that a ticket need not have: its name, and how it is written and read."""

    name: str
    write: Callable[[Any], str]
    read: Callable[[str], object]


#: By their keys. Those of one letter are taken by this version alone.
FIELDS = {
    "p": Field("policy", escape, unescape),
    "x": Field("not_after", _moment, float),
    "n": Field("node", escape, unescape),
    "e": Field("ended", escape, _cause),
    "r": Field("recorded", escape, unescape),
}


def _decode_list(text: str) -> Ticket:
    """Read what the first version wrote: a JSON list in base64. It is no longer written."""
    fields = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(fields, list) or len(fields) not in _LISTED:
        raise ValueError("no list of a ticket's fields")
    ticket = Ticket(*fields)
    if not _is_whole(ticket):
        raise ValueError("a list, but of no ticket's fields")
    return ticket if ticket.ended is None else ticket._replace(ended=Cause(ticket.ended))


def _is_whole(ticket: Ticket) -> bool:
    return (
        isinstance(ticket.subject, str)
        and is_time(ticket.seen_at)
        and isinstance(ticket.node, str)
        and isinstance(ticket.recorded, str)
        and Binding.parse(ticket.binding.as_list()) is not None
    )
