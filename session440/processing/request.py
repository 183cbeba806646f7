"""Who answers a request, and the answers that are ours."""

from __future__ import annotations

from functools import partial

from ..core.decision import Decision, Standing
from ..core.effects import Effect, ShowCookie
from ..core.enforcement import Answer, treat
from ..core.lifecycle import (
    UNTOUCHED,
    Step,
    end,
    let_pass,
)
from ..exchange import Exchange
from ..exchange.driver import (
    acarry_out,
    alook,
    arun,
    carry_out,
    look,
    run,
)
from ..http import endpoints
from ..http.body import drain
from ..http.reply import Reply, timeout_reply, unavailable_reply
from ..http.targets import is_static, is_untouched, target_of


def process_request(exchange: Exchange) -> Answer:
    """Return who answers; whatever has ended is out of the app's sight from here on."""
    if endpoints.is_asked(exchange):
        run(exchange, endpoints.serve)
        _answer(exchange)
        return Answer.ENDPOINT
    if not (exchange.session.is_carried() or exchange.tickets):
        return Answer.APP
    if is_static(exchange) and exchange.live_ticket() is not None:
        exchange.judge_later(UNTOUCHED, partial(judge, exchange))
        return Answer.APP
    judge(exchange)
    return _answer(exchange)


async def aprocess_request(exchange: Exchange) -> Answer:
    """Return who answers; whatever has ended is out of the app's sight from here on."""
    if endpoints.is_asked(exchange):
        await arun(exchange, endpoints.serve)
        _answer(exchange)
        return Answer.ENDPOINT
    if not (exchange.session.is_carried() or exchange.tickets):
        return Answer.APP
    await ajudge(exchange)
    return _answer(exchange)


def judge(exchange: Exchange) -> None:
    """Find how the login stands, and go on from there."""
    is_passing = is_untouched(exchange)
    decision = look(exchange, renews=not is_passing)
    if decision.standing in _QUIET:
        carry_out(exchange, _meet(exchange, decision, is_passing))
    else:
        carry_out(exchange, run(exchange, _meet, decision, is_passing))


async def ajudge(exchange: Exchange) -> None:
    """Find how the login stands, and go on from there."""
    is_passing = is_untouched(exchange)
    decision = await alook(exchange, renews=not is_passing)
    if decision.standing in _QUIET:
        await acarry_out(exchange, _meet(exchange, decision, is_passing))
    else:
        await acarry_out(exchange, await arun(exchange, _meet, decision, is_passing))


#: What is met without a question to the app, whose ``login_url`` or ``choose_policy`` may block.
_QUIET = (Standing.ANONYMOUS, Standing.FORGOTTEN, Standing.ACTIVE, Standing.REISSUED)


def _meet(exchange: Exchange, decision: Decision, is_passing: bool) -> tuple[Effect, ...]:
    effects = exchange.advance(_step(exchange, decision, is_passing))
    if exchange.session.watches:
        return (ShowCookie(exchange.holding.cookie), *effects)
    return effects


def _step(exchange: Exchange, decision: Decision, is_passing: bool) -> Step:
    """Return the step that the decision, what is asked for, and the site's mode lead to."""
    mode = exchange.engine.settings.enforcement
    if is_passing:
        return let_pass(decision, mode)
    if mode == "report" or decision.standing is not Standing.ENDED:
        return exchange.carry_on(decision)
    treatment = treat(target_of(exchange), mode)
    return end(exchange.ended_by(decision), treatment, exchange.is_clearable, exchange.now)


def _answer(exchange: Exchange) -> Answer:
    answer = exchange.provisional.answer
    if answer is Answer.LOGIN_TIMEOUT or answer is Answer.UNAVAILABLE:
        drain(exchange.request, exchange.engine.settings.drain_limit)
    return answer


def reply(exchange: Exchange) -> Reply:
    """Return the answer that is ours to give."""
    if endpoints.is_asked(exchange):
        return endpoints.render(exchange)
    if exchange.provisional.answer is Answer.UNAVAILABLE:
        return unavailable_reply(exchange)
    return timeout_reply(exchange)


async def areply(exchange: Exchange) -> Reply:
    """Return the answer that is ours to give; the site's own template is filled in a thread."""
    return await arun(exchange, reply)
