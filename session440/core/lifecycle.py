"""How a request's login stands, and every step that changes it.

Everything that changes the state of a login is in this file, as in h11's ``_state.py``. A step
takes values and returns the new state and the effects to carry out; it makes no ticket.
"""

from __future__ import annotations

from ..cause import Cause
from .decision import Decision, Standing
from .effects import (
    Bind,
    ClearSession,
    Close,
    Effect,
    HideSession,
    MoveEnd,
    Record,
    RenewKey,
    Tell,
    Unbind,
)
from .ended import Ended
from .enforcement import (
    Answer,
    Audience,
    Evidence,
    Kind,
    Mode,
    SessionChange,
    Target,
    Treatment,
    told,
    treat,
)
from .exhaustive import assert_never
from .ports import Change, LoggedIn, LoggedOut, Renamed
from .state import FORGOTTEN, NOBODY, UNAVAILABLE, UNTOUCHED, CookieAction, State, Step
from .ticket import Ticket

# Before the app runs


def stand(decision: Decision, fresh: Ticket | None = None) -> Step:
    """Return the step for a request whose login has not ended.

    :param fresh: the ticket for a login that began without one.
    """
    match decision.standing:
        case Standing.ACTIVE:
            return State(decision.ticket), ()
        case Standing.REISSUED:
            return State(decision.ticket, cookie=CookieAction.RENEW), ()
        case Standing.ADOPTED if decision.ticket is not None:
            return State(decision.ticket, cookie=CookieAction.RENEW), (Bind(decision.ticket),)
        case Standing.FORGOTTEN:
            return FORGOTTEN, _left(decision)
        case Standing.UNCERTAIN:
            # On public pages, too: a view that is shown an empty session may write to it, and
            # so overwrite the real one.
            return UNAVAILABLE, ()
        case Standing.BEGUN if fresh and decision.ticket and fresh.id == decision.ticket.id:
            begun, effects = begin(NOBODY, fresh, decision.reason)
            # Its id is always the same, so a client without cookies makes one record.
            return begun._replace(untried=False), (*effects, Record())
        case Standing.BEGUN if fresh is not None:
            return begin(State(decision.ticket), fresh, decision.reason)
        case Standing.ANONYMOUS | Standing.BEGUN | Standing.ADOPTED | Standing.ENDED:
            return NOBODY, ()
        case _:
            assert_never(decision.standing)


def _left(decision: Decision) -> tuple[Effect, ...]:
    """Close a live login that is left without its session: no copy of its cookies goes on."""
    if decision.ticket is None or decision.reason is None:
        return ()
    told = (Tell("ended", decision.ticket, reason=decision.reason),)
    return (*(told if decision.reason == "overwritten" else ()), *_closing(decision.ticket))


def let_pass(decision: Decision, mode: Mode) -> Step:
    """Change nothing for OPTIONS and static files, but hide an ended login from the view."""
    match decision.standing:
        case Standing.ACTIVE | Standing.REISSUED:
            return UNTOUCHED._replace(login=decision.ticket), ()
        case Standing.ENDED:
            return UNTOUCHED, _session_effects(treat(Target(Kind.UNTOUCHED), mode).session)
        case Standing.UNCERTAIN:
            return UNTOUCHED, (HideSession(),)
        case Standing.ANONYMOUS | Standing.FORGOTTEN | Standing.BEGUN | Standing.ADOPTED:
            return UNTOUCHED, ()
        case _:
            assert_never(decision.standing)


def end(ended: Ended, treatment: Treatment, is_clearable: bool, now: float) -> Step:
    """End a login, as the second decision table says.

    :param is_clearable: whether the session may be cleared. A session that names nobody and is
        not empty belongs to a visitor.
    """
    cookie, parcel = _kept(ended, treatment.evidence, now)
    state = State(None, ended, cookie, parcel, treatment.answer, changed=True)
    session = _session_effects(treatment.session) if is_clearable else ()
    return state, (*_told(ended), *_closed(ended), *session)


