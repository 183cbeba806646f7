"""The functions that ask the session and the store, and that carry out effects.

Each has a twin that awaits; ``tests/test_twins.py`` compares their texts. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import Concatenate, ParamSpec, TypeVar, cast

from ..core.decision import LIVE, Decision
from ..core.effects import Close, Effect, MoveEnd, Record, RenewKey, Tell
from ..core.facts import UNASKED, StoreAnswer
from ..core.lifecycle import recorded
from ..core.ports import AsyncSession, Change, Refusal
from ..core.state import CookieAction, State, Step
from ..core.ticket import Ticket
from ..exceptions import StoreError
from . import closing
from .exchange import Exchange
from .recording import keep_beside
from .spawning import spawn, spawn_for_store
from .succession import valid_from_of as site_valid_from

Given = ParamSpec("Given")
Result = TypeVar("Result")

# The questions


def look(exchange: Exchange, renews: bool = False) -> Decision:
    """Return how the login stands.

    :param renews: the request may count as activity.
    """
    holding = exchange.session.read(exchange.tickets, exchange.now)
    decision, valid_from = exchange.decide(holding), -inf
    if exchange.engine.settings.valid_from is not None and decision.standing in LIVE:
        valid_from = valid_from_of(exchange, decision)
        decision = exchange.decide(holding, UNASKED, valid_from)
    if exchange.engine.shared is not None and decision.is_in_question:
        decision = exchange.decide(holding, ask(exchange, decision, renews), valid_from)
    return decision


async def alook(exchange: Exchange, renews: bool = False) -> Decision:
    """Return how the login stands.

    :param renews: the request may count as activity.
    """
    holding = await _awaited(exchange).aread(exchange.tickets, exchange.now)
    decision, valid_from = exchange.decide(holding), -inf
    if exchange.engine.settings.valid_from is not None and decision.standing in LIVE:
        valid_from = await avalid_from_of(exchange, decision)
        decision = exchange.decide(holding, UNASKED, valid_from)
    if exchange.engine.shared is not None and decision.is_in_question:
        decision = exchange.decide(holding, await aask(exchange, decision, renews), valid_from)
    return decision


def valid_from_of(exchange: Exchange, decision: Decision) -> float:
    """Ask the site which logins are still good."""
    ticket = decision.ticket
    return -inf if ticket is None else site_valid_from(exchange, ticket.subject)


async def avalid_from_of(exchange: Exchange, decision: Decision) -> float:
    """Ask the site which logins are still good."""
    return await spawn(exchange, valid_from_of, decision)


def ask(exchange: Exchange, decision: Decision, renews: bool) -> StoreAnswer:
    """Ask the store about the login."""
    shared, ticket = exchange.engine.shared, decision.ticket
    if shared is None or ticket is None:
        return UNASKED
    return shared.ask(decision, ticket, exchange.now, renews and exchange.is_activity())


async def aask(exchange: Exchange, decision: Decision, renews: bool) -> StoreAnswer:
    """Ask the store about the login."""
    return await spawn_for_store(exchange, ask, decision, renews)


def change_of(exchange: Exchange, login: Ticket | None) -> Change | None:
    """Return what the app did to the login in this request."""
    return exchange.session.change(login)


async def achange_of(exchange: Exchange, login: Ticket | None) -> Change | None:
    """Return what the app did to the login in this request."""
    return await _awaited(exchange).achange(login)


def refusal_of(exchange: Exchange) -> Refusal | None:
    """Return why the framework has refused the session's login, without a logout."""
    return exchange.session.refusal()


async def arefusal_of(exchange: Exchange) -> Refusal | None:
    """Return why the framework has refused the session's login, without a logout."""
    return await _awaited(exchange).arefusal()


# The effects


def take(exchange: Exchange, step: Step) -> None:
    """Take a step: move to its state and carry out its effects."""
    effects = exchange.advance(step)
    if effects:
        carry_out(exchange, effects)


async def atake(exchange: Exchange, step: Step) -> None:
    """Take a step: move to its state and carry out its effects."""
    effects = exchange.advance(step)
    if effects:
        await acarry_out(exchange, effects)


def carry_out(exchange: Exchange, effects: Iterable[Effect]) -> None:
    """Carry out the effects of a step in their order."""
    for effect in effects:
        if isinstance(effect, Tell):
            if effect.kind != "renewed" or exchange.engine.teller.is_heard("renewed"):
                tell(exchange, effect)
        elif isinstance(effect, Record):
            keep_login(exchange)
        elif not isinstance(effect, (Close, MoveEnd)):  # which wait: see Exchange.advance()
            exchange.session.apply(effect)


