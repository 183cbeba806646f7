"""The login of a connection that is to stay open, judged before it is opened.

Its answer carries no cookie, and no person sees it: the evidence of an end stays for a page.
"""

from __future__ import annotations

from ..core.decision import Decision, Standing
from ..core.enforcement import Answer, Evidence, SessionChange, Treatment
from ..core.lifecycle import end
from ..core.state import Step
from ..exchange import Exchange
from ..exchange.driver import close, look, take
from ..exchange.succession import carry_on
from ..http.targets import is_public


def process_handshake(exchange: Exchange) -> Answer:
    """Return who answers: the app, or we with the 440, or with the 503.

    The framework's session is left as it is. On a ``public`` path an ended login is a visitor.
    """
    if exchange.read_tickets() or exchange.session.is_carried():
        take(exchange, _step(exchange, look(exchange)))
        close(exchange)
    exchange.send()
    return exchange.provisional.answer


def _step(exchange: Exchange, decision: Decision) -> Step:
    if decision.standing is not Standing.ENDED or exchange.engine.reports_only:
        return carry_on(exchange, decision)
    answer = Answer.APP if is_public(exchange) else Answer.LOGIN_TIMEOUT
    treatment = Treatment(answer, Evidence.KEPT, SessionChange.NONE)
    return end(exchange.ended_by(decision), treatment, False, exchange.now)
