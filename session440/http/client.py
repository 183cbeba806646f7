"""Answers with what the browser loads for our script, and the tag that loads it."""

from __future__ import annotations

from typing import Any

from ..exchange import Exchange
from . import negotiation as caller
from .assets import client_script, etag, script_tag, style_sheet
from .page import page, page_policy
from .reply import Reply, html_reply, reply_with, words_for
from .words import CLOSE_WINDOW, SIGNED_IN_AGAIN


def script_reply(exchange: Exchange) -> Reply:
    """Answer with the script, in the language of the person."""
    return _asset(exchange, "text/javascript", client_script(words_for(exchange).language))


def style_reply(exchange: Exchange) -> Reply:
    """Answer with the style sheet of the dialog."""
    return _asset(exchange, "text/css", style_sheet())


def _asset(exchange: Exchange, kind: str, content: bytes) -> Reply:
    """Answer with a file; a browser that has it already is told so (RFC 9110 section 13.1.2)."""
    validator = etag(content)
    is_known = validator in exchange.request.environ.get("HTTP_IF_NONE_MATCH", "")
    headers = (
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-cache"),
        ("ETag", validator),
        # The language may be a cookie's to choose.
        ("Vary", "Accept-Language, Cookie"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return reply_with(304, headers[2:], b"") if is_known else reply_with(200, headers, content)


def back_reply(exchange: Exchange) -> Reply:
    """Show where the window lands in which somebody has logged in again; it closes itself."""
    words = words_for(exchange)
    tag = script_tag(client_url(exchange), back="")
    text = page(words, words.say(SIGNED_IN_AGAIN), words.say(CLOSE_WINDOW), [tag])
    return html_reply(200, text, page_policy("'self'"))


def client_url(exchange: Exchange) -> str:
    """Return the URL of the script, for the site that the app is mounted in."""
    return caller.within_app(
        f"{exchange.engine.endpoint_prefix}client.js", exchange.request.environ
    )


def client_tag(exchange: Exchange, nonce: str | None = None, **options: Any) -> str:
    """Write the tag that loads the script; nothing where there are no endpoints."""
    if exchange.engine.endpoint_prefix is None:
        return ""
    return script_tag(client_url(exchange), nonce, **options)
