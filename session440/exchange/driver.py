"""Asks what must be asked, and carries effects out: once at once, and once awaited.

Nothing is decided here. ``tests/test_twins.py`` holds each twin to the text of its sibling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Concatenate, ParamSpec, TypeVar, cast

from ..core.decision import UNASKED, Decision, StoreAnswer
from ..core.effects import Close, Effect, Tell
from ..core.lifecycle import CookieAction, State, Step, recorded
from ..core.ports import AsyncSession, Change
from ..core.ticket import Ticket
from ..exceptions import StoreError
from .exchange import Exchange

Given = ParamSpec("Given")
Result = TypeVar("Result")

# The questions


def look(exchange: Exchange, renews: bool = False) -> Decision:
    """Find how the login stands; *renews*: the request may count as activity."""
    holding = exchange.session.read(exchange.tickets, exchange.now)
    decision = exchange.decide(holding)
    if exchange.engine.shared is not None and decision.is_in_question:
        decision = exchange.decide(holding, ask(exchange, decision, renews))
    return decision


async def alook(exchange: Exchange, renews: bool = False) -> Decision:
    """Find how the login stands; *renews*: the request may count as activity."""
    holding = await _awaited(exchange).aread(exchange.tickets, exchange.now)
    decision = exchange.decide(holding)
    if exchange.engine.shared is not None and decision.is_in_question:
        decision = exchange.decide(holding, await aask(exchange, decision, renews))
    return decision


def ask(exchange: Exchange, decision: Decision, renews: bool) -> StoreAnswer:
    """Ask the store about the login."""
    shared, ticket = exchange.engine.shared, decision.ticket
    if shared is None or ticket is None:
        return UNASKED
    return shared.ask(decision, ticket, exchange.now, renews and not exchange.is_passive())


async def aask(exchange: Exchange, decision: Decision, renews: bool) -> StoreAnswer:
    """Ask the store about the login."""
    return await arun(exchange, ask, decision, renews)


def change_of(exchange: Exchange, login: Ticket | None) -> Change | None:
    """Return what the app did to the login in this request."""
    return exchange.session.change(login)


async def achange_of(exchange: Exchange, login: Ticket | None) -> Change | None:
    """Return what the app did to the login in this request."""
    return await _awaited(exchange).achange(login)


def is_voided(exchange: Exchange) -> bool:
    """Return whether the framework has refused the session's login, with no logout."""
    return exchange.session.is_voided()


async def ais_voided(exchange: Exchange) -> bool:
    """Return whether the framework has refused the session's login, with no logout."""
    return await _awaited(exchange).ais_voided()


# The effects


def take(exchange: Exchange, step: Step) -> None:
    """Take a step: go on to its state, and carry its effects out."""
    effects = exchange.advance(step)
    if effects:
        carry_out(exchange, effects)


async def atake(exchange: Exchange, step: Step) -> None:
    """Take a step: go on to its state, and carry its effects out."""
    effects = exchange.advance(step)
    if effects:
        await acarry_out(exchange, effects)


def carry_out(exchange: Exchange, effects: Iterable[Effect]) -> None:
    """Carry out what a step wants done at once, in its order; the rest is kept."""
    for effect in effects:
        if isinstance(effect, Tell):
            tell(exchange, effect)
        elif isinstance(effect, Close):
            exchange.keep(effect)
        else:
            exchange.session.apply(effect)


async def acarry_out(exchange: Exchange, effects: Iterable[Effect]) -> None:
    """Carry out what a step wants done at once, in its order; the rest is kept."""
    for effect in effects:
        if isinstance(effect, Tell):
            await atell(exchange, effect)
        elif isinstance(effect, Close):
            exchange.keep(effect)
        else:
            await _awaited(exchange).aapply(effect)


def tell(exchange: Exchange, effect: Tell) -> None:
    """Pass an event on to the listeners."""
    shared, ticket = exchange.engine.shared, effect.ticket
    if effect.once and shared is not None and not shared.tells_first(ticket.id):
        return
    about = {"cause": effect.cause, "reason": effect.reason, "enforced": effect.enforced}
    exchange.engine.teller.tell(effect.kind, exchange.now, ticket, **about)


async def atell(exchange: Exchange, effect: Tell) -> None:
    """Pass an event on: a listener is foreign code, and may block."""
    await arun(exchange, tell, effect)


def close(exchange: Exchange) -> None:
    """Write to the store which logins are over; a store that is out gets it later."""
    closings, shared = exchange.closings(), exchange.engine.shared
    if shared is not None:
        for ticket, cause in closings:
            shared.close(ticket, cause, exchange.now)


async def aclose(exchange: Exchange) -> None:
    """Write to the store which logins are over; a store that is out gets it later."""
    await arun(exchange, close)


def keep_login(exchange: Exchange) -> None:
    """Have the store keep the login whose ticket goes out: the ticket says so from now on."""
    state, shared = exchange.provisional, exchange.engine.shared
    if shared is None or state.parcel is None:
        return
    try:
        exchange.amend(recorded(state, shared.record(state.parcel)))
    except StoreError:
        pass  # told as an outage; the login is recorded when it comes back


async def akeep_login(exchange: Exchange) -> None:
    """Have the store keep the login whose ticket goes out: the ticket says so from now on."""
    await arun(exchange, keep_login)


def is_recordable(state: State) -> bool:
    """Return whether the store is to be told of the login whose ticket goes out.

    A login of which nobody knows whether its browser keeps cookies waits until it is back.
    """
    parcel = state.parcel
    if parcel is None or state.cookie is not CookieAction.SEND or state.untried:
        return False
    return not (parcel.recorded or parcel.ended)


# What may block


def run(
    exchange: Exchange,
    function: Callable[Concatenate[Exchange, Given], Result],
    *given: Given.args,
    **named: Given.kwargs,
) -> Result:
    """Run what may block."""
    return function(exchange, *given, **named)


async def arun(
    exchange: Exchange,
    function: Callable[Concatenate[Exchange, Given], Result],
    *given: Given.args,
    **named: Given.kwargs,
) -> Result:
    """Run what may block, away from the event loop."""
    if exchange.in_thread is None:
        return function(exchange, *given, **named)
    return cast(Result, await exchange.in_thread(function, exchange, *given, **named))


def _awaited(exchange: Exchange) -> AsyncSession:
    return cast(AsyncSession, exchange.session)
