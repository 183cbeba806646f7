"""The answer to a ``LoginTimeout`` or a ``StepUpRequired`` that the app raises."""

from __future__ import annotations

from ..core.decision import Decision, Standing
from ..core.effects import Effect
from ..core.ended import Ended
from ..core.enforcement import Answer
from ..core.lifecycle import step_up, time_out
from ..exceptions import Answered, LoginTimeout, StepUpRequired
from ..exchange import Exchange
from ..exchange.driver import acarry_out, arun, carry_out, run
from ..http.audience import audience_of
from ..http.reply import Reply, timeout_reply
from ..http.step_up import step_up_reply


def process_exception(exchange: Exchange, exception: Answered) -> Reply:
    """Return the answer to what the app has raised; a ``LoginTimeout`` ends the login."""
    carry_out(exchange, _take(exchange, exception))
    return run(exchange, _reply, exception)


async def aprocess_exception(exchange: Exchange, exception: Answered) -> Reply:
    """Return the answer to what the app has raised; a ``LoginTimeout`` ends the login."""
    await acarry_out(exchange, _take(exchange, exception))
    return await arun(exchange, _reply, exception)


def _reply(exchange: Exchange, exception: Answered) -> Reply:
    # A login that has ended goes before all that is wanted of it.
    is_over = exchange.provisional.answer is Answer.LOGIN_TIMEOUT
    if isinstance(exception, StepUpRequired) and not is_over:
        return step_up_reply(exchange, exception.within, exception.description)
    return timeout_reply(exchange, exception.description)


def _take(exchange: Exchange, exception: Answered) -> tuple[Effect, ...]:
    state = exchange.judged()
    exchange.note_reply()
    if state.answer is Answer.LOGIN_TIMEOUT:  # at the door; nothing is left to be done
        return ()
    if isinstance(exception, LoginTimeout):
        return _time_out(exchange, exception)
    return () if state.answer is Answer.STEP_UP else exchange.advance(step_up(state))


def _time_out(exchange: Exchange, exception: LoginTimeout) -> tuple[Effect, ...]:
    state, ended = exchange.provisional, Ended(None, exception.cause)
    if state.login is not None:
        ended = exchange.ended_by(Decision(Standing.ENDED, state.login, exception.cause))
    return exchange.advance(time_out(state, ended, audience_of(exchange), exchange.now))
