"""What happens to logins, told to one listener; the default one writes log lines."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .cause import Cause

logger = logging.getLogger("session440")

Kind = Literal["started", "renewed", "ended", "refused"]


@dataclass(frozen=True)
class Event:
    """One thing that happened to a login.

    :param kind: ``started``, ``renewed``, ``ended`` (with ``cause``; none for a logout) or
        ``refused`` (a cookie that is no authentic ticket).
    :param at: when, in UTC epoch seconds.
    :param ticket_id: which login; known to whoever holds its cookie, so log lines shorten it.
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
        if self.kind != "ended":
            return logging.DEBUG
        return logging.WARNING if self.cause is Cause.LOST else logging.INFO

    def __str__(self) -> str:
        words = [f"login {self.kind}" if self.enforced else f"login would have {self.kind}"]
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
        }
        return " ".join(words + [f"{key}={value}" for key, value in facts.items() if value])


Listener = Callable[[Event], object]


def log(event: Event) -> None:
    """Write *event* to the logger ``session440``, with the event itself as an attribute."""
    if logger.isEnabledFor(event.level):
        logger.log(event.level, "%s", event, extra={"session440": event})
