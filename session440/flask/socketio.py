"""Flask-SocketIO: a socket ends with the login under which it was opened.

An app only calls ``watch(socketio)``. The login is judged when a socket connects and before each
event. When it ends, the page gets the event ``session440``, and is disconnected.
"""

from __future__ import annotations

from flask import request
from flask_socketio import SocketIO  # type: ignore[import-untyped]  # it ships no types
from werkzeug.local import LocalProxy

from ..exceptions import ConfigurationError
from ..live import LiveLogin
from ..live.flag import Flag
from .socket import Socket
from .sockets import SOCKET, Sockets

__all__ = ["current_login", "touch", "watch"]

#: What is replaced, of python-socketio's server.
_REPLACED = ("_trigger_event", "_handle_ack", "_handle_eio_disconnect", "eio")


def watch(socketio: SocketIO) -> None:
    """End the sockets of *socketio* with their logins.

    :raises ConfigurationError: if ``socketio.init_app(app)`` was not called before, or this version
        of Flask-SocketIO is not known.
    """
    server = socketio.server
    if server is None:
        raise ConfigurationError("watch(socketio) comes after socketio.init_app(app)")
    if not all(hasattr(server, each) for each in _REPLACED):
        raise ConfigurationError("this version of Flask-SocketIO is not known")
    Sockets(socketio).install()


def _socket() -> tuple[Sockets, Socket]:
    found: tuple[Sockets, Socket] | None = getattr(request, SOCKET, None)
    if found is None:
        raise RuntimeError("no handler of a socket runs whose login is watched")
    return found


def _current_login() -> LiveLogin[Flag]:
    return _socket()[1].login


#: The login of the socket whose event is being handled.
current_login: LiveLogin[Flag] = LocalProxy(_current_login)  # type: ignore[assignment]  # as flask.request


def touch() -> None:
    """Count the present event as activity of its person; without this call it does not count.

    If only a cookie keeps the login alive, the event ``session440`` with ``"extend": true`` asks
    the page to extend it.
    """
    sockets, socket = _socket()
    sockets.touch(socket)
