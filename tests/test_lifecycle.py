"""The state of a login in a request, whatever happens in it and in whatever order."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from session440 import Cause, Policy, Ticket
from session440.core.decision import LIVE, Decision, Standing
from session440.core.effects import ClearSession, Close, HideSession, Tell
from session440.core.ended import Ended
from session440.core.enforcement import Answer, Audience, Kind, Target, treat
from session440.core.lifecycle import (
    begin,
    end,
    extend,
    follow,
    let_pass,
    log_out,
    refuse,
    rename,
    renew,
    report,
    stand,
    time_out,
)
from session440.core.limits import Limits
from session440.core.ports import LoggedIn, LoggedOut, Renamed
from session440.core.state import CookieAction, State
from session440.core.ticket import upcoming

NOW = 1_800_000_000.0
LIMITS = Limits({"": Policy(), "default": Policy()}, 86400)
CAUSES = st.sampled_from(Cause)
TOUCHED = [each for each in Kind if each is not Kind.UNTOUCHED]
ASKED_FOR = st.builds(Target, st.sampled_from(TOUCHED), st.sampled_from(Audience), st.booleans())


class Request(RuleBasedStateMachine):
    """One request: its login is judged, the app does anything, and the answer is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.effects, self.count = State(), [], 0
        self.begun: set[str] = set()
        self.met: str | None = None  # the login that the request presented, and that lives
        self.is_untouched = False

    def take(self, step) -> None:
        self.state, effects = step
        self.effects += effects

    def fresh(self) -> Ticket:
        self.count += 1
        ticket = Ticket(f"new{self.count}", "alice", NOW, NOW)
        self.begun.add(ticket.id)
        return ticket

    def ended(self, ticket: Ticket | None, cause: Cause) -> Ended:
        return Ended.of(Decision(Standing.ENDED, ticket, cause), "alice", LIMITS, NOW)

    @initialize(
        standing=st.sampled_from(Standing),
        asked_for=ASKED_FOR,
        mode=st.sampled_from(["strict", "challenge", "report"]),
        cause=CAUSES,
        is_evidence=st.booleans(),
        passes=st.booleans(),
        clearable=st.booleans(),
    )
    def meet(self, standing, asked_for, mode, cause, is_evidence, passes, clearable) -> None:
        ticket = Ticket("met", "alice", NOW - 100, NOW - 50)
        if standing is Standing.ENDED and is_evidence:
            ticket = ticket._replace(ended=cause, not_after=NOW - 10)
        if standing in LIVE:
            self.met = ticket.id
        decision = Decision(standing, ticket, cause if standing is Standing.ENDED else None)
        self.is_untouched = passes
        if passes:
            self.take(let_pass(decision, mode))
        elif standing is not Standing.ENDED:
            self.take(stand(decision, self.fresh()))
        elif mode == "report":
            self.take(report(self.ended(ticket, cause), self.fresh() if clearable else None))
        else:
            self.take(end(self.ended(ticket, cause), treat(asked_for, mode), clearable, NOW))

    @rule()
    def log_in(self) -> None:
        self.is_untouched = False
        self.take(begin(self.state, self.fresh()))

    @rule()
    def log_out(self) -> None:
        self.is_untouched = self.is_untouched and self.state.login is None
        self.take(log_out(self.state))

    @rule(change=st.sampled_from([LoggedIn("bob"), LoggedOut(), LoggedOut(True), Renamed("carol")]))
    def follow(self, change) -> None:
        if self.state.cookie is not CookieAction.LEAVE and self.state.answer is Answer.APP:
            fresh = self.fresh() if isinstance(change, LoggedIn) else None
            self.take(follow(self.state, change, fresh))

    @rule(cause=CAUSES, audience=st.sampled_from(Audience))
    def time_out(self, cause, audience) -> None:
        self.is_untouched = False
        self.take(time_out(self.state, self.ended(self.state.login, cause), audience, NOW))

    @rule(audience=st.sampled_from(Audience))
    def refuse(self, audience) -> None:
        if self.state.answer is Answer.CHALLENGE:
            self.take(refuse(self.state, audience, NOW))

    @rule()
    def rename_or_extend(self) -> None:
        if self.state.cookie is not CookieAction.LEAVE:
            self.take(rename(self.state, "dave"))
            self.state = extend(self.state)

    @rule()
    def renew(self) -> None:
        login = self.state.login
        if login is not None and self.state.cookie in (CookieAction.KEEP, CookieAction.RENEW):
            self.take(renew(self.state, upcoming(login, NOW, "node")))

    @invariant()
    def a_parcel_goes_out_or_the_cookie_is_deleted_and_never_both(self) -> None:
        assert (self.state.parcel is not None) == (self.state.cookie is CookieAction.SEND)

    @invariant()
    def evidence_lets_nobody_in(self) -> None:
        if self.state.login is not None:
            assert not self.state.login.ended
            assert self.state.parcel is None or not self.state.parcel.ended

    @invariant()
    def only_begin_makes_a_login(self) -> None:
        if self.state.login is not None:
            assert self.state.login.id in {*self.begun, self.met}
        started = [each.ticket.id for each in self.effects if _is_told(each, "started")]
        assert set(started) <= self.begun
        assert len(started) == len(set(started))

    @invariant()
    def an_end_is_told_at_most_once_and_closed_at_most_once(self) -> None:
        told = [each.ticket.id for each in self.effects if _is_told(each, "ended")]
        closed = [each.ticket.id for each in self.effects if isinstance(each, Close)]
        assert len(told) == len(set(told))
        assert len(closed) == len(set(closed))

    @invariant()
    def what_is_lost_here_may_live_elsewhere(self) -> None:
        assert not [x for x in self.effects if isinstance(x, Close) and x.cause is Cause.LOST]

    @invariant()
    def an_untouched_request_has_no_effect(self) -> None:
        if self.is_untouched:
            assert {type(each) for each in self.effects} <= {HideSession}
            assert self.state.cookie is CookieAction.LEAVE


