"""What the decision depends on: a request's facts, the store's answer, and the settings."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import NamedTuple

from .limits import Expiry
from .record import Record
from .ticket import Ticket


class StoreAnswer(NamedTuple):
    """What the store answered about a login, if it was asked."""

    record: Record | None = None
    missing: bool = False  # the store had a record and has lost it
    # The store knows nothing, and nobody expects it to; or not all that belongs to the record.
    unrecorded: bool = False
    out: bool = False  # the store was asked and did not answer
    voided: bool = False  # the store knows nothing, but that all logins of that time are over


UNASKED = StoreAnswer()


class Facts(NamedTuple):
    """All that the decision depends on."""

    now: float
    tickets: tuple[Ticket, ...]  # the authentic ones
    subject: str | None = None  # the person whom the framework's session names
    binding: object = None  # as the session holds it, unchecked
    # Whether the request carried the session's cookie; None: there is no session beside the
    # ticket, which is then the login itself.
    carried: bool | None = False
    empty: bool = True  # the session has no content
    answer: StoreAnswer = UNASKED
    logged_out: bool = False  # the app has logged the person out before this was asked
    adopted: str = ""  # the id of a login that is adopted, if a store can know it already
    durable: bool = False  # sessions are in a database, which forgets none by itself
    valid_from: float = -inf  # logins that were issued before are over


class Rules(NamedTuple):
    """The settings that the decision needs."""

    expiry: Callable[[Ticket | Record], Expiry]
    evidence: float
    adopt_until: float  # UTC epoch seconds; until then a login without a ticket gets one
    refuse: bool = False  # no login goes on while the store is out
    enforced: bool = True  # false in report mode, where no login ends
    node: str = ""  # as this node is called in tickets
