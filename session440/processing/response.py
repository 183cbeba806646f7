"""What the app did to the login, and what is added to its response."""

from __future__ import annotations

from ..cause import Cause
from ..core.cookie import Cookie
from ..core.decision import Decision, Standing
from ..core.delivery import (
    NOTHING,
    Amendment,
    Kept,
    amendment,
    deletion,
    former_deletions,
    is_undelivered,
    left_behind,
    may_carry,
    ticket_scope,
    told_of,
    with_age,
)
from ..core.effects import Effect
from ..core.enforcement import Answer, Evidence, SessionChange, Treatment
from ..core.lifecycle import end, extend, follow, leave, refuse, renew
from ..core.ports import LoggedIn, Refusal
from ..core.shared_cache import Header
from ..core.state import CookieAction, State, Step
from ..core.ticket import Ticket, upcoming
from ..exchange import Exchange
from ..exchange.driver import (
    acarry_out,
    achange_of,
    aclose,
    akeep_login,
    arefusal_of,
    arun,
    atake,
    carry_out,
    change_of,
    close,
    is_recordable,
    keep_login,
    refusal_of,
    run,
    take,
)
from ..exchange.succession import renews_key, successor
from ..http.audience import audience_of
from ..http.negotiation import refuses
from ..http.targets import is_login_page, is_public

NO_TICKETS: tuple[Ticket, ...] = ()


def settle(exchange: Exchange, status: int, location: str | None = None) -> bool:
    """Note what the app did; return whether the 440 replaces its refusal."""
    state = exchange.provisional
    if state.answer is Answer.LOGIN_TIMEOUT:  # found while the app ran, or at the door
        return exchange.owes_reply
    if _is_settled(exchange, state):
        return False
    if not exchange.session.is_untouched():
        note_change(exchange, state)
    if exchange.provisional.answer is not Answer.CHALLENGE:
        return False
    return run(exchange, _is_refused, status, location)


async def asettle(exchange: Exchange, status: int, location: str | None = None) -> bool:
    """Note what the app did; return whether the 440 replaces its refusal."""
    state = exchange.provisional
    if state.answer is Answer.LOGIN_TIMEOUT:  # found while the app ran, or at the door
        return exchange.owes_reply
    if _is_settled(exchange, state):
        return False
    if not exchange.session.is_untouched():
        await anote_change(exchange, state)
    if exchange.provisional.answer is not Answer.CHALLENGE:
        return False
    return await arun(exchange, _is_refused, status, location)


def note_change(exchange: Exchange, state: State) -> None:
    """Take the step that follows from what the app or the framework did to the login."""
    refusal = None
    if state.login is not None and not state.changed:
        refusal = refusal_of(exchange)
    if refusal is not None:
        take(exchange, run(exchange, _refuse_login, state, refusal))
        return
    change = change_of(exchange, state.login)
    if change is not None:
        new = run(exchange, successor, change.subject) if isinstance(change, LoggedIn) else None
        take(exchange, follow(exchange.provisional, change, new, renews_key(exchange)))
    elif state.login is not None and _ages_otherwise(exchange, state.login):
        exchange.amend((extend(state), ()))


async def anote_change(exchange: Exchange, state: State) -> None:
    """Take the step that follows from what the app or the framework did to the login."""
    refusal = None
    if state.login is not None and not state.changed:
        refusal = await arefusal_of(exchange)
    if refusal is not None:
        await atake(exchange, await arun(exchange, _refuse_login, state, refusal))
        return
    change = await achange_of(exchange, state.login)
    if change is not None:
        new = (
            await arun(exchange, successor, change.subject)
            if isinstance(change, LoggedIn)
            else None
        )
        await atake(exchange, follow(exchange.provisional, change, new, renews_key(exchange)))
    elif state.login is not None and _ages_otherwise(exchange, state.login):
        exchange.amend((extend(state), ()))