async def acarry_out(exchange: Exchange, effects: Iterable[Effect]) -> None:
    """Carry out the effects of a step in their order."""
    for effect in effects:
        if isinstance(effect, Tell):
            if effect.kind != "renewed" or exchange.engine.teller.is_heard("renewed"):
                await atell(exchange, effect)
        elif isinstance(effect, Record):
            await akeep_login(exchange)
        elif not isinstance(effect, (Close, MoveEnd)):  # which wait: see Exchange.advance()
            await _awaited(exchange).aapply(effect)


def tell(exchange: Exchange, effect: Tell) -> None:
    """Pass an event on to the listeners."""
    about = {"cause": effect.cause, "reason": effect.reason, "enforced": effect.enforced}
    exchange.engine.teller.tell(effect.kind, exchange.now, effect.ticket, **about)


async def atell(exchange: Exchange, effect: Tell) -> None:
    """Pass an event on to the listeners."""
    await spawn(exchange, tell, effect)


def close(exchange: Exchange) -> None:
    """Do what has waited: tell the store which logins are over, then the open connections here.

    A store that is out is told later.
    """
    is_going_on, owed = exchange.provisional.login is not None, closing.owed(exchange)
    try:
        for effect in owed:
            if isinstance(effect, RenewKey):
                if is_going_on:
                    exchange.session.apply(effect)
            elif exchange.engine.shared is not None:
                tell_store(exchange, effect)
    finally:  # though the request is cancelled
        closing.tell_connections(exchange, owed)


async def aclose(exchange: Exchange) -> None:
    """Do what has waited: tell the store which logins are over, then the open connections here.

    A store that is out is told later.
    """
    is_going_on, owed = exchange.provisional.login is not None, closing.owed(exchange)
    try:
        for effect in owed:
            if isinstance(effect, RenewKey):
                if is_going_on:
                    await _awaited(exchange).aapply(effect)
            elif exchange.engine.shared is not None:
                await atell_store(exchange, effect)
    finally:  # though the request is cancelled
        closing.tell_connections(exchange, owed)


def renew_key(exchange: Exchange) -> None:
    """Give the session its new key at once, for an app that is going to note it."""
    for effect in exchange.owed():
        if isinstance(effect, RenewKey):
            exchange.session.apply(effect)
        else:
            exchange.owe(effect)


def tell_store(exchange: Exchange, effect: Close | MoveEnd) -> None:
    """Tell the store of an end."""
    if exchange.engine.shared is not None:
        closing.tell(exchange.engine.shared, effect, exchange.now)


async def atell_store(exchange: Exchange, effect: Close | MoveEnd) -> None:
    """Tell the store of an end."""
    await spawn_for_store(exchange, tell_store, effect)


def keep_login(exchange: Exchange) -> None:
    """Record the login whose ticket is sent, and note in the ticket that it is recorded."""
    carry_out(exchange, run(exchange, _recorded))


async def akeep_login(exchange: Exchange) -> None:
    """Record the login whose ticket is sent, and note in the ticket that it is recorded."""
    await acarry_out(exchange, await spawn_for_store(exchange, _recorded))


def _recorded(exchange: Exchange) -> tuple[Effect, ...]:
    state, shared = exchange.provisional, exchange.engine.shared
    if shared is None or state.parcel is None:
        return ()
    try:
        ticket = shared.record(state.parcel)
        keep_beside(exchange, shared, ticket)
        return exchange.amend(recorded(state, ticket))
    except StoreError:
        return ()  # an event reports the outage; the login is recorded in a later request


def is_recordable(state: State) -> bool:
    """Return whether the login whose ticket is sent is to be recorded in the store.

    While it is not known whether the browser keeps cookies, this waits for the next request.
    """
    parcel = state.parcel
    if parcel is None or state.cookie is not CookieAction.SEND or state.untried:
        return False
    return not (parcel.recorded or parcel.ended)


# Functions that may block


def run(
    exchange: Exchange,
    function: Callable[Concatenate[Exchange, Given], Result],
    *given: Given.args,
    **named: Given.kwargs,
) -> Result:
    """Run a function that may block."""
    return function(exchange, *given, **named)


async def arun(
    exchange: Exchange,
    function: Callable[Concatenate[Exchange, Given], Result],
    *given: Given.args,
    **named: Given.kwargs,
) -> Result:
    """Run a function that may block, away from the event loop."""
    if exchange.in_thread is None:
        return function(exchange, *given, **named)
    return cast(Result, await exchange.in_thread(function, exchange, *given, **named))


def _awaited(exchange: Exchange) -> AsyncSession:
    return cast(AsyncSession, exchange.session)
