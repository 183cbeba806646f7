"""The login of a Flask request that opens a socket, and the visit of what comes over it.

Flask-SocketIO runs its handlers in contexts of the request that opened the socket, but runs none
of the app's hooks, so that nothing has judged the login there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Flask, request

from ..core.ended import Ended
from ..core.enforcement import Answer
from ..core.state import State
from ..core.ticket import Ticket
from ..engine import Engine
from ..exceptions import PHRASE
from ..exchange import Exchange
from ..http.live_documents import Reader, ended_document, reader_of
from ..processing.handshake import process_handshake
from ..visit import Visit
from .extension import PRESENTATION, SESSION
from .receivers import EXCHANGE, VISIT
from .request import FlaskRequest
from .session import current


class Handshake(NamedTuple):
    """How a request that opens a socket is answered.

    :param visit: of the person; ``None`` if the socket is refused.
    :param refusal: the message and the document for who is refused.
    """

    engine: Engine
    reader: Reader
    visit: Visit | None
    refusal: tuple[str, dict[str, Any]] | None = None


def shake_hands(app: Flask, environ: dict[str, Any]) -> Handshake:
    """Judge the login of a request that opens a socket. It is no activity.

    A visitor's socket on a ``public`` path loses the cookies of a login that has ended.
    """
    with app.request_context({**environ, "HTTP_SESSION440_PASSIVE": "?1"}):
        exchange = _exchange()
        answer, reader = process_handshake(exchange), reader_of(exchange)
        ended = exchange.provisional.ended
        if answer is Answer.UNAVAILABLE:
            return Handshake(exchange.engine, reader, None, UNAVAILABLE)
        if answer is Answer.APP and (ended is None or _hides_cookies(environ)):
            return Handshake(exchange.engine, reader, Visit(exchange))
        document = ended_document(ended or Ended(None, None), reader)
        return Handshake(exchange.engine, reader, None, (PHRASE, document))


#: The store is out, and the site wants no login to go on without it.
UNAVAILABLE = ("Service Unavailable", {"title": "Service Unavailable", "status": 503})


def _hides_cookies(environ: dict[str, Any]) -> bool:
    """Hide the cookies of an ended login; return false for a session that has none."""
    if SESSION.cookie_name() not in request.cookies:
        return False
    environ.pop("HTTP_COOKIE", None)
    return True


def show_visit(ticket: Ticket | None, ended: Ended | None) -> None:
    """Let the app find its visit in the context of a handler, as in a request.

    Its headers were sent long ago: nothing can begin or end a login here.
    """
    exchange = _exchange()
    state = State(None, ended) if ended is not None else State(ticket)
    exchange.advance((state, ()))
    exchange.send()
    setattr(request, EXCHANGE, exchange)
    setattr(request, VISIT, Visit(exchange))


def _exchange() -> Exchange:
    extension = current().extensions.get("session440")
    if extension is None:
        raise RuntimeError("the app has no Session440: say Session440(app) before watch(socketio)")
    engine = extension.engine
    asked = FlaskRequest(request.environ, None, engine, extension)
    return Exchange(engine, asked, SESSION, PRESENTATION)