def _ages_otherwise(exchange: Exchange, login: Ticket) -> bool:
    """Return whether the session's cookie may outlast what the ticket says of it."""
    age, known = exchange.session.unusual_age(exchange.session.scope()), login.age
    if not (age and known):  # as usual, or until the browser is closed
        return age != known
    return age > known


def _is_settled(exchange: Exchange, state: State) -> bool:
    """Return whether changes that the app makes to the session no longer count."""
    if state.cookie is CookieAction.LEAVE and not (state.login and exchange.session.watches):
        return True
    return exchange.is_late


def _refuse_login(exchange: Exchange, state: State, refusal: Refusal) -> Step:
    """End a login that the framework has refused, as when its user has a new password."""
    if refusal is Refusal.UNFOUND:
        return leave(state), ()
    # A browser sends its ticket. A test client does not in its first request after
    # force_login(): for that the app's own answer stays, as other people's tests expect.
    is_carried = bool(exchange.tickets) and not exchange.engine.reports_only
    is_open = not is_carried or is_login_page(exchange) or is_public(exchange)
    treatment = Treatment(
        Answer.APP if is_open else Answer.CHALLENGE,
        Evidence.KEPT if is_carried else Evidence.SPENT,
        # Flask-Login took out what is its own; the rest is the app's, who may still need it.
        SessionChange.UNBOUND if refusal is Refusal.PROTECTED else SessionChange.CLEARED,
    )
    reason = refusal.value if refusal is Refusal.PROTECTED else None
    ended = exchange.ended_by(Decision(Standing.ENDED, state.login, Cause.REVOKED, reason))
    return end(ended, treatment, exchange.holding.is_clearable, exchange.now)


def _is_refused(exchange: Exchange, status: int, location: str | None) -> bool:
    if not refuses(exchange.request, status, location):
        return False
    exchange.advance(refuse(exchange.provisional, audience_of(exchange), exchange.now))
    return True


def passes_as_it_is(exchange: Exchange) -> bool:
    """Return whether the response goes out as it is: the app left the login alone, nothing is due.

    This is the plain path, of nearly all requests. What is not plain is settled and processed.
    """
    if exchange.waiting or not (exchange.is_late or exchange.session.is_untouched()):
        return False
    return exchange.send()


def passes_by(exchange: Exchange) -> bool:
    """Return whether the login adds nothing to the headers, where that is not plain."""
    state = exchange.provisional
    if state.changed or state.answer is Answer.LOGIN_TIMEOUT:
        return False
    if state.login is not None and exchange.engine.settings.page_cache is not None:
        return False
    if state.cookie is CookieAction.KEEP and state.login is not None:
        return not exchange.engine.limits.is_due(state.login, exchange.now)
    return state.cookie is CookieAction.KEEP or state.cookie is CookieAction.LEAVE


def process_response(exchange: Exchange, status: int, header: Header) -> Amendment:
    """Return what is added to the response, and tell the store which logins are over."""
    if exchange.waiting:
        carry_out(exchange, exchange.delayed())
    if exchange.send() or passes_by(exchange):
        return NOTHING
    return amend_response(exchange, status, header)


def amend_response(exchange: Exchange, status: int, header: Header) -> Amendment:
    """Return what is added to a response whose login has changed or is due for renewal."""
    exchange.send()
    state, session = exchange.provisional, exchange.session
    is_paired = session.watches and session.sends_cookie()
    if exchange.owing and not is_undelivered(state, status, is_paired):
        close(exchange)
    if state.login is not None:
        carry_out(exchange, _renew(exchange, state))
    cookie, left, kept = None, NO_TICKETS, _kept(exchange, status)
    if may_carry(exchange.provisional, status, is_paired, header):
        if exchange.engine.shared is not None and is_recordable(exchange.provisional):
            keep_login(exchange)
        cookie, left = _ticket_cookie(exchange)
    others = session.deletions() if session.watches else ()
    if left:
        carry_out(exchange, told_of(left))
        others += _former_deletions(exchange, left)
    return amendment(exchange.provisional, cookie, others, is_paired, header, kept)


