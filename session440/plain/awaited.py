"""The async face of a session that is in memory: it never waits."""

from __future__ import annotations

from ..core.effects import SessionEffect
from ..core.ports import Change, Holding, Refusal, Session
from ..core.ticket import Ticket


class InPlace:
    """Answers at once, by the methods that do not await."""

    async def aread(self: Session, tickets: tuple[Ticket, ...], now: float) -> Holding:
        """Return what it holds."""
        return self.read(tickets, now)

    async def achange(self: Session, login: Ticket | None) -> Change | None:
        """Return what the app did to the login in this request."""
        return self.change(login)

    async def arefusal(self: Session) -> Refusal | None:
        """Return why the framework has refused the session's login without a logout."""
        return self.refusal()

    async def aapply(self: Session, effect: SessionEffect) -> None:
        """Carry out *effect*."""
        self.apply(effect)
