"""How a request's login stands: the values that the steps of a login take and return."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from .effects import Effect
from .ended import Ended
from .enforcement import Answer
from .ticket import Ticket


class CookieAction(Enum):
    """What this response does to the ticket's cookie."""

    LEAVE = "nothing, even if the ticket is due to be issued again"
    KEEP = "nothing, unless the ticket is due to be issued again"
    RENEW = "its ticket is issued again"
    DELETE = "it is deleted"
    SEND = "the parcel is sent in it"


class State(NamedTuple):
    """How this request's login stands.

    :param login: the ticket of the login, while it lasts.
    :param ended: the login that this request has presented and that is over.
    :param parcel: the ticket that is sent with ``CookieAction.SEND``.
    :param changed: a login began or ended in this request.
    :param moved: the end of its credential was moved, which may stand in the parcel alone.
    :param untried: the store is told when the parcel comes back: the browser may keep no cookies.
    """

    login: Ticket | None = None
    ended: Ended | None = None
    cookie: CookieAction = CookieAction.KEEP
    parcel: Ticket | None = None
    answer: Answer = Answer.APP
    changed: bool = False
    untried: bool = False
    moved: bool = False

    @property
    def is_unsent(self) -> bool:
        """Whether nobody knows the login yet: it began in this request."""
        is_sent = self.login is not None and self.login.recorded
        return self.changed and self.login is self.parcel and not is_sent


Step = tuple[State, tuple[Effect, ...]]

NOBODY = State()
UNTOUCHED = State(cookie=CookieAction.LEAVE)
FORGOTTEN = State(cookie=CookieAction.DELETE)
UNAVAILABLE = State(cookie=CookieAction.LEAVE, answer=Answer.UNAVAILABLE)
