"""The answer to the handshake of a WebSocket that is refused, and the codes of close frames.

https://asgi.readthedocs.io/en/latest/extensions.html#websocket-denial-response
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from ..core.enforcement import Answer
from ..core.state import State
from .messages import Message, Receive, Scope, Send

#: The close codes that stand for our answers: those from 4000 to 4999 are for apps, and 1013 is in
#: the registry (RFC 6455 section 7.4.2; https://www.iana.org/assignments/websocket/websocket.xhtml).
LOGIN_TIMEOUT, STEP_UP, TRY_AGAIN_LATER = 4440, 4401, 1013
_CODES = {Answer.STEP_UP: STEP_UP, Answer.UNAVAILABLE: TRY_AGAIN_LATER}

#: A server that has this extension can answer a handshake with an HTTP response.
DENIAL = "websocket.http.response"
#: Headers that say something of the login; others are about the body.
_OF_LOGIN = (b"set-cookie", b"session440-cause")


class Denial(NamedTuple):
    """The answer to a handshake that is refused.

    :param state: how the login stands; it says with which code, and why, the socket is closed
        where the server has no other answer.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    state: State


async def is_asked(receive: Receive) -> bool:
    """Return whether there is a handshake to answer; the client may have gone before."""
    message: Message = await receive()
    return bool(message["type"] == "websocket.connect")


async def deny(scope: Scope, send: Send, denial: Denial) -> None:
    """Refuse a handshake: by an HTTP response, or else by a close frame with the reason."""
    if DENIAL in (scope.get("extensions") or ()):
        head = {"status": denial.status, "headers": denial.headers}
        # uvicorn's "websockets", which was its default, sends no status but of HTTPStatus.
        with suppress(ValueError):
            await send({"type": f"{DENIAL}.start", **head})
            await send({"type": f"{DENIAL}.body", "body": denial.body})
            return
    # A browser takes no socket whose server chooses none of the protocols that it offers.
    offered = scope.get("subprotocols") or (None,)
    headers = [each for each in denial.headers if each[0].lower() in _OF_LOGIN]
    await send({"type": "websocket.accept", "subprotocol": offered[0], "headers": headers})
    ended = denial.state.ended
    code = _CODES.get(denial.state.answer, LOGIN_TIMEOUT)
    await send(closing(code, "" if ended is None else str(ended.cause or "")))


def closing(code: int, reason: str = "") -> Message:
    """Return the message that closes a socket."""
    return {"type": "websocket.close", "code": code, "reason": reason}
