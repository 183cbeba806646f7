"""Consumers of Channels whose sockets end with the login: ``LoginConsumerMixin``.

Nothing else of session440 needs Channels: import this module only to use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..http.live_documents import active_document
from ..live import LiveLogin
from ..live.denial import deny, is_asked
from ..live.messages import Message, Receive, Scope, Send
from ..live.sender import is_ended_by
from ..live.websocket import LiveSocket
from .conf import get_engine
from .handshake import ChannelsHandshake, judged, let_go, request_of
from .receivers import VISIT

if TYPE_CHECKING:
    from ..live.async_flag import AsyncFlag

__all__ = ["LoginConsumerMixin"]


class LoginConsumerMixin:
    """Ends a consumer's sockets with their login. List it before Channels' own class.

    It is for consumers of WebSockets, asynchronous or not, within ``AuthMiddlewareStack`` or
    ``SessionMiddlewareStack``. A handshake whose login is over is refused with the 440 if the
    server can answer it. Otherwise it is accepted, and closed with code 4440 and the cause. An
    open socket is closed in the same way when its login ends: ``disconnect(4440)`` is called, and
    nothing more is sent, neither by the consumer nor by its groups. If the same person logs in
    again in the same browser, the socket goes on.

    Messages are no activity of the person. To count as activity, call ``self.login.touch()``
    (``await self.login.atouch()`` in a consumer that awaits). A method ``login_warning`` is
    called when the end is near, with a message whose ``document`` is what the endpoint ``status``
    says. A consumer that is marked ``@public`` sees a visitor instead of an ended login.
    """

    #: The login under which the socket is open; that of a visitor never ends.
    login: LiveLogin[AsyncFlag]

    def __init_subclass__(cls, **given: Any) -> None:
        """Refuse a class in which Channels' own would be called first, and one that serves HTTP.

        :raises TypeError: if the mixin is not listed before it.
        """
        super().__init_subclass__(**given)
        if hasattr(cls, "http_request"):
            raise TypeError(
                f"{cls.__name__}: LoginConsumerMixin is for WebSockets. Let a view of Django's "
                "answer HTTP: its middleware judges the login, and ends streams of events with it"
            )
        before = cls.__mro__[: cls.__mro__.index(LoginConsumerMixin)]
        for each in before:
            if "__call__" in vars(each) and not issubclass(each, LoginConsumerMixin):
                raise TypeError(f"{cls.__name__}: list LoginConsumerMixin before {each.__name__}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection, if its login is not over, for as long as that lasts."""
        consumer: Any = super()
        if scope["type"] != "websocket":
            await consumer.__call__(scope, receive, send)
            return
        opened = await self._opened(scope, receive, send)
        if opened is not None:
            shown, socket = opened
            try:
                await consumer.__call__(shown, socket.receive, socket.send)
            except Exception as exception:
                if not is_ended_by(exception):
                    raise
            finally:
                await self._left(socket)

    async def _opened(
        self, scope: Scope, receive: Receive, send: Send
    ) -> tuple[Scope, LiveSocket] | None:
        """Judge the login; return what the consumer is served with, unless it is refused."""
        request = request_of(scope, type(self))
        try:
            exchange, denial = await judged(request)
            if denial is not None:
                if await is_asked(receive):
                    await deny(scope, send, denial)
                return None
            self.login = getattr(request, VISIT).watch().aopen()
        finally:
            let_go(request)
        shown = {**scope, "user": request.user} if "user" in scope else scope
        warning = _warning if hasattr(self, "login_warning") else None
        handshake = ChannelsHandshake(scope, exchange, self.login)
        return shown, LiveSocket(receive, send, handshake, warning)

    async def _left(self, socket: LiveSocket) -> None:
        self.login.close()
        closing = socket.leave()
        if closing is not None:
            await closing


def _warning(login: LiveLogin[AsyncFlag]) -> Message:
    """Return the message that Channels gives to the method ``login_warning``."""
    engine = get_engine()
    document = active_document(engine, login.ticket, engine.clock())
    return {"type": "login.warning", "document": document}
