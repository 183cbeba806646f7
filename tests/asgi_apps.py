"""Small ASGI apps for the tests of the adapter."""

from __future__ import annotations

from session440.asgi import Session440Middleware, visit_of
from session440.exceptions import LoginTimeout

SECRET = "a long random text for the tests of ASGI"


class TicketApp:
    """A bare app whose logins are tickets: ``/login``, ``/logout``, and who is there."""

    def __init__(self) -> None:
        self.seen = []

    async def __call__(self, scope, receive, send):
        visit, path = visit_of(scope), scope["path"]
        self.seen.append((path, visit.subject))
        if path == "/login":
            visit.login("alice")
        elif path == "/logout":
            visit.logout()
        elif path == "/expire":
            raise LoginTimeout("credential")
        elif path == "/recent":
            visit.require_recent("1m")
        elif path == "/private" and visit.subject is None:
            await respond(send, 401, b"who are you?")
            return
        await respond(send, 200, str(visit.subject).encode())


async def respond(send, status=200, body=b"", headers=((b"content-type", b"text/plain"),)):
    await send({"type": "http.response.start", "status": status, "headers": [*headers]})
    await send({"type": "http.response.body", "body": body})


def wrapped(app, clock, **options):
    return Session440Middleware(app, secret_key=SECRET, clock=clock, **options)
