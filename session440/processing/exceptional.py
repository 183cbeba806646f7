"""The answer to a ``LoginTimeout`` that the app raises."""

from __future__ import annotations

from ..core.decision import Decision, Standing
from ..core.effects import Effect
from ..core.ended import Ended
from ..core.enforcement import Answer
from ..core.lifecycle import time_out
from ..exceptions import LoginTimeout
from ..exchange import Exchange
from ..exchange.driver import acarry_out, arun, carry_out, run
from ..http.audience import audience_of
from ..http.reply import Reply, timeout_reply


def process_exception(exchange: Exchange, exception: LoginTimeout) -> Reply:
    """Return the answer to a ``LoginTimeout`` that the app has raised, and end the login."""
    carry_out(exchange, run(exchange, _time_out, exception))
    return run(exchange, timeout_reply, exception.description)


async def aprocess_exception(exchange: Exchange, exception: LoginTimeout) -> Reply:
    """Return the answer to a ``LoginTimeout`` that the app has raised, and end the login."""
    await acarry_out(exchange, await arun(exchange, _time_out, exception))
    return await arun(exchange, timeout_reply, exception.description)


def _time_out(exchange: Exchange, exception: LoginTimeout) -> tuple[Effect, ...]:
    state = exchange.judged()
    exchange.note_reply()
    if state.answer is Answer.LOGIN_TIMEOUT:  # at the door; nothing is left to be done
        return ()
    ended = Ended(None, exception.cause)
    if state.login is not None:
        ended = exchange.ended_by(Decision(Standing.ENDED, state.login, exception.cause))
    return exchange.advance(time_out(state, ended, audience_of(exchange), exchange.now))