def _kept(ended: Ended, evidence: Evidence, now: float) -> tuple[CookieAction, Ticket | None]:
    """Return what becomes of the ticket's cookie, and the evidence that it is to carry."""
    if evidence is Evidence.SPENT:
        return CookieAction.DELETE, None
    told_at = ended.ticket and ended.ticket.told_at
    is_first = evidence is Evidence.TOLD and told_at is None
    if ended.is_evidence and not is_first:
        return CookieAction.KEEP, None
    parcel = ended.evidence(now, now if is_first else told_at)
    return (CookieAction.KEEP if parcel is None else CookieAction.SEND), parcel


def _told(ended: Ended, is_enforced: bool = True) -> tuple[Effect, ...]:
    if ended.is_told or ended.ticket is None:
        return ()
    return (Tell("ended", ended.ticket, ended.cause, ended.reason, is_enforced),)


def _closed(ended: Ended) -> tuple[Effect, ...]:
    """Tell the store, unless the login is lost here: another server may still have its data."""
    is_known = ended.is_recorded or ended.cause is Cause.LOST
    return () if is_known else _closing(ended.ticket, ended.cause)


def _closing(
    ticket: Ticket | None, cause: Cause | None = None, successor: Ticket | None = None
) -> tuple[Effect, ...]:
    if ticket is None or not ticket.id or ticket.ended:
        return ()
    return (Close(ticket, cause, successor),)


def _session_effects(change: SessionChange) -> tuple[Effect, ...]:
    match change:
        case SessionChange.NONE:
            return ()
        case SessionChange.CLEARED:
            return (ClearSession(),)
        case SessionChange.CLEARED_BUT_CSRF:
            return (ClearSession(keep_csrf=True),)
        case SessionChange.HIDDEN:
            return (HideSession(),)
        case SessionChange.UNBOUND:
            return (Unbind(),)
        case _:
            assert_never(change)


def report(ended: Ended, fresh: Ticket | None) -> Step:
    """Report what would have ended, and begin a new login so that it is reported only once.

    :param fresh: the ticket of the new login; ``None`` if there is only evidence.
    """
    before = (*_told(ended, is_enforced=False), *_closing(ended.ticket, successor=fresh))
    if fresh is None:
        return FORGOTTEN, before
    state, effects = begin(NOBODY, fresh, "report")
    return state, (*before, *effects)


# While the app runs


def begin(
    state: State, ticket: Ticket, reason: str | None = None, renews_key: bool = False
) -> Step:
    """Begin a login: the former ends, and its key at a proof if *renews_key* (ASVS 5.0, 7.2.4)."""
    former = () if state.is_unsent else _replaced(state.login, ticket, renews_key)
    begun = State(ticket, None, CookieAction.SEND, ticket, changed=True, untried=reason is not None)
    return begun, (*former, Bind(ticket), Tell("started", ticket, reason=reason))


def _replaced(login: Ticket | None, ticket: Ticket, renews_key: bool) -> tuple[Effect, ...]:
    """Close a login that another one replaces."""
    closed = _closing(login, successor=ticket)
    if login is None or login.subject != ticket.subject or not renews_key:
        return closed
    is_proof = ticket.proved_at not in (None, login.proved_at) or ticket.is_proof
    return (*closed, *((RenewKey(),) if is_proof else ()))


def confirm(state: State, ticket: Ticket) -> Step:
    """Go on with the login as *ticket*: its person has proved once more who they are.

    Its id and the session's key are new (OWASP ASVS 5.0, 7.2.4); nothing else begins anew.
    """
    former = () if state.is_unsent else _closing(state.login, successor=ticket)
    proved = State(ticket, None, CookieAction.SEND, ticket, changed=True)
    return proved, (*former, RenewKey(), Bind(ticket), Tell("confirmed", ticket))


