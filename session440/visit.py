"""A visit: one request's login, as an app sees it."""

from __future__ import annotations

from datetime import datetime, timedelta

from .cause import Cause
from .core.effects import ClearSession, ReplaceSession
from .core.lifecycle import begin, log_out
from .core.record import stored_id
from .core.subject import subject_text
from .core.ticket import Ticket
from .exchange import Exchange
from .exchange.driver import carry_out, take
from .exchange.succession import issue
from .moments import aware


class Visit:
    """One request's login: who is logged in and until when, or why not any more."""

    __slots__ = ("__weakref__", "_exchange")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @property
    def active(self) -> bool:
        """Whether somebody is logged in."""
        return self._exchange.state.login is not None

    @property
    def ticket(self) -> Ticket | None:
        """The ticket of the login, while it lasts."""
        return self._exchange.state.login

    @property
    def subject(self) -> str | None:
        """Who is logged in."""
        ticket = self._exchange.state.login
        return None if ticket is None else ticket.subject

    @property
    def cause(self) -> Cause | None:
        """Why the login that this request presented has ended."""
        state = self._exchange.state
        return None if state.login is not None or state.ended is None else state.ended.cause

    @property
    def login_id(self) -> str | None:
        """The login's id in the engine's lists of logins."""
        ticket = self._exchange.state.login
        return None if ticket is None else stored_id(ticket.id)

    @property
    def expires_at(self) -> datetime | None:
        """When the login ends if it is not used until then (aware, UTC)."""
        ticket = self._exchange.upcoming()
        if ticket is None:
            return None
        deadline = self._exchange.engine.expiry(ticket).deadline
        return aware(deadline)

    @property
    def remaining(self) -> timedelta | None:
        """How long the login still lasts if it is not used."""
        expires_at = self.expires_at
        if expires_at is None:
            return None
        return expires_at - aware(self._exchange.now)

    def login(
        self,
        subject: object,
        policy: str | None = None,
        not_after: float | datetime | None = None,
    ) -> None:
        """Begin a login, in place of any earlier one.

        :param subject: who logs in; its text is kept in the ticket.
        :param policy: name of the policy; otherwise ``choose_policy`` is asked.
        :param not_after: when the credential behind the login ends: epoch seconds or an
            aware datetime.
        :raises RuntimeError: if the response's headers have been sent already.
        :raises TypeError: for a *subject* that is a mapping or a list.
        :raises ValueError: for an unknown policy, a naive datetime, a *not_after* that has
            passed or is beyond a century, or a *subject* too long for a cookie.
        """
        exchange = self._not_sent("login")
        state = exchange.state  # before anything begins: a login that is over ends first
        ticket = issue(exchange, subject_text(subject), policy, not_after)
        take(exchange, begin(state, ticket))

    def logout(self) -> None:
        """End the login because the person logs out.

        :raises RuntimeError: if the response's headers have been sent already.
        """
        exchange = self._not_sent("logout")
        effects = exchange.advance(log_out(exchange.state))
        if exchange.session.may_block():
            carry_out(exchange, (*effects, ClearSession(is_logout=True)))
        else:  # the app is shown an empty session at once; the real one is cleared on the way out
            carry_out(exchange, (*effects, ReplaceSession()))
            exchange.delay(ClearSession(is_logout=True))

    def _not_sent(self, verb: str) -> Exchange:
        if self._exchange.is_sent:
            raise RuntimeError(f"{verb}() came too late: the response's headers have been sent")
        return self._exchange