async def aprocess_response(exchange: Exchange, status: int, header: Header) -> Amendment:
    """Return what is added to the response, and tell the store which logins are over."""
    if exchange.waiting:
        await acarry_out(exchange, exchange.delayed())
    if exchange.send() or passes_by(exchange):
        return NOTHING
    return await aamend_response(exchange, status, header)


async def aamend_response(exchange: Exchange, status: int, header: Header) -> Amendment:
    """Return what is added to a response whose login has changed or is due for renewal."""
    exchange.send()
    state, session = exchange.provisional, exchange.session
    is_paired = session.watches and session.sends_cookie()
    if exchange.owing and not is_undelivered(state, status, is_paired):
        await aclose(exchange)
    if state.login is not None:
        await acarry_out(exchange, _renew(exchange, state))
    cookie, left, kept = None, NO_TICKETS, _kept(exchange, status)
    if may_carry(exchange.provisional, status, is_paired, header):
        if exchange.engine.shared is not None and is_recordable(exchange.provisional):
            await akeep_login(exchange)
        cookie, left = _ticket_cookie(exchange)
    others = session.deletions() if session.watches else ()
    if left:
        await acarry_out(exchange, told_of(left))
        others += _former_deletions(exchange, left)
    return amendment(exchange.provisional, cookie, others, is_paired, header, kept)


def _kept(exchange: Exchange, status: int) -> Kept:
    settings = exchange.engine.settings
    # The headers of a 304 would update those of a page that says itself how it may be kept.
    return Kept(settings.page_cache is None or status == 304, settings.clear_site_data)


def _renew(exchange: Exchange, state: State) -> tuple[Effect, ...]:
    """Issue the ticket again if that is due."""
    is_sending = state.cookie in (CookieAction.RENEW, CookieAction.KEEP)
    if state.login is None or not is_sending or not exchange.is_due(state):
        return ()
    if exchange.is_activity():
        ticket = upcoming(state.login, exchange.now, exchange.engine.node)
    elif state.cookie is CookieAction.RENEW:
        ticket = state.login
    else:
        return ()
    return exchange.amend(renew(state, ticket))


def _ticket_cookie(exchange: Exchange) -> tuple[Cookie | None, tuple[Ticket, ...]]:
    """Return the ticket's cookie, and the tickets that a former scope has left in the browser."""
    state, engine, parcel = exchange.provisional, exchange.engine, exchange.provisional.parcel
    # A cookie that is no ticket of ours may be another application's, and is not deleted.
    deletes = state.cookie is CookieAction.DELETE and exchange.tickets
    if parcel is None and not deletes:
        return None, ()
    scope, left = exchange.session.scope(), NO_TICKETS
    for each in exchange.tickets:
        if each.path != scope.path or each.domain != scope.domain:
            left = left_behind(exchange.tickets, scope)
    if not (state.changed or state.answer is Answer.LOGIN_TIMEOUT):
        left = ()
    if parcel is None:
        return deletion(engine.cookie_name, scope), left
    if exchange.is_late:  # nobody has read the session, whose cookie may last another time
        age, scope = parcel.age, with_age(scope, parcel)
    else:
        age = exchange.session.unusual_age(scope)
    if (parcel.path, parcel.domain, parcel.age) != (scope.path, scope.domain, age):
        parcel = parcel._replace(path=scope.path, domain=scope.domain, age=age)
    if engine.live.is_watching:
        engine.live.note_sent(parcel)
    written = engine.signer.dumps(parcel)
    return Cookie(engine.cookie_name, written, ticket_scope(scope, parcel, engine.limits)), left


def _former_deletions(exchange: Exchange, left: tuple[Ticket, ...]) -> tuple[Cookie, ...]:
    session = exchange.session
    names = [name for name in (exchange.engine.cookie_name, session.cookie_name()) if name]
    return former_deletions(left, session.scope(), names)
