"""What happens to logins, told to one listener; the default one writes log lines."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .cause import Cause

logger = logging.getLogger("session440")

Kind = Literal["started", "renewed", "ended", "revoked", "refused", "store_down", "store_up"]

#: What to do about a login that a server has lost.
REMEDY = (
    "give all nodes one session store and one session440 store, or keep each person on one "
    "node (sticky sessions)"
)


@dataclass(frozen=True)
class Event:
    """One thing that happened to a login.

    :param kind: ``started``, ``renewed``, ``ended`` (with ``cause``; none for a logout),
        ``revoked`` (from elsewhere; its person has not met it yet), ``refused`` (a cookie
        that is no authentic ticket), ``store_down`` or ``store_up``, once for each outage.
    :param at: when, in UTC epoch seconds.
    :param ticket_id: which login: a hash of its ticket's id, as in the engine's lists.
    :param idle: seconds since the login was last seen; ``age``: since it began.
    :param node: keyed hash of the host that issued the ticket.
    :param here: the same of this host, so that a ``lost`` login names both.
    :param reason: more about it: ``adopted``, ``switched``, ``clock``, ``logout`` ...
    :param enforced: false in report mode, where nothing ends.
    """

    kind: Kind
    at: float
    cause: Cause | None = None
    subject: str | None = None
    ticket_id: str | None = None
    policy: str | None = None
    idle: float | None = None
    age: float | None = None
    node: str | None = None
    here: str | None = None
    reason: str | None = None
    enforced: bool = True

    @property
    def level(self) -> int:
        """How loudly it is logged."""
        if self.kind == "store_down" or self.cause is Cause.LOST:
            return logging.WARNING
        return logging.INFO if self.kind in ("ended", "revoked", "store_up") else logging.DEBUG

    @property
    def remedy(self) -> str | None:
        """What to do about it, where that is known."""
        return REMEDY if self.cause is Cause.LOST else None

    def _headline(self) -> str:
        if self.kind.startswith("store_"):
            return self.kind.replace("_", " is ")
        return f"login {self.kind}" if self.enforced else f"login would have {self.kind}"

    def __str__(self) -> str:
        facts = {
            "cause": self.cause,
            "reason": self.reason,
            "subject": None if self.subject is None else ascii(self.subject),
            "ticket": self.ticket_id and self.ticket_id[:8],
            "policy": self.policy and ascii(self.policy),
            "idle": None if self.idle is None else f"{self.idle:.0f}s",
            "age": None if self.age is None else f"{self.age:.0f}s",
            "node": self.node,
            "here": self.here,
            "remedy": self.remedy and repr(self.remedy),
        }
        told = [f"{key}={value}" for key, value in facts.items() if value]
        return " ".join([self._headline(), *told])


Listener = Callable[[Event], object]


def log(event: Event) -> None:
    """Write *event* to the logger ``session440``, with the event itself as an attribute."""
    if logger.isEnabledFor(event.level):
        logger.log(event.level, "%s", event, extra={"session440": event})
