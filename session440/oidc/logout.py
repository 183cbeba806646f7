"""A verified logout token ends logins, whichever of the two comes first.

A login is recorded, writes a link to itself under the provider's session and person, and then
reads the tombstones there. A logout writes its tombstone and then reads the links. Whatever the
order of these four, one of the two sees the other, so no login lives on.

What is kept, by the keys of :mod:`session440.core.external`:

- ``sid:<key>``: ids of the logins that came from a session of the provider.
- ``sub:<key>``: ids of a person's logins, each with a dot and the key of its session, if that is
  known.
- ``gone:sid:<key>``, ``gone:sub:<key>``: when the provider ended the session, or all of the
  person's; with a dot at its end: of one session only.
- ``jti:<digest>``: a token has done all of this.
"""

from __future__ import annotations

import json
from typing import Protocol

from ..core.external import External, sid_key, sub_key
from ..core.record import digest, stored_id
from ..core.ticket import SKEW, Ticket
from ..moments import MINUTE
from .jws import InvalidLogoutToken
from .logout_token import LONGEST_AGE, LogoutToken

#: The event's reason.
REASON = "idp"

#: How long a login may take from the ID token on, in seconds: as long as a code (RFC 6749
#: section 4.1.2: ten minutes) and a slow answer take.
LATEST_LOGIN = 15 * MINUTE
#: As long as the token would be accepted again, by any node's clock.
_REMEMBERED = 2 * (LONGEST_AGE + SKEW)
#: How long before its login here an ID token was issued, if the app did not say when, in seconds;
#: and how far the clocks of a provider's servers may be apart.
_LEAD = 10.0


class Registry(Protocol):
    """The registry of logins on all servers. Each raises StoreError if the store is out."""

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """Keep *text* under *key*; return true for the one caller who was first."""

    def notes(self, key: str, now: float) -> list[str]:
        """Return what is kept under *key*."""

    def unknown_until(self, now: float) -> float:
        """Return until when a login may come to be recorded that has begun by *now*."""

    def revoke(self, id: str, now: float, reason: str | None = None) -> bool:
        """End a login that was recorded; return whether it was live."""


def remember(
    ticket: Ticket, external: External, registry: Registry, keep_until: float, now: float
) -> bool:
    """Link a login to the provider's session; return true if that has ended, and so must it.

    It must have been recorded before: a logout ends what is recorded.

    :param external: from the ticket.
    :param keep_until: when the login is over, however much it is used.
    :raises StoreError: if the store is out: then the login is not linked.
    """
    id = stored_id(ticket.id)
    if external.sid:
        registry.note(f"sid:{external.sid}", id, keep_until, now)
    if external.sub:
        registry.note(f"sub:{external.sub}", f"{id}.{external.sid}", keep_until, now)
    return _has_ended(external, ticket.issued_at, registry, now)


def _has_ended(external: External, issued_at: float, registry: Registry, now: float) -> bool:
    if external.sid and _is_gone(external, issued_at, registry, now):
        return True
    if not external.sub:
        return False
    iat = issued_at - _LEAD if external.iat is None else external.iat
    ends = registry.notes(f"gone:sub:{external.sub}", now)
    # An end in the same second counts: most providers' times are whole seconds.
    return any(iat <= _moment(each) and _concerns(each, external.sid) for each in ends)


def _is_gone(external: External, issued_at: float, registry: Registry, now: float) -> bool:
    """Return whether the login is from before the end of its session.

    Some providers end a session for one site and let it go on, so that it logs in again:
    https://www.ory.sh/docs/hydra/guides/consent#revoking-consent
    """
    iat = issued_at - LATEST_LOGIN if external.iat is None else external.iat - _LEAD
    ends = registry.notes(f"gone:sid:{external.sid}", now)
    return any(iat <= _moment(each) for each in ends)


def _moment(end: str) -> float:
    return float(end.removesuffix("."))


def _concerns(note: str, sid: str) -> bool:
    """Return whether the end of one session is that of a login from the session *sid*.

    If a login's session is not known, the end of any of the person's sessions may be its own.
    """
    return not sid or not note.endswith(".")


def end_logins(token: LogoutToken, registry: Registry, now: float) -> int:
    """End the logins that *token* is about; return how many of them were live.

    :raises InvalidLogoutToken: if it has done so before.
    :raises StoreError: if the store is out. Then the token may be sent again: it counts as used
        only once every login has ended.
    """
    used = "jti:" + digest(json.dumps([token.issuer, token.jti]))
    if registry.notes(used, now):
        raise InvalidLogoutToken("it was sent before (jti)")
    sid, sub = sid_key(token.issuer, token.sid), sub_key(token.issuer, token.subject)
    _leave_tombstones(sid, sub, token.iat, registry, now)
    ended = [registry.revoke(each, now, REASON) for each in _linked(sid, sub, registry, now)]
    if not registry.note(used, "", now + _REMEMBERED, now):
        raise InvalidLogoutToken("it was sent before (jti)")
    return sum(ended)


def _leave_tombstones(sid: str, sub: str, iat: float, registry: Registry, now: float) -> None:
    until = max(now + LATEST_LOGIN, registry.unknown_until(now))
    if sid:
        registry.note(f"gone:sid:{sid}", repr(iat), until, now)
    if sub:
        registry.note(f"gone:sub:{sub}", repr(iat) + ("." if sid else ""), until, now)


def _linked(sid: str, sub: str, registry: Registry, now: float) -> list[str]:
    """Return the ids of a session's logins; of all the person's if no session is named.

    With a session named, the person's logins whose session is not known are among them.
    """
    found = registry.notes(f"sid:{sid}", now) if sid else []
    links = registry.notes(f"sub:{sub}", now) if sub else []
    ids = [id for id, _, of in (each.partition(".") for each in links) if not (sid and of)]
    return list(dict.fromkeys([*found, *ids]))
