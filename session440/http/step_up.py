"""A page that wants a recent login, and the answer to a login that is not (RFC 9470's words).

The login has not ended, so this is no 440: it is 401, and deletes no cookie.
"""

from __future__ import annotations

from posixpath import normpath
from typing import Any

from ..core.decision import Standing
from ..core.enforcement import Answer, Audience
from ..core.lifecycle import step_up
from ..core.ports import Place
from ..core.ticket import Ticket
from ..exchange import Exchange
from ..exchange.driver import carry_out
from ..moments import iso
from . import negotiation as caller
from .audience import audience_of
from .body import drain_if_refused
from .links import Links, links_of, window_name
from .page import page_policy, step_up_page
from .reply import Reply, html_reply, json_reply, status_line, with_negotiation, words_for
from .targets import is_known_login_page, is_public
from .words import LOG_IN_FIRST, STEP_UP, Words

PROBLEM = "urn:problem:session440:step-up"  # RFC 9457 section 3.1.1


def demand(exchange: Exchange) -> Answer:
    """Answer for the app if the option ``recent`` wants a more recent login than there is.

    A visitor is the app's own affair, and so are public pages and those at which people log in.
    Django's ``login_not_required`` is not enough: views that log people in themselves have it.
    """
    login, within = exchange.provisional.login, path_wants(exchange)
    if within is None or not _is_somebody(exchange):
        return exchange.provisional.answer
    if login is not None and login.is_proved(within, exchange.now):
        return exchange.provisional.answer
    if is_public(exchange, by_framework=False) or _is_step_up_page(exchange):
        return exchange.provisional.answer
    carry_out(exchange, exchange.advance(step_up(exchange.provisional)))
    drain_if_refused(exchange, Answer.STEP_UP)
    return Answer.STEP_UP


def _is_somebody(exchange: Exchange) -> bool:
    """Return whether the app is shown somebody: at OPTIONS, too, where no login is adopted."""
    decision = exchange.decision
    is_begun = decision is not None and decision.standing in (Standing.BEGUN, Standing.ADOPTED)
    return is_begun or exchange.provisional.login is not None


def path_wants(exchange: Exchange) -> float | None:
    """Return how recent a login must be for this path, in seconds; the strictest pattern counts.

    An app may serve the same page with a last slash or two, or ``/./`` in its path.
    """
    written = exchange.request.path(), *exchange.request.other_paths()
    names = {*written, *(normpath(f"/{each.lstrip('/')}") for each in written)}
    recent = exchange.engine.settings.recent_paths
    return min((s for paths, s in recent if any(map(paths.match, names))), default=None)


def _is_step_up_page(exchange: Exchange) -> bool:
    here, place = exchange.request.place(), _step_up_place(exchange)
    is_login_page = is_known_login_page(exchange)
    return is_login_page or caller.is_page_of(place.login_url, here.location, here.host)


def _step_up_place(exchange: Exchange) -> Place:
    """Return where the request goes to, and where people log in for this."""
    place, url = exchange.request.place(), exchange.engine.settings.step_up_url
    if url is None:
        return place
    if callable(url):
        return place._replace(login_url=url(exchange.request.native))
    return place._replace(login_url=caller.within_app(url, exchange.request.environ))


def step_up_reply(
    exchange: Exchange,
    within: float,
    description: str | None = None,
    login: Ticket | None = None,
) -> Reply:
    """Return the answer to a request whose login is not recent enough.

    :param within: how many seconds may have passed since the person proved who they are.
    :param description: replaces the sentence that tells the person what is wanted.
    :param login: of the person, if this request does not go on with it.
    """
    login = login or exchange.provisional.login
    environ, words = exchange.request.environ, words_for(exchange)
    is_by_client = caller.is_by_client(environ)
    links = links_of(exchange, _step_up_place(exchange), is_by_client)
    detail = description or words.say(_said(login))
    if caller.wants_html(environ):
        reply = _page(exchange, words, detail, links)
    else:
        reply = json_reply(401, _problem(login, within, detail, links))
    more = [("WWW-Authenticate", challenge(within))]
    if caller.is_htmx(environ) and audience_of(exchange) is not Audience.NOBODY:
        more.append(("HX-Redirect", links.login_url))
    return with_negotiation(exchange, words, reply, *more)


def step_up_detail(exchange: Exchange, description: str | None = None) -> str:
    """Return the sentence of :func:`step_up_reply`."""
    return description or words_for(exchange).say(_said(exchange.provisional.login))


def _said(login: Ticket | None) -> str:
    return LOG_IN_FIRST if login is None else STEP_UP


def challenge(within: float) -> str:
    """Return the challenge, in the words of RFC 9470 section 3."""
    return f'Session440 error="insufficient_user_authentication", max_age={int(within)}'


def _page(exchange: Exchange, words: Words, detail: str, links: Links) -> Reply:
    window = None if exchange.request.method in ("GET", "HEAD") else window_name(exchange)
    content = step_up_page(words, detail, links.login_url, window)
    return html_reply(401, content, page_policy())


def _problem(login: Ticket | None, within: float, detail: str, links: Links) -> dict[str, Any]:
    proved_at = None if login is None else login.proved_at
    members = {
        "type": PROBLEM,
        "title": status_line(401).partition(" ")[2],
        "status": 401,
        "detail": detail,
        "max_age": int(within),
        "proved_at": None if proved_at is None else iso(int(proved_at), "seconds", "Z"),
        "login_url": links.login_url,
        "relogin_url": links.relogin_url,
    }
    return {name: value for name, value in members.items() if value is not None}
