"""The ticket of a login, and the part of it that the framework's session keeps."""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

from ..cause import Cause
from .escaping import escape, unescape

#: How many seconds another node's clock may be ahead before its times are refused.
SKEW = 60.0

#: A ticket's id is 128 random bits (OWASP ASVS 5.0, 7.2.3), 22 characters of base64.
ID_BYTES = 16

#: The form of a field that this version does not know. It must fit into a cookie as it is: a
#: key, a colon, and characters that :func:`session440.core.escaping.escape` leaves unchanged.
_UNKNOWN_FIELD = re.compile(r"[a-z][a-z0-9_]*:[\w.%+-]*", re.ASCII)


#: The prefixes of further fields, in a binding as in a ticket.
_RECORDED, _PROVED, _EXTERNAL = "r:", "v:", "i:"


class Binding(NamedTuple):
    """The part of a ticket that a request does not change by itself; the session keeps it.

    The session holds it as a list: the first four fields in this order, then further ones as in
    a ticket (``"key:value"``): ``recorded`` if a store has kept the login since it began,
    ``proved_at`` and ``external`` if they are known, and ``unknown``, the fields that a later
    version has added.
    """

    id: str
    issued_at: float
    policy: str = "default"
    not_after: float | None = None
    unknown: tuple[str, ...] = ()
    recorded: str = ""
    proved_at: float | None = None
    external: str = ""

    @classmethod
    def parse(cls, value: object) -> Binding | None:
        """Return the binding that the session holds; ``None`` if it is not one."""
        if isinstance(value, Ticket):  # an authentic one
            return value.binding
        if not isinstance(value, (list, tuple)) or len(value) < 2:
            return None
        binding = cls(*value[:4])._replace(unknown=tuple(value[4:]))
        return binding._named() if _is_binding(*binding[:5]) else None

    def _named(self) -> Binding:
        """Return it with the fields that this version knows taken out of the unknown ones."""
        binding = self._replace(unknown=())
        for each in self.unknown:
            binding = binding._with(each)
        return binding

    def _with(self, field: str) -> Binding:
        key, value = field[:2], field[2:]
        try:
            if key == _RECORDED:
                return self._replace(recorded=unescape(value))
            if key == _PROVED:
                proved = read_proof(value)
                return self._replace(proved_at=self.issued_at if proved == "" else proved)
            if key == _EXTERNAL:
                return self._replace(external=unescape(value))
        except ValueError:  # no UTF-8, or no number: as if it were not there
            return self
        return self._replace(unknown=(*self.unknown, field))

    def seen_at(self, now: float) -> float:
        """Return when its person was last seen, as far as it says.

        A proof may be later than the login, and its ticket may be lost as any other.
        """
        at = self.proved_at
        return self.issued_at if at is None or not at <= now + SKEW else max(self.issued_at, at)

    def as_list(self) -> list[Any]:
        """Return the list that the session holds."""
        more = [_RECORDED + escape(self.recorded)] if self.recorded else []
        if self.proved_at is not None:
            more.append(_PROVED + written_proof(self.proved_at, self.issued_at))
        if self.external:
            more.append(_EXTERNAL + escape(self.external))
        return [self.id, self.issued_at, self.policy, self.not_after, *more, *self.unknown]


class Ticket(NamedTuple):
    """The record of a login. Times are UTC epoch seconds.

    ``node`` is a keyed hash of the host that issued it. ``ended`` is set on *evidence*, a
    ticket that is kept only to tell the person why the login ended (at ``not_after``). It is
    text if a later version ended the login for a cause that this version does not know.
    ``recorded`` names the memory of the store that keeps the login's record, if one does.
    ``told_at`` is set on evidence: when a program was told of the end.
    ``path`` and ``domain`` are those of the cookie that carries it; a ticket without a path does
    not say.
    ``age`` is how many seconds the session's cookie lasts, if that is not what all last: 0 is until
    the browser is closed. A response that has not read the session goes by it.
    ``unknown`` holds the fields that a later version has added, as they are in the cookie.
    ``proved_at`` is when the person last proved who they are; ``None`` if that is not known, as
    for a login that was adopted or remembered. Nothing but a proof moves it.
    ``external`` is the text of an :class:`~session440.core.external.External`: as which login the
    identity provider knows this one.
    """

    id: str
    subject: str
    issued_at: float
    seen_at: float
    policy: str = "default"
    not_after: float | None = None
    node: str = ""
    ended: Cause | str | None = None
    recorded: str = ""
    unknown: tuple[str, ...] = ()
    path: str | None = None
    domain: str | None = None
    told_at: float | None = None
    age: float | None = None
    external: str = ""
    proved_at: float | None = None

    @property
    def binding(self) -> Binding:
        """The part that the framework's session keeps, with each unknown field that has a key."""
        kept = tuple([each for each in self.unknown if _UNKNOWN_FIELD.fullmatch(each)])
        return Binding(
            self.id,
            self.issued_at,
            self.policy,
            self.not_after,
            kept,
            self.recorded,
            self.proved_at,
            self.external,
        )

    @property
    def cause(self) -> Cause | None:
        """Why the login has ended, if it has and this version knows the cause."""
        return self.ended if isinstance(self.ended, Cause) else None

    @property
    def is_proof(self) -> bool:
        """Whether the person proved who they are by this very login."""
        return self.proved_at == self.issued_at

    def is_future(self, now: float) -> bool:
        """Return whether a time of it is more than :data:`SKEW` ahead of *now*, or NaN."""
        return not (self.issued_at <= now + SKEW and self.seen_at <= now + SKEW)

    def is_proved(self, within: float, now: float) -> bool:
        """Return whether the person has proved who they are less than *within* seconds ago.

        A proof of the future is one that a node with a wrong clock has noted.
        """
        at = self.proved_at
        return at is not None and at <= now + SKEW and now - at < within


def upcoming(login: Ticket, now: float, node: str) -> Ticket:
    """Return the ticket that a request that counts as activity issues again.

    A clock that was set back must not shorten the login.
    """
    # In place of _replace(), which takes three times as long.
    return Ticket(
        login.id,
        login.subject,
        login.issued_at,
        max(now, login.seen_at),
        login.policy,
        login.not_after,
        node,
        login.ended,
        login.recorded,
        login.unknown,
        login.path,
        login.domain,
        login.told_at,
        login.age,
        login.external,
        login.proved_at,
    )


def moment(seconds: float) -> str:
    """Return a time as the shortest decimal number that reads as the same float, without ``.0``."""
    # As a plain float: a clock may return an int, or a numpy type whose repr is different.
    return repr(float(seconds)).removesuffix(".0")


def written_proof(proved_at: float, issued_at: float) -> str:
    """Return the text of ``proved_at``; it is empty for nearly all logins, which are the proof."""
    return "" if proved_at == issued_at else moment(proved_at)


def read_proof(text: str) -> float | Literal[""]:
    """Return the ``proved_at`` that a text stands for; ``""``: it is the same as ``issued_at``.

    :raises ValueError: if it is no time.
    """
    return float(text) if text else ""


def is_time(value: object) -> bool:
    """Return whether *value* is a number of seconds; isinstance() would take a bool for one."""
    return type(value) in (int, float)


def _is_binding(
    id: object, issued_at: object, policy: object, not_after: object, unknown: tuple[object, ...]
) -> bool:
    return (
        isinstance(id, str)
        and isinstance(policy, str)
        and is_time(issued_at)
        and (not_after is None or is_time(not_after))
        and all(isinstance(each, str) and _UNKNOWN_FIELD.fullmatch(each) for each in unknown)
    )
