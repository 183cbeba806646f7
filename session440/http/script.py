"""The answers with what the browser loads for our script, and the tag that loads it."""

from __future__ import annotations

import json
from typing import Any

from ..exchange import Exchange
from . import negotiation as caller
from .assets import client_script, dialogs_script, etag, live_script, script_tag, style_sheet
from .page import page, page_policy
from .reply import Reply, html_reply, reply_with, words_for
from .words import CLOSE_WINDOW, SIGNED_IN_AGAIN


def script_reply(exchange: Exchange) -> Reply:
    """Return the script, in the language of the person."""
    return _asset(exchange, "text/javascript", client_script(words_for(exchange).language))


def dialogs_reply(exchange: Exchange) -> Reply:
    """Return the script that it loads when a dialog is due, in the language of the person."""
    return _asset(exchange, "text/javascript", dialogs_script(words_for(exchange).language))


def live_reply(exchange: Exchange) -> Reply:
    """Return the script that it loads when the page opens a connection that stays open."""
    return _asset(exchange, "text/javascript", live_script())


def style_reply(exchange: Exchange) -> Reply:
    """Return the style sheet of the dialog."""
    return _asset(exchange, "text/css", style_sheet())


def _asset(exchange: Exchange, kind: str, content: bytes) -> Reply:
    """Return a file, or 304 if the browser has it already (RFC 9110 section 13.1.2)."""
    validator = etag(content)
    is_known = validator in exchange.request.environ.get("HTTP_IF_NONE_MATCH", "")
    headers = (
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-cache"),
        ("ETag", validator),
        # A cookie may choose the language.
        ("Vary", "Accept-Language, Cookie"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return reply_with(304, headers[2:], b"") if is_known else reply_with(200, headers, content)


def back_reply(exchange: Exchange) -> Reply:
    """Return the page that a window shows after a new login in it; the window closes itself."""
    words = words_for(exchange)
    tag = script_tag(client_url(exchange), back="")
    text = page(words, words.say(SIGNED_IN_AGAIN), words.say(CLOSE_WINDOW), [tag])
    return html_reply(200, text, page_policy("'self'"))


def client_url(exchange: Exchange) -> str:
    """Return the URL of the script within the site in which the app is mounted."""
    return caller.within_app(
        f"{exchange.engine.endpoint_prefix}client.js", exchange.request.environ
    )


def client_tag(exchange: Exchange, nonce: str | None = None, **options: Any) -> str:
    """Return the tag that loads the script, or ``""`` if there are no endpoints."""
    if exchange.engine.endpoint_prefix is None:
        return ""
    facts = {**_whose(exchange), **_recent(exchange)}
    return script_tag(client_url(exchange), nonce, **options, **facts)


def _recent(exchange: Exchange) -> dict[str, str]:
    """Return how recent a login forms of the page may need, by the paths that they go to.

    The script holds such a form before it is sent: what a browser has sent, no script can hold.
    """
    if exchange.provisional.login is None:
        return {}
    wanted = dict(exchange.engine.settings.recent)
    if exchange.wanted is not None:  # the view's own form goes to the same path
        wanted[exchange.request.path()] = exchange.wanted
    environ = exchange.request.environ
    paths = {caller.within_app(path, environ): seconds for path, seconds in wanted.items()}
    return {"recent": json.dumps(paths, separators=(",", ":"))} if paths else {}


def _whose(exchange: Exchange) -> dict[str, str]:
    """Return whose page it is, by the name that ``status`` gives the person.

    A browser that runs the page again later, from a cache, finds out by it that somebody else is
    logged in by then, or nobody. Judging a login is not brought forward for this, since that may
    cost a query; and nobody is named whom the app has just replaced.
    """
    login = None if exchange.is_late else exchange.provisional.login
    if login is None or exchange.session.change(login) is not None:
        return {}
    return {"login": exchange.engine.signer.keyed_hash("login", login.subject)}
