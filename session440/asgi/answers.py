"""Our answer as a framework's exception handler gives it: Starlette's, FastAPI's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exceptions import ANSWER_KEY, Answered
from ..http.reply import Reply
from .head import encoded
from .types import Receive, Scope, Send

if TYPE_CHECKING:
    from .response import ASGIResponse


async def answer(connection: Any, exception: Exception) -> Any:
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
        head = {"status": self._reply.status, "headers": encoded(self._reply.headers)}
        await send({"type": "http.response.start", **head})
        await send({"type": "http.response.body", "body": self._reply.body})
