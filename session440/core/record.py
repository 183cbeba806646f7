"""What a store keeps of a login, and the id it keeps it under."""

from __future__ import annotations

import hashlib
import logging
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..cause import Cause
from .ticket import Ticket

logger = logging.getLogger("session440.stores")

#: 128 bits of a hash of 128 random bits. Lower-case hexadecimal, because some databases
#: compare text without regard to case or to spaces at its end.
_ID_LENGTH = 32
_STORED_ID = re.compile(rf"[0-9a-f]{{{_ID_LENGTH}}}")


def stored_id(id: str) -> str:
    """Give the id under which a store keeps the login of a ticket.

    A hash, so that whoever reads the store learns no ticket's id (OWASP ASVS 5.0, 7.2.3). An
    id that is a stored one already, as listings show it, is given back as it is: a ticket's
    own has 22 characters.
    """
    return id if is_stored_id(id) else digest(id)


def is_stored_id(id: object) -> bool:
    """Whether *id* has the form of a store's."""
    return isinstance(id, str) and _STORED_ID.fullmatch(id) is not None


def digest(text: str) -> str:
    """Hash *text* into a key that every store takes, whatever the text is made of."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_LENGTH]


class Record(NamedTuple):
    """A login as a store keeps it. Times are UTC epoch seconds.

    :param id: of the store; see :func:`stored_id`.
    :param keep_until: when it may be forgotten: past every moment at which its ticket could
        still be live, and its evidence with it.
    :param cause: why the login ended; ``None`` while it lasts, and after a logout.
    :param ended_at: when it ended; such a record is a tombstone.
    """

    id: str
    subject: str
    issued_at: float
    seen_at: float
    policy: str
    not_after: float | None
    node: str
    keep_until: float
    cause: Cause | None = None
    ended_at: float | None = None

    @classmethod
    def of(cls, ticket: Ticket, keep_until: float) -> Record:
        """Give the record of *ticket*'s login."""
        return cls(
            stored_id(ticket.id),
            ticket.subject,
            ticket.issued_at,
            ticket.seen_at,
            ticket.policy,
            ticket.not_after,
            ticket.node,
            keep_until,
        )

    @property
    def is_live(self) -> bool:
        """Whether nothing has ended the login, its timeouts aside."""
        return self.ended_at is None

    @classmethod
    def parse(cls, values: Mapping[str, Any], where: str) -> Record | None:
        """Read what a store holds; what is no record is logged and taken for none.

        :param values: numbers may be text, ``""`` is ``None``, and names that are not ours
            are passed over: a newer version may have written them.
        :param where: names the place in the log line.
        """
        try:
            return cls._parse(values)
        except (KeyError, TypeError, ValueError) as error:
            logger.warning("%s holds no record: %s; taken for none", where, type(error).__name__)
            return None

    @classmethod
    def _parse(cls, values: Mapping[str, Any]) -> Record:
        cause, ended_at = values["cause"], _optional_time(values["ended_at"])
        if cause and ended_at is None:
            raise ValueError("ended, but not when")
        return cls(
            _text(values["id"]),
            _text(values["subject"]),
            _time(values["issued_at"]),
            _time(values["seen_at"]),
            _text(values["policy"]),
            _optional_time(values["not_after"]),
            _text(values["node"]),
            _time(values["keep_until"]),
            Cause(cause) if cause else None,
            ended_at,
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _time(value: Any) -> float:
    moment = float(value)
    if not math.isfinite(moment):
        raise ValueError("not a time")
    return moment


def _optional_time(value: Any) -> float | None:
    return None if value is None or value == "" else _time(value)
