"""What a step wants done, as data: the drivers do it, and nothing calls back.

Each but :class:`Close` is carried out at once, in the order of the step. A :class:`Close` waits
for the way out: then the store is told which logins are over, whether or not the response may
carry a cookie.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..cause import Cause
from .ticket import Ticket


class Tell(NamedTuple):
    """An event for the listeners.

    :param once: another server may have ended the login, and told it; this process tells it
        only the first time that it meets it.
    """

    kind: Literal["started", "renewed", "ended"]
    ticket: Ticket
    cause: Cause | None = None
    reason: str | None = None
    enforced: bool = True
    once: bool = False


class Bind(NamedTuple):
    """Keep the ticket's binding in the framework's session."""

    ticket: Ticket


class Unbind(NamedTuple):
    """Remove the binding from the framework's session."""


class ClearSession(NamedTuple):
    """Log the framework's session out, whole.

    :param keep_csrf: its CSRF token stays, for the login form that is being sent.
    """

    keep_csrf: bool = False


class HideSession(NamedTuple):
    """Show the app an empty session in this request, and leave the real one as it is."""


class ShowCookie(NamedTuple):
    """Show the app this value of the cookie that is watched, and no other; ``None``: no value."""

    value: str | None


class Close(NamedTuple):
    """The store is to know that a login is over.

    :param cause: ``None`` for a logout, or a new login in its place.
    """

    ticket: Ticket
    cause: Cause | None = None


SessionEffect = Bind | Unbind | ClearSession | HideSession | ShowCookie
Effect = Tell | SessionEffect | Close
