"""One request and its response: what the request carries, and how its login stands.

It decides nothing: the steps of :mod:`session440.core.lifecycle` do. It keeps their results.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from ..core.candidates import MOST_CANDIDATES, likeliest
from ..core.cookie import find_cookies
from ..core.decision import Decision, decide
from ..core.effects import ClearSession, Effect, OwedEffect, ReplaceSession, Tell
from ..core.ended import Ended
from ..core.facts import UNASKED, Facts, StoreAnswer
from ..core.lifecycle import stand
from ..core.ports import Holding, Presentation, Request, Session
from ..core.reading import Reading
from ..core.state import NOBODY, CookieAction, State, Step
from ..core.ticket import Binding, Ticket, upcoming
from ..core.wire import written_id
from ..engine import Engine
from ..greenlets import InThread as InThread
from .background import is_in_background, is_page
from .late import Late
from .owing import parted


class Exchange:
    """One request and its response.

    :param in_thread: given by an adapter that awaits; with ``None`` everything runs in place.
    """

    provisional = NOBODY  # how the login stands, as far as that is known without judging it
    tickets: tuple[Ticket, ...] = ()  # the authentic ones that the request carries, once read
    decision: Decision | None = None  # how the login stood before the app ran
    holding = Holding()  # what the session held before the app ran
    in_thread: InThread | None = None
    is_sent = False  # the response's headers have been sent
    owes_reply = False  # should the answer be the 440, it is not rendered yet
    is_in_view = False  # the view is running
    wanted: float | None = None  # how recent a login the view wants, in seconds
    is_late = False  # the login is judged once somebody asks
    _late: Late | None = None
    _is_declared_passive: bool | None = None
    _is_read = False
    reading: Reading | None = None  # of the only ticket, if there is one
    _is_flooded = False  # there are more ticket cookies than are verified
    _bound_id: str | None = None  # how the bound ticket's text begins
    owing: tuple[OwedEffect, ...] = ()  # until the response goes out
    waiting: tuple[Effect, ...] = ()  # until the app has run

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
        self.now = engine.clock()  # read once for each request, so that all its parts agree

    # What the request carries

    def read_tickets(self) -> tuple[Ticket, ...]:
        """Return the authentic tickets, read once; others are only reported."""
        header, name = self.request.cookies, self.engine.cookie_name
        if header is None or name not in header or self._is_read:
            return self.tickets
        self._is_read = True
        values = find_cookies(header, name)
        if len(values) > MOST_CANDIDATES:
            self._is_flooded = self._bound_id is None
            values = likeliest(values, self._bound_id, self.session.may_be_bound_to)
        for value in values:
            reading = self.engine.signer.read(value)
            if reading is None:
                self._refuse(None)
            elif not self.now >= reading.since and reading.ticket.is_future(self.now):
                self._refuse(reading.ticket)
            else:
                self.tickets += (reading.ticket,)
                self.reading = reading
        if len(self.tickets) > 1:
            self.reading = None
        return self.tickets

    def _read_again(self, binding: object) -> None:
        """Read the tickets again, now that it is known which one the session is bound to."""
        known, self._is_flooded = Binding.parse(binding), False
        if known is not None:
            self._bound_id, self._is_read, self.tickets = written_id(known.id), False, ()
            self.reading = None
            self.read_tickets()

    def _refuse(self, ticket: Ticket | None) -> None:
        reason = "not authentic" if ticket is None else "clock"
        self.engine.teller.tell("refused", self.now, ticket, reason=reason)

    @property
    def is_declared_passive(self) -> bool:
        """Whether the request says that it is no activity. No header can say that it is."""
        if self._is_declared_passive is None:
            environ = self.request.environ
            is_marked = environ.get("HTTP_SESSION440_PASSIVE") == "?1"
            self._is_declared_passive = is_marked or is_in_background(environ)
        return self._is_declared_passive

    def is_passive(self) -> bool:
        """Return whether the request is no sign of a person."""
        if self.is_declared_passive:
            return True
        paths = self.engine.settings.passive_paths
        return bool(paths and paths.match(self.request.path())) or self.request.is_passive()

    def is_activity(self) -> bool:
        """Return whether the request keeps its person logged in."""
        if self.is_passive():
            return False
        if self.engine.settings.activity == "requests" or is_page(self.request.environ):
            return True
        return self.request.path() == f"{self.engine.endpoint_prefix}extend"

    # How its login stands

    @property
    def state(self) -> State:
        """How the login stands, for the app. If judging it was put off, it is judged now."""
        if self._late is not None:
            self._late.look()
        return self.provisional

    def judged(self) -> State:
        """Return how the login stands, for us. If judging it was put off, it is judged now."""
        if self._late is not None:
            self._late.look(is_asked=False)
        return self.provisional

    def judge_later(self, state: State, judge: Callable[[bool], object]) -> bool:
        """Put judging off until somebody asks; until then the login stands as *state* says.

        :param judge: is told whether the view asks, and may then raise an exception.

        Return false if the session may have been read already: then it is judged at once.
        """
        late = Late(self, judge)
        if not self.session.judge_first(late):
            return False
        self.provisional, self._late, self.is_late = state, late, True
        return True

    def advance(self, step: Step) -> tuple[Effect, ...]:
        """Move to the step's state; return the effects to carry out now."""
        state, effects = step
        if effects:  # what waits is noted first, for a request may be cancelled at any of the rest
            owed, effects = parted(effects, self.engine)
            self.owing += owed
        was_late, self.is_late = self.is_late, False
        self.provisional = state
        if was_late:
            self.owes_reply = True
        waits = self.waiting and any(isinstance(each, Tell) for each in self.waiting)
        return self._put_off(effects, was_late) if was_late or waits else effects

    def amend(self, step: Step) -> tuple[Effect, ...]:
        """Do the same for a step that judges nothing: if judging was put off, it still is."""
        self.provisional, effects = step
        return effects

    # Facts

    def note_wanted(self, within: float) -> None:
        """Note how recent a login the view wants: forms of its page may want the same."""
        self.wanted = within

    def note_view(self) -> None:
        """Note that the view runs: whoever looks now may be told by an exception."""
        self.is_in_view = True

    def note_answer(self) -> None:
        """Note that the view has answered, or raised an exception."""
        self.is_in_view = False

    def note_reply(self) -> None:
        """Note that the 440 is rendered."""
        self.owes_reply = False

    def stand(self, decision: Decision) -> Step:
        """Return the step for a login of which nothing has to be told."""
        reading = self.reading
        if reading is not None and decision is reading.decision:
            return reading.step
        return stand(decision)

    def send(self) -> bool:
        """Note that the response's headers are sent; return whether plainly nothing is due."""
        self.is_sent, state, reading = True, self.provisional, self.reading
        if reading is not None and state is reading.step[0]:
            return self.now < reading.due and self.engine.settings.page_cache is None
        return state is NOBODY

    def decide(
        self, holding: Holding, answer: StoreAnswer = UNASKED, valid_from: float = -inf
    ) -> Decision:
        """Return how the login stands, by the request, the store and the site's ``valid_from``."""
        self.holding = holding
        if self._is_flooded:
            self._read_again(holding.binding)
        reading = self.reading
        is_asked = answer is not UNASKED or valid_from > -inf
        is_calm = reading and not is_asked and reading.since <= self.now < reading.until
        if is_calm and reading and reading.is_held(holding):
            self.decision = reading.decision
            return self.decision
        facts = Facts(
            self.now,
            self.tickets,
            holding.subject,
            holding.binding,
            holding.is_carried,
            holding.empty,
            answer,
            holding.is_logged_out,
            self._adopted_id(holding),
            holding.is_durable,
            valid_from,
        )
        self.decision = decide(facts, self.engine.rules)
        return self.decision

    def _adopted_id(self, holding: Holding) -> str:
        """Return the id of a login that is adopted now: with a store the same at each replay.

        A session that is kept in its cookie has no binding each time that this cookie comes.
        """
        if self.engine.shared is None or holding.binding is not None or holding.cookie is None:
            return ""
        if holding.subject is None or self.now >= self.engine.settings.adopt_until:
            return ""
        return self.engine.signer.keyed_hash("adopted", f"{holding.subject} {holding.cookie}")

    def ended_by(self, decision: Decision) -> Ended:
        """Return the login that *decision* has found to be over."""
        return Ended.of(decision, self.holding.subject, self.engine.limits, self.now)

    # Its next ticket

    def upcoming(self) -> Ticket | None:
        """Return the ticket as this response will send it, or as it stays if it is not due."""
        state = self.state
        if state.login is None or self.is_sent or not (self.is_due(state) and self.is_activity()):
            return state.login
        return upcoming(state.login, self.now, self.engine.node)

    def is_due(self, state: State) -> bool:
        """Return whether it is time to issue the ticket again."""
        if state.login is None or state.cookie is not CookieAction.KEEP:
            return state.cookie is CookieAction.RENEW
        return self.engine.limits.is_due(state.login, self.now)

    # Effects that wait until the app has run

    def owe(self, effect: OwedEffect) -> None:
        """Keep an effect until the app has run."""
        self.owing += (effect,)

    def owed(self) -> tuple[OwedEffect, ...]:
        """Return what was kept, and forget it."""
        owed, self.owing = self.owing, ()
        return owed

    def delay(self, effect: Effect) -> None:
        """Carry out *effect* only once the app has run, when the session may be written."""
        self.waiting += (effect,)

    def delayed(self) -> tuple[Effect, ...]:
        """Return what was delayed, and forget it."""
        effects, self.waiting = self.waiting, ()
        return effects

    def _put_off(self, effects: tuple[Effect, ...], was_late: bool) -> tuple[Effect, ...]:
        """Delay what is told, in its order, and what a login that is judged late writes.

        The view's transaction may be rolled back. Meanwhile the session is replaced.
        """
        clears = [each for each in effects if was_late and isinstance(each, ClearSession)]
        later = [each for each in effects if isinstance(each, Tell) or each in clears]
        self.waiting += tuple(later)
        now = [each for each in effects if each not in later]
        return (*now, *(ReplaceSession(each.keep_csrf) for each in clears))
