"""What a proxy is told that asks before it serves what is its own: let in, or not.

docs/proxies.md shows nginx's ``auth_request``, Traefik's ``forwardAuth``, Caddy's
``forward_auth``.
"""

from __future__ import annotations

from ..core.decision import Decision, Standing
from ..core.ended import Ended
from ..exchange import Exchange
from ..exchange.driver import look, take
from . import negotiation as caller
from .links import links_of
from .page import ended_page, page_policy
from .reply import (
    VARY,
    Reply,
    html_reply,
    json_reply,
    reply_with,
    sentence,
    unavailable_reply,
    words_for,
)


def judge_auth(exchange: Exchange) -> None:
    """Renew the login as a page would; a login that has ended is left to the app's own 440.

    nginx throws the cookies of a 401 away, so nothing ends here and no evidence is spent.
    https://nginx.org/en/docs/http/ngx_http_auth_request_module.html
    """
    decision = look(exchange, renews=True)
    if decision.standing is Standing.UNCERTAIN or _is_over(exchange, decision):
        return
    # The framework may not have whom the session names, were a view to ask it.
    if exchange.session.is_voided() or exchange.session.refuses_user():
        return
    take(exchange, exchange.carry_on(decision))


def auth_reply(exchange: Exchange) -> Reply:
    """Answer 204 if somebody is logged in, else 401: nginx makes 500 of any other answer."""
    decision = exchange.decision
    if decision is not None and decision.standing is Standing.UNCERTAIN:
        return unavailable_reply(exchange)
    if decision is not None and _is_over(exchange, decision):
        return _turned_away(exchange, exchange.ended_by(decision))
    if exchange.provisional.login is None:
        return _unauthorized()
    # No length: RFC 9110 section 8.6 allows a 204 none.
    return reply_with(204, (("Cache-Control", "no-store"),), b"")


def _is_over(exchange: Exchange, decision: Decision) -> bool:
    return decision.standing is Standing.ENDED and not exchange.engine.reports_only


def _turned_away(exchange: Exchange, ended: Ended) -> Reply:
    """Return the answer that says why a login has ended: Traefik and Caddy pass it on."""
    words, place = words_for(exchange), exchange.request.place()
    login_url = links_of(exchange, place, is_by_client=False).login_url
    # A later version may know a cause that this one does not.
    cause = {} if ended.cause is None else {"cause": str(ended.cause)}
    detail = sentence(words, ended.cause, ended.policy)
    headers = (*(("Session440-Cause", each) for each in cause.values()), ("Vary", VARY))
    if not caller.wants_html(exchange.request.environ):
        return _unauthorized(*headers, detail=detail, **cause, login_url=login_url)
    text = ended_page(words, detail, login_url)
    return html_reply(401, text, page_policy(), *headers)


def _unauthorized(*headers: tuple[str, str], **members: str) -> Reply:
    """Answer 401, for once without a challenge: nginx would put it on the app's 440, too."""
    return json_reply(401, {"title": "Unauthorized", "status": 401, **members}, *headers)
