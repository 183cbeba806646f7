"""A Flask app with sockets on a real server, and clients of Socket.IO with a login's cookies."""

from __future__ import annotations

import queue
from contextlib import AbstractContextManager
from typing import Any
from urllib.request import urlopen

import flask
import socketio
from flask_apps import User
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_socketio import Namespace, SocketIO, emit, send
from serving import serve

from session440.flask import Session440, current_visit
from session440.flask.socketio import touch, watch

#: Seconds that a client waits for what must come.
PATIENCE = 60
CLOSE = b"1"


class Rooms(Namespace):
    """A class of handlers, as Flask-SocketIO has it; it has none for who connects."""

    def on_transfer(self, data: Any) -> str:
        self.socketio.site.seen.append(("rooms", data))
        return "done"


class SocketSite:
    """The app: who is in, by Flask-Login or by the session alone, and its sockets."""

    def __init__(self, clock, *, by_library: bool = True, manage_session: bool = True, **options):
        self.clock = clock
        self.seen: list[tuple[Any, ...]] = []
        self.app = app = flask.Flask("sockets")
        app.config |= {"SECRET_KEY": "a long random text", "SESSION440_CLOCK": clock}
        app.config |= {f"SESSION440_{name.upper()}": value for name, value in options.items()}
        self.by_library = by_library
        if by_library:
            LoginManager(app).user_loader(User)
        self.extension = Session440(app)
        self._add_pages()
        # A client that polls and is refused waits for the next ping.
        often = {"ping_interval": 1, "ping_timeout": PATIENCE}
        self.io = SocketIO(app, async_mode="threading", manage_session=manage_session, **often)
        self.io.site = self
        self._add_handlers()
        watch(self.io)

    @property
    def engine(self):
        with self.app.app_context():
            return self.extension.engine

    def tick(self) -> None:
        self.engine.live.tick(self.clock())

    def _add_pages(self) -> None:
        @self.app.get("/login/<name>")
        def login(name):
            if self.by_library:
                login_user(User(name))
            else:
                flask.session["user_id"] = name
            return "in"

        @self.app.get("/logout")
        def logout():
            if self.by_library:
                logout_user()
            else:
                flask.session.clear()
            return "out"

        @self.app.get("/")
        def index():
            return "hello"

    def _who(self) -> str | None:
        if self.by_library:
            return current_user.get_id() if current_user.is_authenticated else None
        return flask.session.get("user_id")

    def _add_handlers(self) -> None:
        io = self.io

        @io.on("connect")
        def connect():
            self.seen.append(("connect", self._who(), current_visit.subject))

        @io.on("disconnect")
        def disconnect():
            self.seen.append(("disconnect", current_visit.active))

        @io.on("transfer")
        def transfer(data):
            self.seen.append(("transfer", self._who(), current_visit.subject, data))
            emit("done", data)
            return "acknowledged"

        @io.on("message")
        def message(text):
            self.seen.append(("message", text))
            send(text)

        @io.on("json")
        def json(data):
            self.seen.append(("json", data))

        @io.on("type")
        def type_it():
            touch()

        @io.on("ask")
        def ask():
            emit("question", callback=lambda answer: self.seen.append(("answer", answer)))

        io.on_event("transfer", lambda data: self.seen.append(("admin", data)), "/admin")
        io.on_namespace(Rooms("/rooms"))

    def served(self) -> AbstractContextManager[str]:
        return serve(self.app, has_sockets=True)


class Page:
    """A page with a socket: it notes what it is told."""

    def __init__(self, url: str, transport: str, browser, *namespaces: str) -> None:
        self.told: queue.Queue[tuple[Any, ...]] = queue.Queue()
        self.client = client = socketio.Client(reconnection=False)
        for each in namespaces or ("/",):
            client.on("*", self._note(each), namespace=each)
            client.on("disconnect", self._note_simple("disconnect", each), namespace=each)
            client.on("connect_error", self._note_simple("refused", each), namespace=each)
        self.about = {
            "headers": {"Cookie": cookies_of(browser)},
            "transports": [transport],
            "namespaces": list(namespaces or ("/",)),
            "wait_timeout": PATIENCE,
        }
        self.url = url

    def _note(self, namespace):
        return lambda event, *data: self.told.put((namespace, event, *data))

    def _note_simple(self, event, namespace):
        return lambda *data: self.told.put((namespace, event, *data))

    def connect(self) -> Page:
        self.client.connect(self.url, **self.about)
        return self

    def leave(self) -> None:
        """Close the connection.

        Where it polls, the client may give up before it has sent what says so, and only a ping
        that is missed would tell: so that is sent here. https://socket.io/docs/v4/engine-io-protocol/
        """
        if self.about["transports"] == ["polling"]:
            place = f"{self.url}/socket.io/?EIO=4&transport=polling&sid={self.client.eio.sid}"
            with urlopen(place, data=CLOSE, timeout=PATIENCE):
                pass
        self.client.disconnect()

    def next(self) -> tuple[Any, ...]:
        return self.told.get(timeout=PATIENCE)


def cookies_of(client) -> str:
    """Return the cookies of Flask's test client as a header."""
    return "; ".join(f"{each.key}={each.value}" for each in client._cookies.values())
