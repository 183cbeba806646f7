"""A visit: one request's login, and all that can happen to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cached_property

from .cause import Cause
from .core.decision import Outcome, State
from .core.ports import Exchange, Holding
from .core.ticket import Ticket
from .engine import Engine
from .http.negotiation import is_by_client, is_declared_passive, is_part_of_page
from .policy import Policy
from .registry.entries import Entries
from .stores import stored_id


class Visit:
    """One request's login: who, until when, or why no longer.

    :mod:`session440.door` leads it in and :mod:`session440.departure` out; in between it is
    the app's.
    """

    # Plain defaults on the class keep a visit of nobody down to two assignments.
    holding = Holding()  # what the framework's session said at the door
    untouched = False  # OPTIONS and static files: nothing changes
    challenged = False  # a refusal by the app will give way to the 440
    timed_out = False  # this answer is the 440
    unavailable = False  # this answer is the 503: nobody goes on without the store
    changed = False  # the login began or ended in this request
    sealed = False  # the response's headers have gone
    outgoing: Ticket | None = None  # must go out with the answer
    spent = False  # the ticket must be deleted
    _unjudged: Callable[[], object] | None = None
    _reissue = False
    _is_untried = False  # whether the browser takes the outgoing ticket is not known yet
    _now: float | None = None
    _tickets: tuple[Ticket, ...] | None = None
    _ticket: Ticket | None = None
    _cause: Cause | None = None
    _last: Ticket | None = None  # of the login that ended

    def __init__(self, engine: Engine, exchange: Exchange) -> None:
        self.engine = engine
        self.exchange = exchange

    @cached_property
    def entries(self) -> Entries:
        """What the store is to be told, once the app has run."""
        return Entries(self.engine.shared)

    # For the app

    @property
    def active(self) -> bool:
        """Whether somebody is logged in."""
        return self.ticket is not None

    @property
    def ticket(self) -> Ticket | None:
        """The ticket of the login, while it lasts."""
        if self._unjudged is not None:
            judge, self._unjudged = self._unjudged, None
            self._ticket = None
            judge()
        return self._ticket

    @property
    def subject(self) -> str | None:
        """Who is logged in."""
        return self.ticket.subject if self.ticket else None

    @property
    def cause(self) -> Cause | None:
        """Why the login this request presented has ended."""
        return self._cause if self.ticket is None else None

    @property
    def upcoming(self) -> Ticket | None:
        """The ticket as this response will leave it: seen now, if that is due."""
        ticket = self.ticket
        if ticket is None or not self.is_due() or self.is_passive():
            return ticket
        # A clock that stepped back must not shorten what was already promised.
        return ticket._replace(seen_at=max(self.now, ticket.seen_at), node=self.engine.node)

    def is_due(self) -> bool:
        """Whether it is time to issue the ticket again."""
        ticket = self._ticket
        if ticket is None or self._reissue:
            return ticket is not None
        return self.engine.limits.is_due(ticket, self.now)

    @property
    def login_id(self) -> str | None:
        """The login's id in the engine's lists of logins."""
        return self.ticket and stored_id(self.ticket.id)

    @property
    def expires_at(self) -> datetime | None:
        """When the login ends unless it is used (aware, UTC)."""
        if self.ticket is None:
            return None
        deadline = self.engine.expiry(self.upcoming or self.ticket).deadline
        return datetime.fromtimestamp(deadline, timezone.utc)

    @property
    def remaining(self) -> timedelta | None:
        """How long the login still lasts unless it is used."""
        if self.expires_at is None:
            return None
        return self.expires_at - datetime.fromtimestamp(self.now, timezone.utc)

    @property
    def ended_at(self) -> float | None:
        """When the login ended, in UTC epoch seconds."""
        return self._last and min(self.engine.expiry(self._last).deadline, self.now)

    @property
    def policy(self) -> Policy | None:
        """The limits of the login, or of the one that has ended."""
        ticket = self.ticket or self._last
        return ticket and self.engine.policy(ticket.policy)

    def login(
        self,
        subject: object,
        policy: str | None = None,
        not_after: float | datetime | None = None,
    ) -> None:
        """Begin a login, whoever was logged in before.

        :param subject: who; its text is kept in the ticket.
        :param policy: name of the policy; otherwise ``choose_policy`` is asked.
        :param not_after: when the credential behind the login ends: epoch seconds or an
            aware datetime.
        :raises RuntimeError: once the response's headers have gone.
        :raises ValueError: for an unknown policy or a naive datetime.
        """
        self._check_unsealed("login")
        self.begin(str(subject), policy, not_after)

    def logout(self) -> None:
        """End the login because the person said so.

        :raises RuntimeError: once the response's headers have gone.
        """
        self._check_unsealed("logout")
        self.forget()
        self.exchange.clear_session(keep_csrf=False)

    def _check_unsealed(self, verb: str) -> None:
        if self.sealed:
            raise RuntimeError(f"{verb}() came too late: the response's headers have gone")

    # What the request is

    @property
    def now(self) -> float:
        """The request's time: one reading of the clock, so that it agrees with itself."""
        if self._now is None:
            self._now = self.engine.clock()
        return self._now

    @property
    def method(self) -> str:
        """The request's method."""
        return str(self.exchange.environ.get("REQUEST_METHOD", ""))

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """The authentic tickets that the request carries."""
        if self._tickets is None:
            header = self.exchange.environ.get("HTTP_COOKIE")
            if header is None or self.engine.cookie_name not in header:
                self._tickets = ()
            else:
                self._tickets = self.engine.tickets(header, self.now)
        return self._tickets

    def is_under_endpoint(self) -> bool:
        """Whether the request may be for one of the engine's endpoints."""
        prefix = self.engine.endpoint_prefix
        return prefix is not None and self.exchange.environ.get("PATH_INFO", "").startswith(prefix)

    def is_login_page(self) -> bool:
        """Whether people log in here."""
        return self.exchange.is_login_page(self.exchange.location())

    def is_public(self) -> bool:
        """Whether anyone may ask for this, logged in or not."""
        paths = self.engine.settings.public_paths
        return bool(paths and paths.match(self.exchange.path())) or self.exchange.is_public()

    def is_passive(self) -> bool:
        """Whether the request is no sign of a person."""
        if is_declared_passive(self.exchange.environ):
            return True
        paths = self.engine.settings.passive_paths
        return bool(paths and paths.match(self.exchange.path())) or self.exchange.is_passive()

    # How its login stands

    def look(self, renews: bool = False) -> Outcome:
        """Find what the request's cookies say, and the store, changing nothing here.

        :param renews: whether the store may be told that the login is seen now.
        """
        tickets = self.tickets
        self.holding = self.exchange.read_session(tickets)
        renews = renews and not (self.engine.shared is None or self.is_passive())
        return self.engine.decide(self.exchange, tickets, self.holding, self.now, renews)

    def take(self, outcome: Outcome) -> None:
        """Go on with a login that has not ended."""
        state = outcome.state
        if state is State.BEGUN:
            self.entries.close(outcome.ticket)
            self.begin(str(self.holding.subject), reason=outcome.reason)
        elif state is State.FORGOTTEN:
            self.spent = True
        elif state is not State.ANONYMOUS:
            self._ticket = outcome.ticket
            self._reissue = self._reissue or state is State.REISSUED

    def defer(self, judge: Callable[[], object]) -> bool:
        """Leave the login to *judge* until it is asked for; true where its ticket is live.

        For public pages of an adapter whose session is costly to read.
        """
        if not self.carries_live_ticket():
            return False
        self._ticket, self._unjudged = self.engine.newest(self.tickets, self.now), judge
        return True

    def carries_live_ticket(self) -> bool:
        """Whether a ticket, by itself, is within its time; the session may say otherwise."""
        ticket = self.engine.newest(self.tickets, self.now)
        return ticket is not None and self.engine.is_live(ticket, self.now)

    @property
    def is_deferred(self) -> bool:
        """Whether nobody has asked yet."""
        return self._unjudged is not None

    # What happens to it

    def begin(
        self,
        subject: str,
        policy: str | None = None,
        not_after: float | datetime | None = None,
        reason: str | None = None,
    ) -> None:
        """Begin a login: a new ticket, bound in the framework's session."""
        ticket = self.engine.issue(self.exchange, subject, self.now, policy, not_after)
        if self._ticket is not self.outgoing:  # ASVS 5.0, 7.2.4: the former token is over
            self.entries.close(self._ticket)
        # One who keeps no cookies would otherwise have a login recorded at each request.
        self._is_untried = reason is not None
        self.challenged = self.spent = self.timed_out = self.untouched = False
        self.changed, self._cause, self._unjudged = True, None, None
        self._ticket = self.outgoing = ticket
        self.exchange.bind([*ticket.binding])
        self.engine.tell("started", self.now, ticket, reason=reason)

    def rename(self, subject: str) -> None:
        """Go on with the login under another subject."""
        if self._ticket is not None:
            self._ticket = self._ticket._replace(subject=subject)
            self._reissue = True

    def renew(self) -> Ticket | None:
        """Issue the ticket again where that is due; give what must go out."""
        # A deferred login's ticket is renewed by itself: that it is live is all one knows.
        unjudged, self._unjudged = self._unjudged, None
        ticket, upcoming = self._ticket, self.upcoming
        self._unjudged = unjudged
        if self.outgoing is None and upcoming and (self._reissue or upcoming is not ticket):
            self.outgoing = self._ticket = upcoming
            self.engine.tell("renewed", self.now, ticket or upcoming)
        return self.outgoing

    def extend(self) -> None:
        """Renew the login at once, because its person said so."""
        self._reissue = True

    def forget(self) -> None:
        """Note that the person logged out."""
        if self.ticket is not None:
            self.engine.tell("ended", self.now, self.ticket, reason="logout")
            self.entries.close(self.ticket)
            self.changed = self.spent = True
            self._ticket = self.outgoing = None

    def end(self, outcome: Outcome, keep: bool) -> None:
        """End the login; *keep* its ticket as evidence for the page that matters."""
        last = self._last_ticket(outcome)
        if not (last.ended or outcome.told):
            self.tell_ended(outcome)
        # Of a login that is lost here another server may well have the data.
        if not (outcome.closed or outcome.cause is Cause.LOST):
            self.entries.close(outcome.ticket, outcome.cause)
        self._cause, self._last, self.changed = outcome.cause, last, True
        self._ticket = self.outgoing = None
        if self._is_clearable():
            self.exchange.clear_session(self.method == "POST" and self.is_login_page())
        if keep and not last.ended:
            self.outgoing = self._evidence_of(last)
        self.spent = not keep

    def _evidence_of(self, last: Ticket) -> Ticket:
        # Its own times may be in the future, which nobody would believe.
        issued_at, seen_at = min(last.issued_at, self.now), min(last.seen_at, self.now)
        return last._replace(
            issued_at=issued_at, seen_at=seen_at, not_after=self.ended_at, ended=self._cause
        )

    def _is_clearable(self) -> bool:
        """A session that names nobody and holds something is a visitor's: hands off."""
        subject, binding, empty = self.holding
        return subject is not None or binding is not None or empty

    def tell_ended(self, outcome: Outcome, enforced: bool = True) -> None:
        """Pass on that a login has ended, or would have."""
        shared, ticket = self.engine.shared, outcome.ticket
        if outcome.closed and shared and ticket and not shared.tells_first(ticket.id):
            return
        self.engine.tell(
            "ended",
            self.now,
            self._last_ticket(outcome),
            cause=outcome.cause,
            reason=outcome.reason,
            enforced=enforced,
        )

    def _last_ticket(self, outcome: Outcome) -> Ticket:
        """Give the ended login's ticket; a session of which nothing can be believed has none."""
        return outcome.ticket or Ticket("", self.holding.subject or "", self.now, self.now)

    def report(self, outcome: Outcome) -> None:
        """Say what would have ended, and let it begin anew so that it is said once."""
        self.tell_ended(outcome, enforced=False)
        self.entries.close(outcome.ticket)
        subject = self.subject_of(outcome)
        if subject is None:
            self.spent = True
        else:
            self.begin(subject, reason="report")

    def subject_of(self, outcome: Outcome) -> str | None:
        """Whose login the app would see, did nothing end."""
        ticket = outcome.ticket
        if self.exchange.session_carried() is None and ticket and not ticket.ended:
            return ticket.subject
        return self.holding.subject

    def write(self) -> None:
        """Tell the store what became of the login."""
        if self._is_untried:
            self.entries.write(self.now, None)
            return
        outgoing = self.entries.write(self.now, self.outgoing)
        self._ticket = self._ticket and outgoing
        self.outgoing = outgoing

    def time_out(self, cause: Cause) -> None:
        """End the login here and now, with the 440 for an answer."""
        ticket = self.ticket
        if ticket is not None:
            self.holding = self.holding._replace(subject=ticket.subject)
            self.end(Outcome(State.ENDED, ticket, cause), keep=True)
        self._cause = self._cause or cause
        if not self.timed_out:
            self.answer_440()

    def answer_440(self) -> None:
        """Make this answer the 440; one that a person will see spends the evidence."""
        self.timed_out = True
        environ = self.exchange.environ
        if not (self.is_passive() or is_by_client(environ) or is_part_of_page(environ)):
            self.outgoing, self.spent = None, True