def _is_told(effect, kind) -> bool:
    return isinstance(effect, Tell) and effect.kind == kind


TestRequest = Request.TestCase
TestRequest.settings = settings(max_examples=300, stateful_step_count=12, deadline=None)


# --- single steps

LOGIN = Ticket("login", "alice", NOW - 100, NOW - 50)
OVER = LOGIN._replace(ended=Cause.IDLE, not_after=NOW - 10)
PAGE = treat(Target(Kind.PUBLIC), "strict")


def closed(effects) -> list[Ticket]:
    return [each.ticket for each in effects if isinstance(each, Close)]


def over(ticket: Ticket, cause=Cause.IDLE) -> Ended:
    return Ended.of(Decision(Standing.ENDED, ticket, cause), "alice", LIMITS, NOW)


def test_a_new_login_closes_the_former_one_but_none_that_was_never_sent():
    first, effects = begin(State(LOGIN), LOGIN._replace(id="first"))
    assert closed(effects) == [LOGIN]
    _, effects = begin(first, LOGIN._replace(id="second"))
    assert closed(effects) == []


def test_evidence_and_a_login_without_a_ticket_close_nothing():
    assert closed(end(over(OVER), PAGE, True, NOW)[1]) == []
    assert closed(end(over(LOGIN._replace(id="")), PAGE, True, NOW)[1]) == []
    assert closed(end(over(LOGIN), PAGE, True, NOW)[1]) == [LOGIN]


def test_evidence_is_not_written_again():
    state, _ = end(over(OVER), PAGE, True, NOW)
    assert (state.cookie, state.parcel) == (CookieAction.KEEP, None)


def test_a_visitors_session_is_not_cleared():
    assert [
        each for each in end(over(LOGIN), PAGE, False, NOW)[1] if type(each) is ClearSession
    ] == []


def test_a_440_is_not_given_a_second_time():
    state, _ = time_out(State(LOGIN), over(LOGIN), Audience.NOBODY, NOW)
    assert state.cookie is CookieAction.SEND
    assert time_out(state, over(LOGIN, Cause.CREDENTIAL), Audience.PERSON, NOW) == (state, ())


def test_a_new_subject_is_written_into_the_ticket_that_is_sent_anyway():
    state, _ = begin(State(), LOGIN)
    assert rename(state, "carol")[0].parcel.subject == "carol"


def test_a_login_of_the_app_itself_begins_one():
    state, effects = follow(State(LOGIN), LoggedIn("bob"), LOGIN._replace(id="new", subject="bob"))
    assert state.login.subject == "bob"
    assert closed(effects) == [LOGIN]
