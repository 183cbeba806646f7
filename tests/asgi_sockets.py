"""Opens a WebSocket to an ASGI app as a server does."""

from __future__ import annotations

import asyncio
from types import coroutine

from asgi_apps import respond
from asgi_calling import ASGIBrowser, ASGICall, http_scope

from session440.asgi import visit_of

DENIAL = {"websocket.http.response": {}}


class ASGISocketCall:
    """One WebSocket, as a server serves it.

    :param can_deny: whether the server has the extension for an answer in place of the handshake.
    """

    def __init__(self, app, path="/ws", cookies=None, can_deny=True, headers=(), **more):
        scope = http_scope(path, cookies, headers=headers, **more)
        del scope["method"]
        extensions = DENIAL if can_deny else {}
        self.scope = scope | {"type": "websocket", "scheme": "ws", "subprotocols": []}
        self.scope["extensions"] = extensions
        self.app = app
        self.messages = []
        self.events = asyncio.Queue()
        self.news = asyncio.Event()
        self.task = None

    async def receive(self):
        return await self.events.get()

    async def send(self, message):
        self.messages.append(message)
        self.news.set()
        if message["type"] == "websocket.close":  # as each server tells the app
            self.events.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def open(self):
        """Send the handshake, and wait for what the app answers."""
        self.events.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.get_running_loop().create_task(
            self.app(self.scope, self.receive, self.send)
        )
        await self.until(lambda: self.messages or self.task.done())
        return self

    def say(self, text):
        """Send a frame."""
        self.events.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self, code=1000):
        """Close the connection."""
        self.events.put_nowait({"type": "websocket.disconnect", "code": code})

    async def until(self, condition):
        """Wait until something is so, which a message or the app's end may bring about."""
        while not condition():
            self.news.clear()
            waiting = asyncio.ensure_future(self.news.wait())
            both = {waiting, self.task}
            done, _ = await asyncio.wait(both, timeout=30, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            await asyncio.wait({waiting})
            assert done, "nothing happens"
            assert condition() or not self.task.done(), self.messages

    async def done(self):
        """Wait until the app has returned."""
        await asyncio.wait_for(self.task, 30)

    @property
    def types(self):
        return [each["type"].removeprefix("websocket.") for each in self.messages]

    @property
    def closed(self):
        """The code and the reason with which the app's side has closed the connection."""
        closes = [each for each in self.messages if each["type"] == "websocket.close"]
        return [(each.get("code", 1000), each.get("reason", "")) for each in closes]


class SocketApp:
    """``/login`` and ``/logout``; and a socket that answers each frame, and notes what it gets."""

    def __init__(self):
        self.received = []
        self.subjects = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            await self.talk(scope, receive, send)
            return
        visit, path = visit_of(scope), scope["path"]
        if path.startswith("/login/"):
            visit.login(path.removeprefix("/login/"))
        elif path == "/logout":
            visit.logout()
        await respond(send, 200, str(visit.subject).encode())

    async def talk(self, scope, receive, send):
        self.subjects.append(visit_of(scope).subject)
        while True:
            message = await receive()
            self.received.append(message)
            if message["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
            elif message["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": message["text"].upper()})
            else:
                return


class Tab(ASGIBrowser):
    """A browser whose requests are made in the loop that runs."""

    async def ask(self, path, method="GET", headers=()):
        call = ASGICall(self.app, path, self.cookies, method, headers=headers)
        await call.coroutine()
        for name, value in call.cookies().items():
            self.cookies[name] = value
        return call


def run(test):
    """Run a test in a loop, with no task left."""

    async def main():
        await test()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


async def opened(site, name="alice", path="/ws", **options):
    tab = Tab(site)
    await tab.ask(f"/login/{name}")
    socket = await ASGISocketCall(site, path, tab.cookies, **options).open()
    return tab, socket


def tick(site):
    """Look at the logins that are watched, as the thread does again and again."""
    site.engine.live.tick(site.engine.clock())


@coroutine
def turn():
    """Let others go on."""
    yield
