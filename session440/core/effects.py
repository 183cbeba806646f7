"""The effects of a step, as data: the drivers carry them out, and no step calls anything.

Each effect is carried out at once, in the order of the step, but for :class:`Close`,
:class:`MoveEnd` and :class:`RenewKey`, which wait for the response. Then the store is told, even if
the response may not carry a cookie.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..cause import Cause
from .ticket import Ticket


class Tell(NamedTuple):
    """An event for the listeners."""

    kind: Literal["started", "confirmed", "renewed", "ended", "step_up", "former_scope"]
    ticket: Ticket
    cause: Cause | None = None
    reason: str | None = None
    enforced: bool = True


class Bind(NamedTuple):
    """Keep the ticket's binding in the framework's session."""

    ticket: Ticket


class Unbind(NamedTuple):
    """Remove the binding from the framework's session."""


class RenewKey(NamedTuple):
    """Give the framework's session another key, and leave its content as it is.

    Not before the app has answered: after an error the browser has its former key still. At once
    where the framework announces a login, so that who hears of it sees the key that stays.
    """


class ClearSession(NamedTuple):
    """Delete all content of the framework's session.

    :param keep_csrf: keep its CSRF token, for the login form that is being sent.
    :param is_logout: the person logs out, and the framework is to announce it.
    """

    keep_csrf: bool = False
    is_logout: bool = False


class HideSession(NamedTuple):
    """Show the app an empty session in this request, and leave the real one unchanged."""


class ReplaceSession(NamedTuple):
    """Show the app an empty session of its own; the real one is going to be cleared.

    :param keep_csrf: keep its CSRF token, for the login form that is being sent.
    """

    keep_csrf: bool = False


class ShowCookie(NamedTuple):
    """Show the app only this value of the watched cookie; ``None``: show it no value."""

    value: str | None


class Record(NamedTuple):
    """Record the login whose ticket is sent in the store, before the app runs."""


class Close(NamedTuple):
    """Tell the store that a login is over.

    :param cause: ``None`` for a logout, or if a new login takes its place.
    :param successor: the login that takes its place in the same browser.
    """

    ticket: Ticket
    cause: Cause | None = None
    successor: Ticket | None = None


class MoveEnd(NamedTuple):
    """Tell the store that the credential behind a login ends at another time."""

    ticket: Ticket


SessionEffect = Bind | Unbind | RenewKey | ClearSession | HideSession | ReplaceSession | ShowCookie
#: What waits for the response.
OwedEffect = Close | MoveEnd | RenewKey
Effect = Tell | SessionEffect | Record | OwedEffect
