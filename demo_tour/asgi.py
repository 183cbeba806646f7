"""Notes what an ASGI app answers, 440s included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .journal import begin
from .tour import Tour

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Noting:
    """A middleware, around all others."""

    def __init__(self, app: ASGIApp, tour: Tour) -> None:
        self.app = app
        self.tour = tour

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and note the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = [value for name, value in scope["headers"] if name == b"cookie"]
        cookie = begin(b"; ".join(sent).decode("latin-1"), scope["path"])

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"]]
                cause = dict(headers).get(b"session440-cause", b"").decode()
                self.tour.note_answer(scope["method"], scope["path"], message["status"], cause)
                more = [(b"set-cookie", cookie.encode())] if cookie else []
                message = {**message, "headers": headers + more}
            await send(message)

        await self.app(scope, receive, send_noted)
