"""Notes what an ASGI app answers, 440s included."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .journal import begin
from .tour import Tour


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
        cookie = begin(Headers(scope=scope).get("Cookie", ""), scope["path"])

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                cause = headers.get("Session440-Cause")
                self.tour.note_answer(scope["method"], scope["path"], message["status"], cause)
                if cookie:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_noted)
