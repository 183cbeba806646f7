"""What a proxy is told that asks before it serves what is its own: let in, or not.

docs/proxies.md shows nginx's ``auth_request``, Traefik's ``forwardAuth``, Caddy's
``forward_auth``.
"""

from __future__ import annotations

from ..core.decision import Outcome, State
from ..visit import Visit
from . import negotiation as caller
from .page import page, page_policy, ways_on
from .reply import (
    Reply,
    html_reply,
    json_reply,
    login_link,
    sentence,
    unavailable_reply,
    words_for,
)
from .words import SIGNED_OUT


def auth_reply(visit: Visit) -> Reply:
    """Answer 204 where somebody is logged in, renewing the login as a page would; else 401.

    nginx makes 500 of any other answer, and throws the cookies of a 401 away. So a 401 ends
    nothing, and spends no evidence: the app is asked next, and its door does.
    https://nginx.org/en/docs/http/ngx_http_auth_request_module.html
    """
    outcome = visit.look(renews=True)
    if outcome.state is State.UNCERTAIN:
        return unavailable_reply(visit)
    if outcome.state is State.ENDED and not visit.engine.reports_only:
        return _turned_away(visit, outcome)
    if _is_refused(visit):
        return _unauthorized()
    visit.untouched = False
    if outcome.state is State.ENDED:
        visit.report(outcome)
    else:
        visit.take(outcome)
    # No length: RFC 9110 section 8.6 allows a 204 none.
    return Reply(204, (("Cache-Control", "no-store"),), b"") if visit.active else _unauthorized()


def _is_refused(visit: Visit) -> bool:
    """Whether the framework would not have whom the session names, were a view to ask it."""
    return visit.exchange.is_voided() or visit.exchange.refuses_user()


def _turned_away(visit: Visit, outcome: Outcome) -> Reply:
    """Say why a login has ended: Traefik and Caddy pass this on as it is."""
    words, cause, login_url = words_for(visit), str(outcome.cause), login_link(visit)
    policy = outcome.ticket and visit.engine.policy(outcome.ticket.policy)
    detail = sentence(words, outcome.cause, policy)
    headers = (("Session440-Cause", cause), ("Vary", ", ".join(("Cookie", *caller.LOOKED_AT))))
    if not caller.wants_html(visit.exchange.environ):
        return _unauthorized(*headers, detail=detail, cause=cause, login_url=login_url)
    ways = ways_on(words, login_url, go_on_url=None, was_lost=False)
    text = page(words, words.say(SIGNED_OUT), detail, ways)
    return html_reply(401, text, page_policy(), *headers)


def _unauthorized(*headers: tuple[str, str], **members: str) -> Reply:
    """Answer 401, for once without a challenge: nginx would put it on the app's 440, too."""
    return json_reply(401, {"title": "Unauthorized", "status": 401, **members}, *headers)
