"""The sockets of a Socket.IO server, and the login under which each was opened.

Neither Flask-SocketIO nor python-socketio has a place for what is to be done before every event of
every namespace, whether it has handlers or not. So some of their methods are replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from flask import request
from flask_socketio import ConnectionRefusedError as Refused  # type: ignore[import-untyped]

from ..http.live_documents import EVENT, active_document, extend_document
from ..live import LiveLogin
from ..live.flag import Flag
from .handshake import shake_hands, show_visit
from .socket import Socket

#: Where a handler's request keeps the socket.
SOCKET = "_session440_socket"
#: Set while we ourselves speak to a socket whose login is over.
_is_ours: ContextVar[bool] = ContextVar("session440_is_ours", default=False)
#: How the packets of Socket.IO begin that refuse or close a connection: nothing of the app's.
_CLOSING = ("1", "4")


class Sockets:
    """Ends the sockets of one server with their logins.

    A socket is an Engine.IO connection: it has one set of cookies, and so one login, for all of
    its namespaces.
    """

    def __init__(self, socketio: Any) -> None:
        self._socketio = socketio
        self._server = server = socketio.server
        self._sockets: dict[str, Socket] = {}
        self._ending: dict[str, Socket] = {}
        self._trigger: Callable[..., Any] = server._trigger_event
        self._acknowledge: Callable[..., Any] = server._handle_ack
        self._send: Callable[..., Any] = server.eio.send_packet
        self._leave: Callable[..., Any] = server._handle_eio_disconnect
        self._receive: Callable[..., Any] = server.handle_request
        handle = socketio._handle_event
        former = getattr(handle, "__self__", None)  # of a server that another app had
        self._handle: Callable[..., Any] = former._handle if isinstance(former, Sockets) else handle

    def install(self) -> None:
        """Let the server ask us first."""
        server, socketio = self._server, self._socketio
        setattr(server, "_trigger_event", self.trigger)  # noqa: B010
        setattr(server, "_handle_ack", self.acknowledge)  # noqa: B010
        setattr(server, "handle_request", self.receive)  # noqa: B010
        setattr(server.eio, "send_packet", self.send)  # noqa: B010
        setattr(socketio, "_handle_event", self.handle)  # noqa: B010
        server.eio.on("disconnect", self.leave)

    # What comes over a socket

    def receive(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a request of the transport; a poll gets nothing that was waiting at the end."""
        eio_sid = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[0]
        socket = self._sockets.get(eio_sid)
        if socket is not None and socket.login.is_over:
            self._end(eio_sid)
        return self._receive(environ, start_response)

    def trigger(self, event: str, namespace: str, *given: Any) -> Any:
        """Pass an event on to its handler, unless the socket's login is over."""
        if event == "connect":
            return self._connect(namespace, *given)
        socket = self._socket_of(given[0], namespace)
        if socket is None:
            return self._trigger(event, namespace, *given)
        if event == "disconnect":
            socket.leave(namespace)
        elif socket.login.is_over:
            self._server.start_background_task(self._end, self._eio_sid_of(given[0], namespace))
            return self._server.not_handled
        return self._trigger(event, namespace, *given)

    def _connect(self, namespace: str, sid: str, environ: dict[str, Any], *auth: Any) -> Any:
        """Judge the login, and let the app's handler see who connects.

        :raises ConnectionRefusedError: if the login is over; the page gets the problem document.
        """
        eio_sid = self._eio_sid_of(sid, namespace)
        socket = self._sockets.get(eio_sid)
        if socket is None:
            socket = self._sockets[eio_sid] = self._open(environ, eio_sid)
        socket.enter(namespace, sid)
        is_welcome = False
        try:
            _refuse_over(socket)
            answer = self._trigger("connect", namespace, sid, environ, *auth)
            _refuse_over(socket)
            is_welcome = answer is not False
        finally:
            if not is_welcome:
                socket.leave(namespace)
        return answer

    def _open(self, environ: dict[str, Any], eio_sid: str) -> Socket:
        handshake = shake_hands(environ["flask.app"], environ)
        if handshake.visit is None:
            raise Refused(*(handshake.refusal or ()))
        login = handshake.visit.watch().open()
        login.call(partial(self._soon, self._end, eio_sid))
        login.call_at_warning(partial(self._soon, self._warn, eio_sid))
        return Socket(handshake.engine, login, handshake.reader)

    def acknowledge(self, eio_sid: str, namespace: str, id: Any, data: Any) -> Any:
        """Pass an acknowledgement on to its callback, unless the socket's login is over."""
        socket = self._sockets.get(eio_sid)
        if socket is None or not socket.login.is_over:
            return self._acknowledge(eio_sid, namespace, id, data)
        return None

    def handle(self, handler: Any, message: Any, namespace: str, sid: str, *given: Any) -> Any:
        """Run a handler in its context, where it finds its visit."""

        def prepared(*given: Any) -> Any:
            socket = self._socket_of(sid, namespace)
            if socket is not None:
                setattr(request, SOCKET, (self, socket))
                show_visit(socket.login.ticket, socket.login.end)
            return handler(*given)

        return self._handle(prepared, message, namespace, sid, *given)

    def leave(self, eio_sid: str, reason: Any) -> None:
        """Forget a socket that is closed, after the app's handlers have run."""
        try:
            self._leave(eio_sid, reason)
        finally:
            socket = self._sockets.pop(eio_sid, None)
            if socket is not None:
                socket.login.close()

    def _socket_of(self, sid: str, namespace: str) -> Socket | None:
        return self._ending.get(sid) or self._sockets.get(self._eio_sid_of(sid, namespace))

    def _eio_sid_of(self, sid: str, namespace: str) -> str:
        return self._server.manager.eio_sid_from_sid(sid, namespace) or ""

    # What is sent over it

    def send(self, eio_sid: str, packet: Any) -> None:
        """Send a packet, unless the socket's login is over and the packet is of the app's."""
        socket = self._sockets.get(eio_sid)
        if socket is None or _is_ours.get():
            self._send(eio_sid, packet)
            return
        with socket.lock:  # what is sent before the end is in the queue then, and can be dropped
            if not socket.login.is_over or _is_closing(packet):
                self._send(eio_sid, packet)

    def _soon(self, tell: Callable[[str], object], eio_sid: str, login: LiveLogin[Flag]) -> None:
        """Tell a socket, in a thread as the server starts them: it may be slow."""
        self._server.start_background_task(tell, eio_sid)

    def _warn(self, eio_sid: str) -> None:
        socket = self._sockets.get(eio_sid)
        if socket is not None and socket.login.warned.is_set():
            document = active_document(socket.engine, socket.login.ticket, socket.now)
            self._emit(socket.namespaces, document)

    def _end(self, eio_sid: str) -> None:
        socket = self._sockets.get(eio_sid)
        namespaces = [] if socket is None else socket.leave_all()
        if socket is None or not namespaces:  # another thread tells it, and must not be dropped
            return
        with socket.lock:
            self._drop_queued(eio_sid)
        self._emit(namespaces, socket.document())
        for namespace, sid in namespaces:
            self._ending[sid] = socket  # the connection may close meanwhile, in another thread
            try:
                self._server.disconnect(sid, namespace=namespace, ignore_queue=True)
            finally:
                self._ending.pop(sid, None)

    def _emit(self, namespaces: list[tuple[str, str]], document: dict[str, Any]) -> None:
        token = _is_ours.set(True)
        try:
            for namespace, sid in namespaces:
                about = {"namespace": namespace, "to": sid, "ignore_queue": True}
                self._server.emit(EVENT, document, **about)
        finally:
            _is_ours.reset(token)

    def _drop_queued(self, eio_sid: str) -> None:
        """Throw away what waits for a slow client, or for the next poll of one that polls."""
        engine = self._server.eio
        connection = engine.sockets.get(eio_sid)
        if connection is None:
            return
        try:
            while True:
                connection.queue.get_nowait()
                connection.queue.task_done()
        except engine.get_queue_empty_exception():
            pass

    # Activity

    def touch(self, socket: Socket) -> None:
        """Count as activity; ask the page to extend the login if only a cookie keeps it alive."""
        if not socket.login.touch() and socket.is_asking_due():
            self._emit(socket.namespaces, extend_document(socket.engine, socket.login))


def _refuse_over(socket: Socket) -> None:
    if socket.login.is_over:
        raise Refused(*socket.refusal())


def _is_closing(packet: Any) -> bool:
    return isinstance(packet.data, str) and packet.data.startswith(_CLOSING)
