"""The endpoint at which an identity provider ends logins (OpenID Connect Back-Channel Logout 1.0).

It answers before the app runs, without cookies: the token's signature says who asks.
"""

from __future__ import annotations

import json

from ..exchange import Exchange
from ..oidc.receiver import LONGEST_BODY, Answer, receive
from .body import short_body
from .reply import Reply, reply_with

#: The endpoint's name.
BACKCHANNEL = "backchannel-logout"
_ANSWER = "session440.backchannel"


def receive_token(exchange: Exchange) -> None:
    """End the logins that the provider's token is about."""
    environ, engine = exchange.request.environ, exchange.engine
    body = short_body(exchange, LONGEST_BODY)
    if body is None:  # the receiver says so
        body = b"\0" * (LONGEST_BODY + 1)
    kind = environ.get("CONTENT_TYPE")
    if engine.shared is not None:
        answer = receive(body, kind, engine.providers, engine.shared, exchange.now)
        environ[_ANSWER] = answer


def token_reply(exchange: Exchange) -> Reply:
    """Return what the provider is answered; nobody may store it (section 2.8)."""
    answer: Answer = exchange.request.environ[_ANSWER]
    body = json.dumps(dict(answer.members)).encode() if answer.members else b""
    kind = (("Content-Type", "application/json"),) if body else ()
    headers = (*kind, ("Content-Length", str(len(body))), ("Cache-Control", "no-store"))
    return reply_with(answer.status, headers, body)
