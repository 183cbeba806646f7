"""One request and its answer: what it carries, and how its login stands by now.

It decides nothing: the steps of :mod:`session440.core.lifecycle` do, and this keeps their
results.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from ..core.cookie import find_cookies
from ..core.decision import UNASKED, Decision, Facts, Standing, StoreAnswer, choose, decide
from ..core.effects import Close, Effect
from ..core.ended import Ended
from ..core.lifecycle import NOBODY, CookieAction, State, Step, report, stand, upcoming
from ..core.ports import Holding, Presentation, Request, Session
from ..core.ticket import ID_BYTES, Ticket
from ..engine import Engine

#: Runs a function that may block, away from the event loop: ``await in_thread(function, ...)``.
InThread = Callable[..., Any]


class Exchange:
    """One request and its answer.

    :param in_thread: of an adapter that awaits; ``None``: everything is done at once.
    """

    #: How the login stands as far as is known, without judging it.
    provisional = NOBODY
    #: The authentic tickets that the request carries, once they are read.
    tickets: tuple[Ticket, ...] = ()
    decision: Decision | None = None  # how the login stood at the door
    holding = Holding()  # what the session said at the door
    in_thread: InThread | None = None
    is_sent = False  # the response's headers have gone
    is_late = False  # the login is still to be judged, once somebody asks
    _judge: Callable[[], object] | None = None
    _is_read = False
    _closings: tuple[Close, ...] = ()
    _delayed: tuple[Effect, ...] = ()

    def __init__(
        self,
        engine: Engine,
        request: Request,
        session: Session,
        presentation: Presentation,
        in_thread: InThread | None = None,
    ) -> None:
        self.engine = engine
        self.request = request
        self.session = session
        self.presentation = presentation
        if in_thread is not None:
            self.in_thread = in_thread
        self.method: str = request.environ.get("REQUEST_METHOD", "")
        # One reading of the clock for each request, so that it agrees with itself.
        self.now = engine.clock()

    # What the request carries

    def read_tickets(self) -> tuple[Ticket, ...]:
        """Read the authentic tickets, once; others are counted and left alone."""
        header, name = self.request.environ.get("HTTP_COOKIE"), self.engine.cookie_name
        if header is None:
            return ()
        if not self._is_read and name in header:
            for value in find_cookies(header, name):
                ticket = self.engine.signer.loads(value)
                if ticket is None or ticket.is_future(self.now):
                    self._refuse(ticket)
                else:
                    self.tickets += (ticket,)
        self._is_read = True
        return self.tickets

    def _refuse(self, ticket: Ticket | None) -> None:
        reason = "not authentic" if ticket is None else "clock"
        self.engine.teller.tell("refused", self.now, ticket, reason=reason)

    def newest(self) -> Ticket | None:
        """Return the newest live ticket, else the newest, whatever the session says."""
        if not self.tickets:
            return None
        return choose(Facts(self.now, self.tickets), self.engine.rules)

    def live_ticket(self) -> Ticket | None:
        """Return a ticket that is within its time by itself; the session may say otherwise."""
        ticket = self.newest()
        if ticket is None or ticket.ended:
            return None
        return ticket if self.now < self.engine.expiry(ticket).deadline else None

    @cached_property
    def is_declared_passive(self) -> bool:
        """Whether the request says that it is no activity. No header can say the contrary."""
        environ = self.request.environ
        purpose: str = environ.get("HTTP_SEC_PURPOSE", "")
        return environ.get("HTTP_SESSION440_PASSIVE") == "?1" or purpose.startswith("prefetch")

    def is_passive(self) -> bool:
        """Return whether the request is no sign of a person."""
        if self.is_declared_passive:
            return True
        paths = self.engine.settings.passive_paths
        return bool(paths and paths.match(self.request.path())) or self.request.is_passive()

    # How its login stands

    @property
    def state(self) -> State:
        """How the login stands; judged now, if that was put off until somebody asks."""
        if self._judge is not None:
            judge, self._judge, self.is_late = self._judge, None, False
            judge()
        return self.provisional

    def judge_later(self, state: State, judge: Callable[[], object]) -> None:
        """Put judging off until somebody asks; *state* is what is known meanwhile."""
        self.provisional, self._judge, self.is_late = state, judge, True

    def advance(self, step: Step) -> tuple[Effect, ...]:
        """Go on to the step's state; return the effects that are to be carried out."""
        self._judge, self.is_late = None, False
        self.provisional, effects = step
        return effects

    def amend(self, step: Step) -> tuple[Effect, ...]:
        """The same for a step that judges nothing: what was put off stays so."""
        self.provisional, effects = step
        return effects

    def send(self) -> State:
        """Note that the response's headers go now; return how the login stands."""
        self.is_sent = True
        return self.provisional

    # Facts, for the decision

    def decide(self, holding: Holding, answer: StoreAnswer = UNASKED) -> Decision:
        """Return how the login stands, by what the request carries and what the store says."""
        self.holding = holding
        facts = Facts(
            self.now,
            self.tickets,
            holding.subject,
            holding.binding,
            holding.is_carried,
            holding.empty,
            answer,
        )
        self.decision = decide(facts, self.engine.rules)
        return self.decision

    def ended_by(self, decision: Decision) -> Ended:
        """Return the login that *decision* has found to be over."""
        return Ended.of(decision, self.holding.subject, self.engine.limits, self.now)

    def subject_of(self, decision: Decision) -> str | None:
        """Return whose login the app would see if nothing ended."""
        ticket = decision.ticket
        if self.holding.is_carried is None and ticket is not None and not ticket.ended:
            return ticket.subject
        return self.holding.subject

    def fresh(self, decision: Decision) -> Ticket | None:
        """Return the ticket of the login that takes the place of the one decided about."""
        subject = self.subject_of(decision)
        return None if subject is None else self.issue(subject)

    def carry_on(self, decision: Decision) -> Step:
        """Return the step of a login that goes on, if only because its end is merely reported."""
        if decision.standing is Standing.ENDED:
            return report(self.ended_by(decision), self.fresh(decision))
        if decision.standing is Standing.BEGUN:
            return stand(decision, self.fresh(decision))
        return stand(decision)

    @property
    def is_clearable(self) -> bool:
        """Whether the session may be cleared.

        One that names nobody and holds something is a visitor's.
        """
        holding = self.holding
        return holding.subject is not None or holding.binding is not None or holding.empty

    # New tickets

    def issue(
        self, subject: str, policy: str | None = None, not_after: float | datetime | None = None
    ) -> Ticket:
        """Return the ticket of a login that begins now."""
        settings, limits = self.engine.settings, self.engine.limits
        if policy is None and settings.choose_policy is not None:
            policy = settings.choose_policy(self.request.native, subject)
        policy = policy or "default"
        if policy not in limits.names:
            raise ValueError(f"no policy is called {policy!r}; known are {limits.names}")
        return Ticket(
            id=secrets.token_urlsafe(ID_BYTES),
            subject=subject,
            issued_at=self.now,
            seen_at=self.now,
            policy=policy,
            not_after=_epoch(not_after),
            node=self.engine.node,
        )

    def upcoming(self) -> Ticket | None:
        """Return the ticket as this response will leave it: seen now, if that is due."""
        state = self.state
        if state.login is None or not self.is_due(state) or self.is_passive():
            return state.login
        return upcoming(state.login, self.now, self.engine.node)

    def is_due(self, state: State) -> bool:
        """Return whether it is time to issue the ticket again."""
        if state.login is None or state.cookie is not CookieAction.KEEP:
            return state.cookie is CookieAction.RENEW
        return self.engine.limits.is_due(state.login, self.now)

    # Effects that wait for the way out

    def keep(self, closing: Close) -> None:
        """Keep what the store is to know once the app has run."""
        self._closings += (closing,)

    def closings(self) -> tuple[Close, ...]:
        """Return, once, what the store is to know."""
        closings, self._closings = self._closings, ()
        return closings

    def delay(self, effect: Effect) -> None:
        """Leave *effect* to the way out, where the session may be written."""
        self._delayed += (effect,)

    def delayed(self) -> tuple[Effect, ...]:
        """Return, once, what was left to the way out; a login that began since has replaced it."""
        effects, self._delayed = self._delayed, ()
        return effects if self.provisional.login is None else ()


def _epoch(moment: float | datetime | None) -> float | None:
    if not isinstance(moment, datetime):
        return None if moment is None else float(moment)
    if moment.tzinfo is None:
        raise ValueError(
            f"not_after is {moment!r}, which names no time zone; give an aware datetime"
        )
    return moment.timestamp()