def move_end(state: State, ticket: Ticket) -> Step:
    """Go on with the login as *ticket*, whose credential ends at another time now."""
    moved = state._replace(login=ticket, cookie=CookieAction.SEND, parcel=ticket, moved=True)
    return moved, (Bind(ticket), MoveEnd(ticket))


def step_up(state: State) -> Step:
    """Answer that a recent login is needed. The login goes on."""
    told = () if state.login is None else (Tell("step_up", state.login),)
    return state._replace(answer=Answer.STEP_UP), told


def log_out(state: State) -> Step:
    """End the login because the person logs out."""
    if state.login is None:
        return state, ()
    told_so = Tell("ended", state.login, reason="logout")
    gone = State(cookie=CookieAction.DELETE, changed=True)
    return gone, (told_so, *_closing(state.login))


def follow(state: State, change: Change, fresh: Ticket | None, renews_key: bool = False) -> Step:
    """Follow what the app did to the login in its session.

    :param fresh: the ticket for the login that the app began.
    """
    match change:
        case LoggedOut(is_bound):
            gone, effects = log_out(state)
            return gone, (*effects, *((Unbind(),) if is_bound else ()))
        case LoggedIn():
            return (state, ()) if fresh is None else begin(state, fresh, None, renews_key)
        case Renamed(subject):
            return rename(state, subject)
        case _:
            assert_never(change)


def rename(state: State, subject: str) -> Step:
    """Go on with the login under another subject."""
    if state.login is None:
        return state, ()
    login = state.login._replace(subject=subject)
    if state.cookie in (CookieAction.SEND, CookieAction.LEAVE):  # LEAVE: this is no activity
        return state._replace(login=login, cookie=CookieAction.SEND, parcel=login), ()
    return state._replace(login=login, cookie=CookieAction.RENEW), ()


def time_out(state: State, ended: Ended, audience: Audience, now: float) -> Step:
    """Answer with the 440 from now on; a login that is still live ends.

    :param ended: the end that the 440 tells, unless one was found before in this request.
    """
    if state.answer is Answer.LOGIN_TIMEOUT:
        return state, ()
    if state.login is not None:
        treatment = Treatment(Answer.LOGIN_TIMEOUT, told(audience), SessionChange.CLEARED)
        return end(ended, treatment, True, now)
    return refuse(state._replace(ended=state.ended or ended), audience, now)


def refuse(state: State, audience: Audience, now: float) -> Step:
    """Replace the app's answer with the 440, because the app has refused its visitor."""
    state = state._replace(answer=Answer.LOGIN_TIMEOUT)
    if audience is Audience.NOBODY or state.ended is None:
        return state, ()
    cookie, parcel = _kept(state.ended, told(audience), now)
    return state._replace(cookie=cookie, parcel=parcel), ()


# Before the response goes out


def leave(state: State) -> State:
    """Neither renew the login nor end it: the framework did not find its person."""
    is_due = state.cookie in (CookieAction.KEEP, CookieAction.RENEW)
    return state._replace(cookie=CookieAction.LEAVE) if is_due else state


def extend(state: State) -> State:
    """Issue the ticket again even if that is not due: the person asked for it."""
    if state.login is None or state.cookie is not CookieAction.KEEP:
        return state
    return state._replace(cookie=CookieAction.RENEW)


def renew(state: State, ticket: Ticket) -> Step:
    """Issue the ticket again, as *ticket*."""
    if state.login is None:
        return state, ()
    # In place of _replace(), which takes three times as long.
    told, send = Tell("renewed", state.login), CookieAction.SEND
    answer, changed, untried = state.answer, state.changed, state.untried
    return State(ticket, state.ended, send, ticket, answer, changed, untried), (told,)


def recorded(state: State, ticket: Ticket) -> Step:
    """Send *ticket*, which says that the store keeps the login; so does a session just written."""
    is_written = state.changed or state.moved
    kept = state._replace(login=state.login and ticket, parcel=ticket)
    return kept, ((Bind(ticket),) if is_written and state.login else ())
