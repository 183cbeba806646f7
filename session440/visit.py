"""A visit: one request's login, from the door to the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from .caller import is_declared_passive
from .cause import Cause
from .cookie import Cookie
from .exchange import Exchange, Holding
from .outcome import Outcome, State
from .ticket import Ticket

if TYPE_CHECKING:
    from .engine import Engine
    from .policy import Policy

SAFE_METHODS = ("GET", "HEAD")


class Amendment(NamedTuple):
    """What the engine adds to a response: a cookie, and headers that replace others."""

    cookie: Cookie | None = None
    headers: tuple[tuple[str, str], ...] = ()


NOTHING = Amendment()


class Visit:
    """One request's login: who, until when, or why no longer.

    Adapters call, in this order: :meth:`enter`, :meth:`settle`, :meth:`finish`. Everything
    else is for the app.
    """

    # Plain defaults on the class keep a visit of nobody down to two assignments.
    holding = Holding()  # what the framework's session said at the door
    timed_out: bool = False  # this answer is the 440
    challenged: bool = False  # a refusal by the app will give way to it
    _entered = False
    _untouched = False  # OPTIONS and static files
    _sealed = False
    _changed = False  # the login began or ended in this request
    _reissue = False
    _drop = False
    _now: float | None = None
    _tickets: tuple[Ticket, ...] | None = None
    _ticket: Ticket | None = None
    _mail: Ticket | None = None  # goes out with the answer
    _cause: Cause | None = None
    _last: Ticket | None = None  # of the login that ended

    def __init__(self, engine: Engine, exchange: Exchange) -> None:
        self.engine = engine
        self.exchange = exchange

    # For the app

    @property
    def active(self) -> bool:
        """Whether somebody is logged in."""
        return self.ticket is not None

    @property
    def ticket(self) -> Ticket | None:
        """The ticket of the login, while it lasts."""
        if not self._entered:
            self.enter()
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
        """The ticket as this response will leave it: renewed, where that is due."""
        return self.ticket and self._upcoming(self.ticket)

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
        self._begin(str(subject), policy, not_after)

    def logout(self) -> None:
        """End the login because the person said so.

        :raises RuntimeError: once the response's headers have gone.
        """
        self._check_unsealed("logout")
        self.forget()
        self.exchange.clear_session(keep_csrf=False)

    def _check_unsealed(self, verb: str) -> None:
        if self._sealed:
            raise RuntimeError(f"{verb}() came too late: the response's headers have gone")

    # At the door

    @property
    def now(self) -> float:
        """The request's time: one reading of the clock, so that it agrees with itself."""
        if self._now is None:
            self._now = self.engine.clock()
        return self._now

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

    def enter(self) -> bool:
        """Judge the login before the app runs; true where the answer is 440."""
        self._entered = True
        self._ticket = None
        if not (self.exchange.session_carried() or self.tickets):
            return False
        if self.exchange.is_static():
            self._untouched = True
            return False
        outcome = self.look()
        if self.exchange.environ.get("REQUEST_METHOD") == "OPTIONS":
            self._let_pass(outcome)
            return False
        if outcome.state is State.ENDED:
            return self._meet_ended(outcome)
        self._take(outcome)
        return False

    def _let_pass(self, outcome: Outcome) -> None:
        """Change nothing for OPTIONS, but show no ended login to a view that answers it."""
        self._untouched = True
        if outcome.state in (State.ACTIVE, State.REISSUED):
            self._ticket = outcome.ticket
        elif outcome.state is State.ENDED and self.engine.settings.enforcement != "report":
            self.exchange.hide_session()

    def look(self) -> Outcome:
        """Find what the request's cookies say, changing nothing."""
        tickets = self.tickets
        self.holding = self.exchange.read_session(tickets)
        return self.engine.decide(self.exchange, tickets, self.holding, self.now)

    def _take(self, outcome: Outcome) -> None:
        """Go on with a login that has not ended."""
        state = outcome.state
        if state is State.BEGUN:
            self._begin(str(self.holding.subject), reason=outcome.reason)
        elif state is State.FORGOTTEN:
            self._drop = True
        elif state is not State.ANONYMOUS:
            self._ticket = outcome.ticket
            self._reissue = state is State.REISSUED

    def defer(self) -> bool:
        """Leave a public page's login unjudged; true where its ticket alone is live.

        For an adapter whose session is costly to read: a public page that asks for the
        login has it judged then.
        """
        ticket = self.engine.newest(self.tickets, self.now)
        if ticket is None or not self.engine.is_live(ticket, self.now):
            return False
        self._ticket = ticket
        return True

    def _is_login_page(self) -> bool:
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

    # Login pages, public pages and all others meet an ended login

    def _meet_ended(self, outcome: Outcome) -> bool:
        settings = self.engine.settings
        if settings.enforcement == "report":
            self._report(outcome)
            return False
        if self._is_login_page():
            self._end(outcome, keep=False)
            return False
        if self.is_public():
            self._end(outcome, keep=True)
            return False
        method = self.exchange.environ.get("REQUEST_METHOD")
        if settings.enforcement == "challenge" and method in SAFE_METHODS:
            self._end(outcome, keep=True)
            self.challenged = True
            return False
        self._end(outcome, keep=self.is_passive())
        self.timed_out = True
        return True

    def _report(self, outcome: Outcome) -> None:
        """Say what would have ended, and let it begin anew so that it is said once."""
        self._tell_ended(outcome, enforced=False)
        subject = self.holding.subject
        if self.exchange.session_carried() is None and outcome.ticket:
            subject = outcome.ticket.subject
        if subject is None:
            self._drop = True
        else:
            self._begin(subject, reason="report")

    def _end(self, outcome: Outcome, keep: bool) -> None:
        """End the login; *keep* its ticket as evidence for the page that matters."""
        last = self._last_ticket(outcome)
        if not last.ended:
            self._tell_ended(outcome)
        self._cause, self._last, self._changed = outcome.cause, last, True
        self._ticket = self._mail = None
        if self._is_clearable():
            posts = self.exchange.environ.get("REQUEST_METHOD") == "POST"
            self.exchange.clear_session(keep_csrf=posts and self._is_login_page())
        if keep:
            self._mail = None if last.ended else self._as_evidence(last)
        else:
            self._drop = True

    def _is_clearable(self) -> bool:
        """A session that names nobody and holds something is a visitor's: hands off."""
        subject, binding, empty = self.holding
        return subject is not None or binding is not None or empty

    def _as_evidence(self, last: Ticket) -> Ticket:
        return last._replace(ended=self._cause, not_after=self.ended_at)

    def _tell_ended(self, outcome: Outcome, enforced: bool = True) -> None:
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

    # While the app runs

    def _begin(
        self,
        subject: str,
        policy: str | None = None,
        not_after: float | datetime | None = None,
        reason: str | None = None,
    ) -> None:
        ticket = self.engine.issue(self.exchange, subject, self.now, policy, not_after)
        self._entered = self._changed = True
        self.challenged = self._drop = self.timed_out = self._untouched = False
        self._ticket = self._mail = ticket
        self._cause = None
        self.exchange.bind([*ticket.binding])
        self.engine.tell("started", self.now, ticket, reason=reason)

    def rename(self, subject: str) -> None:
        """Go on with the login under another subject."""
        if self._ticket is not None:
            self._ticket = self._ticket._replace(subject=subject)
            self._reissue = True

    def forget(self) -> None:
        """Note that the person logged out."""
        if self.ticket is not None:
            self.engine.tell("ended", self.now, self.ticket, reason="logout")
            self._changed = self._drop = True
            self._ticket = self._mail = None

    def time_out(self, cause: Cause) -> None:
        """End the login here and now, with the 440 for an answer."""
        if self.ticket is not None:
            self.holding = self.holding._replace(subject=self.ticket.subject)
            self._end(Outcome(State.ENDED, self.ticket, cause), keep=self.is_passive())
        self._cause = self._cause or cause
        self.timed_out = True

    def extend(self) -> bool:
        """Renew the login because its person said so; false where it has ended."""
        self._entered = True
        outcome = self.look()
        if outcome.state is State.ENDED:
            # Evidence stays: this request is a script's, and the message is for a person.
            self._end(outcome, keep=True)
            self.timed_out = True
            return False
        self._take(outcome)
        self._reissue = True
        return True

    # On the way out

    def settle(self, status: int, location: str | None = None) -> bool:
        """Note what the app did; true where its refusal must give way to the 440."""
        if self.timed_out or self._untouched:
            return False
        if self._entered and self._ticket and self.exchange.is_voided():
            self._end(Outcome(State.ENDED, self._ticket, Cause.REVOKED), keep=True)
            self.challenged = not (self._is_login_page() or self.is_public())
        elif self._entered and self.exchange.session_changed():
            self._follow()
        if not (self.challenged and self._refuses(status, location)):
            return False
        self.timed_out = True
        if not self.is_passive():
            self._mail, self._drop = None, True
        return True

    def _follow(self) -> None:
        """Follow the app's own login or logout, as its session now tells it."""
        subject, binding, _ = self.exchange.read_session(())
        if subject is None:
            self.forget()
            if binding is not None:
                self.exchange.bind(None)
        elif self._ticket is None or binding is None or subject != self._ticket.subject:
            self._begin(subject)

    def _refuses(self, status: int, location: str | None) -> bool:
        if status in (401, 403):
            return True
        if location is None or not 300 <= status < 400:
            return False
        return self.exchange.is_login_page(location)

    def finish(self, status: int, header: Callable[[str], str | None]) -> Amendment:
        """Close the visit: what the response must carry.

        :param header: gives a header of the response, or ``None``.
        """
        if self.passes_by():
            return NOTHING
        cookie = self._cookie(status, header)
        headers = []
        if self.timed_out:
            headers.append(("Cache-Control", "no-store"))
            if self._cause:
                headers.append(("Session440-Cause", str(self._cause)))
        elif self._changed:
            headers.append(("Cache-Control", _made_private(header("Cache-Control"))))
        if cookie is not None:
            headers.append(("Vary", _with_cookie(header("Vary"))))
        return Amendment(cookie, tuple(headers)) if headers else NOTHING

    def passes_by(self) -> bool:
        """Close the visit of one who was never logged in: true where that is so."""
        self._sealed = True
        if self._ticket is None or self._untouched:
            return not (self._drop or self._changed or self.timed_out)
        return False

    def _cookie(self, status: int, header: Callable[[str], str | None]) -> Cookie | None:
        ticket = self._ticket_due()
        if (ticket is None and not self._drop) or self._must_wait(status, header):
            return None
        scope = self.exchange.cookie_scope()
        if ticket is not None:
            return self.engine.ticket_cookie(ticket, scope)
        # A cookie that is no ticket of ours may be another application's: it stays.
        return self.engine.no_ticket_cookie(scope) if self.tickets else None

    def _must_wait(self, status: int, header: Callable[[str], str | None]) -> bool:
        """Whether this response may carry no ticket."""
        if self.timed_out:
            return False
        if self._changed:
            # After a server's error the session may not have been saved: no login then.
            return self._ticket is not None and status >= 500
        # A 304 speaks of a stored response; a shared cache would hand the cookie to others.
        return status == 304 or "public" in _directives(header("Cache-Control"))

    def _ticket_due(self) -> Ticket | None:
        if self._mail is None and self._ticket is not None:
            upcoming = self._upcoming(self._ticket)
            if self._reissue or upcoming is not self._ticket:
                self._mail = self._ticket = upcoming
                self.engine.tell("renewed", self.now, upcoming)
        return self._mail

    def _upcoming(self, ticket: Ticket) -> Ticket:
        """Give the ticket as this response will carry it: seen now, if that is due."""
        due = self._reissue or (
            self.now - ticket.seen_at >= self.engine.policy(ticket.policy).renewal
        )
        if not due or self.is_passive():
            return ticket
        # A clock that stepped back must not shorten what was already promised.
        return ticket._replace(seen_at=max(self.now, ticket.seen_at), node=self.engine.node)


def _directives(cache_control: str | None) -> list[str]:
    return _listed((cache_control or "").lower())


def _listed(header: str) -> list[str]:
    return [each.strip() for each in header.split(",") if each.strip()]


def _made_private(cache_control: str | None) -> str:
    kept = [each for each in _directives(cache_control) if each != "public"]
    if "private" in kept or "no-store" in kept:
        return ", ".join(kept)
    return ", ".join([*kept, "private"])


def _with_cookie(vary: str | None) -> str:
    names = _listed(vary or "")
    if "*" in names or "cookie" in (each.lower() for each in names):
        return ", ".join(names)
    return ", ".join([*names, "Cookie"])
