"""Events: what happens to logins. Listeners receive them; the default one writes log lines."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..cause import Cause
from ..moments import iso

logger = logging.getLogger("session440")

Kind = Literal[
    "started",
    "confirmed",
    "renewed",
    "ended",
    "revoked",
    "refused",
    "step_up",
    "store_down",
    "store_up",
    "store_debt_lost",
    "former_scope",
]

#: The prefix of each fact's name when it stands beside the names of other libraries.
NAMESPACE = "session440."

#: What to do about a login that a server has lost.
REMEDY = (
    "give all nodes one session store and one session440 store, or keep each person on one "
    "node (sticky sessions)"
)


@dataclass(frozen=True)
class Event:
    """One thing that happened to a login.

    :param kind: ``started``, ``confirmed`` (its person has proved who they are once more, see
        ``visit.confirm()``), ``renewed``, ``ended`` (with ``cause``; none for a logout),
        ``revoked`` (from elsewhere; the person has not noticed yet), ``refused`` (a cookie
        that is not an authentic ticket), ``step_up`` (a page wanted a recent login, and this one
        was not), ``store_down`` or ``store_up``, once for each outage,
        ``store_debt_lost`` (the store will not be told that this login has ended),
        ``former_scope`` (the session's cookie has another path or domain now; the cookies of the
        former one, which ``reason`` names, are deleted).
    :param at: when, in UTC epoch seconds.
    :param ticket_id: which login: a hash of its ticket's id, as in the engine's lists.
    :param idle: seconds since the login was last seen; ``age``: since it began.
    :param node: keyed hash of the host that issued the ticket.
    :param here: the same hash for this host, so that a ``lost`` login names both.
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
        """The level at which it is logged."""
        return logging.WARNING if self.cause is Cause.LOST else _level(self.kind)

    @property
    def remedy(self) -> str | None:
        """What to do about it, if that is known."""
        return REMEDY if self.cause is Cause.LOST else None

    @property
    def facts(self) -> dict[str, Any]:
        """What is known about it, as plain values; ``at`` is in ISO 8601, the id is whole."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        plain = {"at": iso(self.at), **({"cause": self.cause.value} if self.cause else {})}
        return {**known, **plain, "headline": self.headline}

    @property
    def attributes(self) -> dict[str, Any]:
        """The facts with prefixed names, as attributes of a log record or of a span.

        As OpenTelemetry wants them: flat, plain values, with names in one namespace.
        https://opentelemetry.io/docs/specs/semconv/general/naming/
        """
        return {NAMESPACE + name: value for name, value in self.facts.items()}

    @property
    def headline(self) -> str:
        """What happened, in two or three words."""
        if self.kind in ("store_debt_lost", "former_scope"):
            return self.kind.replace("_", " ")
        if self.kind == "step_up":
            return "recent login wanted"
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
            "at": iso(self.at),
            "remedy": self.remedy and repr(self.remedy),
        }
        told = [f"{key}={value}" for key, value in facts.items() if value]
        return " ".join([self.headline, *told])


def _level(kind: Kind) -> int:
    if kind in ("store_down", "store_debt_lost"):
        return logging.WARNING
    is_told = kind in ("ended", "revoked", "store_up", "former_scope")
    return logging.INFO if is_told else logging.DEBUG


Listener = Callable[[Event], object]
#: Tells whether a listener does anything with events of a kind, so that others need not be made.
Hears = Callable[[Kind], bool]


def is_logged(kind: Kind) -> bool:
    """Return whether :func:`log` writes events of *kind*; that a login is lost, it may anyway."""
    return logger.isEnabledFor(_level(kind))


def log(event: Event) -> None:
    """Write *event* to the logger ``session440``, its facts as attributes of the record.

    Not the event itself: OpenTelemetry's handler complains about every attribute that is not a
    plain value, and ``logging.handlers.QueueHandler`` would have to send it to another process.
    """
    if logger.isEnabledFor(event.level):
        logger.log(event.level, "%s", event, extra=event.attributes)


def shielded(listener: Callable[..., object], *told: Any) -> None:
    """Call a listener; an error that it raises is logged, and breaks no request."""
    try:
        listener(*told)
    except Exception:
        logger.exception("a listener of session440 has failed; the request goes on")


class JSONFormatter(logging.Formatter):
    """Writes each record as one line of JSON; for an event, all that is known about it.

    For log collectors, and for ``session440 explain``. Other records have ``message``, with the
    traceback of their exception, and ``at``, the time when they were written (ISO 8601, UTC).
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        facts = {
            name.removeprefix(NAMESPACE): value
            for name, value in vars(record).items()
            if name.startswith(NAMESPACE)
        }
        facts = facts or {"at": iso(record.created), "message": super().format(record)}
        return json.dumps({"level": record.levelname, "logger": record.name, **facts}, default=str)
