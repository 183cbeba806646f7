"""A visit: one request's login, as an app sees it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Literal

from .cause import Cause
from .core.credential import NOW, Credential, Moment, Proof, end_of_credential
from .core.effects import ClearSession, Effect, ReplaceSession, Tell
from .core.lifecycle import begin, confirm, log_out, move_end
from .core.record import stored_id
from .core.subject import login_text, subject_text
from .core.ticket import Ticket
from .decorators import RECENT as MARK
from .decorators import use
from .exceptions import LoginTimeout, StepUpRequired
from .exchange import Exchange
from .exchange.driver import carry_out
from .exchange.settled import Settled
from .exchange.succession import confirmed, issue, renews_key
from .exchange.tickets import has_ticket_alone
from .greenlets import is_in_loop
from .live import Watch
from .moments import MINUTE, aware
from .policy import Duration, seconds

#: How recent a login is meant to be if nothing else is said.
RECENT = 10 * MINUTE


class Unsaid(Enum):
    """Stands for what was not said, where ``None`` says something."""

    UNSAID = "not said"


UNSAID: Final = Unsaid.UNSAID


class Visit:
    """One request's login: who is logged in and until when, or why not any more."""

    __slots__ = ("__weakref__", "_exchange")

    def __init__(self, exchange: Exchange | Settled) -> None:
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

    @property
    def proved_at(self) -> datetime | None:
        """When the person last proved who they are (aware, UTC); ``None``: that is not known.

        They do so by logging in. A login that was adopted or remembered proves nothing.
        """
        ticket = self._exchange.state.login
        at = None if ticket is None else ticket.proved_at
        return None if at is None else aware(at)

    def is_recent(self, within: Duration = RECENT) -> bool:
        """Return whether the person has proved who they are less than *within* ago.

        :param within: seconds, a ``timedelta``, or text such as ``"10m"``, which is the default.
        """
        use(MARK)
        ticket = self._exchange.state.login
        length = seconds("within", within)
        return ticket is not None and ticket.is_proved(length, self._exchange.now)

    def require_recent(self, within: Duration = RECENT) -> None:
        """Go on only if the person has proved who they are less than *within* ago.

        :param within: seconds, a ``timedelta``, or text such as ``"10m"``, which is the default.
        :raises StepUpRequired: otherwise; it is answered 401, and the login goes on.
        :raises LoginTimeout: if the login has ended.
        """
        length = seconds("within", within)
        self._exchange.note_wanted(length)
        if self.is_recent(length):
            return
        state = self._exchange.state
        if state.login is None and state.ended is not None:
            raise LoginTimeout(state.ended.cause or Cause.CREDENTIAL)
        raise StepUpRequired(length)

    def login(
        self,
        subject: object,
        policy: str | None = None,
        not_after: Moment | None = None,
        proved_at: Moment | Proof | None = NOW,
        credential: Credential | None = None,
    ) -> None:
        """Begin a login, in place of any earlier one.

        :param subject: who logs in; its text is kept in the ticket.
        :param policy: name of the policy; otherwise ``choose_policy`` is asked.
        :param not_after: when the credential behind the login ends: epoch seconds or an
            aware datetime.
        :param proved_at: when the person proved who they are, such as the claim ``auth_time`` of
            an ID token; ``None``: that is not known. By default they just did.
        :param credential: both of these, and how an identity provider knows the login. Without it
            and without *not_after* the option ``credential`` is asked.
        :raises RuntimeError: if the response's headers have been sent already.
        :raises TypeError: for a *subject* that is a mapping or a list.
        :raises ValueError: for an unknown policy, a naive datetime, a *not_after* that has
            passed or is beyond a century, a *proved_at* that is still to come, or a *subject* that
            names nobody (``None``, ``""``, a truth value) or is too long for a cookie.
        """
        exchange = self._not_sent("login")
        state = exchange.state  # before anything begins: a login that is over ends first
        if not_after is not None:
            credential = (credential or Credential())._replace(not_after=not_after)
        ticket = issue(exchange, login_text(subject), policy, credential, proved_at)
        _carry_out(exchange, exchange.advance(begin(state, ticket, None, renews_key(exchange))))

    def confirm(self, subject: object = UNSAID) -> None:
        """Note that the person has proved once more who they are, to the app itself.

        It is for an app that has just checked a password or a passkey without a new login. The
        login goes on with a new id, in a session with a new key (OWASP ASVS 5.0, 7.2.4); its
        absolute timeout stays where it is.

        :param subject: who has proved it; give it, so that nobody's proof counts for somebody
            else (GHSA-f66q-9rf6-8795).
        :raises RuntimeError: if the response's headers have been sent already, or nobody is
            logged in.
        :raises ValueError: if *subject* is not the person who is logged in; also for ``None``,
            which means that nobody has proved anything.
        """
        exchange = self._not_sent("confirm")
        login = self._live("confirm")
        if subject is not UNSAID and (subject is None or subject_text(subject) != login.subject):
            raise ValueError(
                "confirm(): the proof is of nobody, or of another person than the login; give "
                "the same subject as for login(), such as the user's primary key"
            )
        _carry_out(exchange, exchange.advance(confirm(exchange.state, confirmed(exchange, login))))

    def credential(
        self,
        not_after: Moment | Literal[Unsaid.UNSAID] | None = UNSAID,
        credential: Credential | None = None,
    ) -> None:
        """Move the end of the credential behind the login, for example when a token was refreshed.

        The login goes on: its id, its absolute timeout and its proof stay as they are.

        :param not_after: when the credential ends now: epoch seconds or an aware datetime;
            ``None``: the login ends only by its timeouts.
        :param credential: the same, and how an identity provider knows the login.
        :raises RuntimeError: if the response's headers have been sent already, or nobody is
            logged in.
        :raises ValueError: for a naive datetime, and a *not_after* that has passed or is beyond
            a century.
        :raises TypeError: if neither is given.
        """
        exchange = self._not_sent("credential")
        login, now = self._live("credential"), exchange.now
        if credential is None and not_after is UNSAID:
            raise TypeError("credential() needs not_after or a credential; None is no end")
        given = credential or Credential(None if not_after is UNSAID else not_after)
        end = end_of_credential(given.not_after, now)
        moved = login._replace(not_after=end, external=given.external or login.external)
        if moved.external != login.external and exchange.engine.settings.oidc:
            moved = moved._replace(recorded="")  # it is linked when it is recorded
        if moved != login:
            _carry_out(exchange, exchange.advance(move_end(exchange.state, moved)))

    def logout(self) -> None:
        """End the login because the person logs out.

        :raises RuntimeError: if the response's headers have been sent already.
        """
        exchange = self._not_sent("logout")
        effects = exchange.advance(log_out(exchange.state))
        if exchange.session.may_block():
            carry_out(exchange, (*effects, ClearSession(is_logout=True)))
        else:  # the app is shown an empty session at once; the real one is cleared on the way out
            _carry_out(exchange, (*effects, ReplaceSession()))
            exchange.delay(ClearSession(is_logout=True))

    def watch(self) -> Watch:
        """Watch the login for a connection that stays open: a socket, or a stream of events.

        Write ``with visit.watch() as login:``, or ``async with`` in a coroutine: ``login.ended``
        is an event, ``login.is_over`` asks the clock, and :class:`~session440.live.LiveLogin` has
        the rest. If the same person logs in again in the same browser, the connection goes on. If
        nobody is logged in, it never ends. A function as ``valid_from`` cannot be asked without a
        request: the next request asks it.
        """
        exchange = self._exchange
        if isinstance(exchange, Settled):
            return exchange.watch()
        login, is_alone = exchange.state.login, has_ticket_alone(exchange)
        return Watch(exchange.engine.live, login, exchange.now, is_alone)

    def _not_sent(self, verb: str) -> Exchange:
        if self._exchange.is_sent or isinstance(self._exchange, Settled):
            raise RuntimeError(f"{verb}() came too late: the response's headers have been sent")
        return self._exchange

    def _live(self, verb: str) -> Ticket:
        login = self._exchange.state.login
        if login is None:
            raise RuntimeError(f"{verb}(): nobody is logged in")
        return login


def _carry_out(exchange: Exchange, effects: tuple[Effect, ...]) -> None:
    """Carry out the effects. Listeners are the site's own: a coroutine does not wait for them."""
    is_awaited = exchange.in_thread is not None and is_in_loop()
    if exchange.session.may_block() and not is_awaited:
        carry_out(exchange, effects)
        return
    carry_out(exchange, [each for each in effects if not isinstance(each, Tell)])
    for each in effects:
        if isinstance(each, Tell):
            exchange.delay(each)
