"""Who answers a request, and the answers that session440 gives itself."""

from __future__ import annotations

from functools import partial

from ..core.decision import Decision, Standing
from ..core.effects import ShowCookie
from ..core.enforcement import Answer, treat
from ..core.lifecycle import end, let_pass
from ..core.state import UNTOUCHED, Step
from ..exchange import Exchange
from ..exchange.driver import alook, arun, atake, look, run, take
from ..exchange.succession import carry_on
from ..exchange.tickets import live_ticket
from ..http import endpoints
from ..http.body import drain_if_refused
from ..http.reply import Reply, timeout_reply, unavailable_reply
from ..http.step_up import demand, path_wants, step_up_reply
from ..http.targets import is_untouched, target_of


def carries_nothing(exchange: Exchange) -> bool:
    """Return whether a request plainly carries no login, so that there is nothing to await.

    It is for the app then, as :func:`process_request` would say.
    """
    is_bare = exchange.request.cookies is None and not exchange.session.is_carried()
    return is_bare and not endpoints.is_asked(exchange)


def process_request(exchange: Exchange) -> Answer:
    """Return who answers. From now on a login that has ended is hidden from the app."""
    prefix = exchange.engine.endpoint_prefix
    # The path first, which spares nearly all requests a call.
    if prefix and exchange.request.path_info.startswith(prefix) and endpoints.is_asked(exchange):
        run(exchange, endpoints.serve)
        return Answer.ENDPOINT
    if not (exchange.read_tickets() or exchange.session.is_carried()):
        return Answer.APP
    passes = is_untouched(exchange)
    is_file = passes and exchange.request.method != "OPTIONS" and live_ticket(exchange) is not None
    if is_file and exchange.judge_later(UNTOUCHED, partial(_judge_late, exchange)):
        return Answer.APP
    return judge(exchange, passes)


async def aprocess_request(exchange: Exchange) -> Answer:
    """Return who answers. From now on a login that has ended is hidden from the app."""
    prefix = exchange.engine.endpoint_prefix
    # The path first, which spares nearly all requests a call.
    if prefix and exchange.request.path_info.startswith(prefix) and endpoints.is_asked(exchange):
        await arun(exchange, endpoints.serve)
        return Answer.ENDPOINT
    if not (exchange.read_tickets() or exchange.session.is_carried()):
        return Answer.APP
    passes = is_untouched(exchange)
    return await ajudge(exchange, passes)


def judge(exchange: Exchange, passes: bool = False) -> Answer:
    """Find out how the login stands, take the step that follows, and return who answers.

    :param passes: the request changes nothing: ``OPTIONS``, or a static file.
    """
    decision = look(exchange, renews=not passes)
    if (
        not passes
        and decision.standing in _QUIET
        and (not exchange.session.watches or exchange.session.shows(exchange.holding.cookie))
    ):
        exchange.advance(exchange.stand(decision))
    else:
        take(exchange, run(exchange, _step, decision, passes))
    if exchange.engine.settings.recent and _is_wanted(exchange, passes):
        return run(exchange, demand)
    return exchange.provisional.answer


async def ajudge(exchange: Exchange, passes: bool = False) -> Answer:
    """Find out how the login stands, take the step that follows, and return who answers.

    :param passes: the request changes nothing: ``OPTIONS``, or a static file.
    """
    decision = await alook(exchange, renews=not passes)
    if (
        not passes
        and decision.standing in _QUIET
        and (not exchange.session.watches or exchange.session.shows(exchange.holding.cookie))
    ):
        exchange.advance(exchange.stand(decision))
    else:
        await atake(exchange, await arun(exchange, _step, decision, passes))
    if exchange.engine.settings.recent and _is_wanted(exchange, passes):
        return await arun(exchange, demand)
    return exchange.provisional.answer


def _is_wanted(exchange: Exchange, passes: bool) -> bool:
    """Return whether the page wants a recent login; for others nothing has to be asked."""
    if passes and exchange.request.method != "OPTIONS":
        return False
    return path_wants(exchange) is not None


def _judge_late(exchange: Exchange, is_asked: bool) -> None:
    judge(exchange, passes=True)


#: These have no effect and call nothing of the app's, such as its ``login_url``, that may block.
_QUIET = (Standing.ACTIVE, Standing.REISSUED, Standing.ANONYMOUS)


def _step(exchange: Exchange, decision: Decision, passes: bool) -> Step:
    state, effects = _meet(exchange, decision, passes)
    drain_if_refused(exchange, state.answer)
    if exchange.session.watches:
        return state, (ShowCookie(exchange.holding.cookie), *effects)
    return state, effects


def _meet(exchange: Exchange, decision: Decision, passes: bool) -> Step:
    """Return the step that follows from the decision, the target and the site's mode."""
    mode = exchange.engine.settings.enforcement
    if passes:
        return let_pass(decision, mode)
    if mode == "report" or decision.standing is not Standing.ENDED:
        return carry_on(exchange, decision)
    treatment = treat(target_of(exchange, decision.ticket), mode)
    ended = exchange.ended_by(decision)
    return end(ended, treatment, exchange.holding.is_clearable, exchange.now)


def reply(exchange: Exchange) -> Reply:
    """Return the answer that session440 gives."""
    if endpoints.is_asked(exchange):
        return endpoints.render(exchange)
    answer = exchange.provisional.answer
    if answer is Answer.UNAVAILABLE:
        return unavailable_reply(exchange)
    if answer is Answer.STEP_UP:
        return step_up_reply(exchange, path_wants(exchange) or 0)
    return timeout_reply(exchange)


async def areply(exchange: Exchange) -> Reply:
    """Return the answer that session440 gives; the site's template is rendered in a thread."""
    return await arun(exchange, reply)
