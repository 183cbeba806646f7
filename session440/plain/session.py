"""No session: in an app of no framework the ticket is the login."""

from __future__ import annotations

from ..core.cookie import Cookie, Scope
from ..core.effects import SessionEffect
from ..core.ports import Change, Holding, Judging, Refusal
from ..core.ticket import Ticket
from .awaited import InPlace

NOTHING_HELD = Holding(is_carried=None)


class TicketSession(InPlace):
    """There is no session beside the ticket.

    :param scope: the scope of the ticket's cookie.
    """

    watches = False

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def is_carried(self) -> bool | None:
        return None

    def read(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        return NOTHING_HELD

    def may_be_bound_to(self, value: str) -> bool:
        return False  # nothing is known yet

    def judge_first(self, judging: Judging) -> bool:
        return True  # nobody can read it

    def is_untouched(self) -> bool:
        return True

    def change(self, login: Ticket | None) -> Change | None:
        return None

    def refusal(self) -> Refusal | None:
        return None

    def shows(self, cookie: str | None) -> bool:
        return True  # there is no other than the ticket's

    def may_block(self) -> bool:
        return True

    def refuses_user(self) -> bool:
        return False

    def apply(self, effect: SessionEffect) -> None:
        """Do nothing: without its ticket the login no longer exists."""

    def scope(self) -> Scope:
        return self._scope

    def unusual_age(self, scope: Scope) -> float | None:
        return None  # it is known for each response

    def sends_cookie(self) -> bool:
        return False

    def cookie_name(self) -> str | None:
        return None

    def deletions(self) -> tuple[Cookie, ...]:
        return ()
