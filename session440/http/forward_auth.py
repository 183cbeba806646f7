"""The endpoint for a proxy that asks whether somebody is logged in before it serves a page.

docs/proxies.md shows nginx's ``auth_request``, Traefik's ``forwardAuth`` and Caddy's
``forward_auth``.
"""

from __future__ import annotations

from ..core.decision import Decision, Standing
from ..core.ended import Ended
from ..exchange import Exchange
from ..exchange.driver import look, take
from ..exchange.succession import carry_on
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
    """Renew the login as a page would. The app's own 440 tells of a login that has ended.

    nginx drops the cookies of a 401, so no login ends here and no evidence is deleted.
    https://nginx.org/en/docs/http/ngx_http_auth_request_module.html
    """
    decision = look(exchange, renews=True)
    if decision.standing is Standing.UNCERTAIN or _is_over(exchange, decision):
        return
    # For a view, the framework might refuse the person whom the session names.
    if exchange.session.refusal() is not None or exchange.session.refuses_user():
        return
    take(exchange, carry_on(exchange, decision))


def auth_reply(exchange: Exchange) -> Reply:
    """Return 204 if somebody is logged in, else 401: nginx turns most other answers into 500."""
    decision = exchange.decision
    if decision is not None and decision.standing is Standing.UNCERTAIN:
        return unavailable_reply(exchange)
    if decision is not None and _is_over(exchange, decision):
        return _turned_away(exchange, exchange.ended_by(decision))
    if exchange.provisional.login is None:
        return _unauthorized()
    # No Content-Length: a 204 must not have one (RFC 9110 section 8.6).
    return reply_with(204, (("Cache-Control", "no-store"),), b"")


def _is_over(exchange: Exchange, decision: Decision) -> bool:
    return decision.standing is Standing.ENDED and not exchange.engine.reports_only


def _turned_away(exchange: Exchange, ended: Ended) -> Reply:
    """Return the answer that tells why a login has ended; Traefik and Caddy pass it on."""
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
    """Return 401, here without a challenge: nginx would add that to the app's 440 as well."""
    return json_reply(401, {"title": "Unauthorized", "status": 401, **members}, *headers)
