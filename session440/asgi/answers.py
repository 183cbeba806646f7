"""Our answer as a framework's exception handler gives it: Starlette's, FastAPI's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..exceptions import ANSWER_KEY, Answered
from ..http.reply import Reply
from .types import Receive, Scope, Send

if TYPE_CHECKING:
    from .response import ASGIResponse


async def answer(connection: Any, exception: Exception) -> OwnResponse:
    """Return the response to a ``LoginTimeout`` or a ``StepUpRequired`` that a view has raised.

    It is an exception handler: ``app.add_exception_handler(Answered, answer)``. Apps need none;
    but one that handles every exception itself, below a middleware that runs it in a task of its
    own (``BaseHTTPMiddleware``), would answer 500.

    :param connection: Starlette's request.
    :raises Exception: the exception itself, if it is none of ours, or there is no visit.
    """
    response: ASGIResponse | None = connection.scope.get(ANSWER_KEY)
    if response is None or not isinstance(exception, Answered):
        raise exception
    return OwnResponse(await response.reply_to(exception))


class OwnResponse:
    """An answer of ours as an ASGI app, which Starlette's responses are too."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; what belongs to the login is added by the middleware."""
        for message in messages_of(self._reply):
            await send(message)


def messages_of(reply: Reply) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an answer as the two events that an app sends: its head and its body."""
    head = {"status": reply.status, "headers": encoded(reply.headers)}
    return (
        {"type": "http.response.start", **head},
        {"type": "http.response.body", "body": reply.body},
    )


def encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI has them: bytes, and names in small letters."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
