"""The WSGI adapter: ``Session440Middleware(app, secret_key=...)``.

The ticket is the login: the app calls ``environ["session440"].login("alice")``. With
``watch_cookie`` the app does not change: see :mod:`session440.plain.watched`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import checks
from ..core.enforcement import FOR_THE_APP
from ..engine import Engine
from ..exceptions import ANSWER_KEY, Answered, ConfigurationError
from ..exchange import Exchange
from ..plain.cookies import Cookies
from ..plain.presentation import PlainPresentation
from ..plain.request import PlainRequest
from ..plain.watched import watched_session
from ..processing import process_request, reply
from ..visit import Visit
from .live import live_body
from .response import WSGIResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from typing_extensions import Unpack  # type checkers know it, installed or not

    from ..options import WSGIOptions

__all__ = ["Session440Middleware", "visit_of"]

PRESENTATION = PlainPresentation()
#: Where a WSGI app finds its visit.
VISIT_KEY = "session440"


class Session440Middleware:
    """Wrap a WSGI app so that its logins time out.

    :param app: the WSGI application.
    :param watch_cookie: name of the session cookie of an app that does not know session440;
        its logins are followed by it.
    :param cookie_secure: whether the ticket cookie is ``Secure``; ``None``: when the request
        is https.
    :param cookie_domain: the ticket cookie's ``Domain``.
    :param options: see :class:`session440.options.Options`; ``secret_key`` is required.
    :raises ConfigurationError: for an unknown or unusable option.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        watch_cookie: str | None = None,
        cookie_secure: bool | None = None,
        cookie_domain: str | None = None,
        **options: Unpack[WSGIOptions],
    ) -> None:
        _refuse_asgi(app)
        self.app = app
        cookies = Cookies(cookie_secure, cookie_domain)
        self.engine: Engine = cookies.engine(options, watch_cookie)
        self.scope = cookies.scopes["https"]  # where people use https
        self.is_secure = bool(cookie_secure)
        self.watched = watch_cookie
        self._scopes, self._sessions = cookies.scopes, cookies.sessions()

    @property
    def follows_another(self) -> bool:
        """Whether logins follow another session, about which nothing is known."""
        return self.watched is not None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or let the app answer it."""
        request = PlainRequest(environ, self.engine)
        scheme = "https" if environ["wsgi.url_scheme"] == "https" else "http"
        session, watched = self._sessions[scheme], None
        if self.watched is not None:
            scope = self._scopes[scheme]
            session = watched = watched_session(request, self.engine, scope, self.watched)
        exchange = Exchange(self.engine, request, session, PRESENTATION)
        response = WSGIResponse(exchange, start_response, watched)
        environ[VISIT_KEY] = Visit(exchange)
        environ[ANSWER_KEY] = response
        if process_request(exchange) not in FOR_THE_APP:
            iterable = response.send(reply(exchange))
        else:
            try:
                iterable = self.app(environ, response.start)
            except Answered as exception:
                iterable = response.send_exception(exception)
        if not response.is_under_way:
            return response.watch(iterable, request.let_go)
        # The answer has begun, so the server sends the app's own iterable, as it does best.
        if response.guard is not None:
            iterable = live_body(response.guard, iterable)
        request.let_go()
        return iterable


def _refuse_asgi(app: object) -> None:
    if checks.is_async(app):
        raise ConfigurationError(
            f"{type(app).__module__.partition('.')[0]}.{type(app).__name__} is an ASGI app, of "
            "coroutines, and this middleware wraps WSGI apps (PEP 3333); wrap it in "
            "session440.asgi.Session440Middleware"
        )


def visit_of(environ: WSGIEnvironment) -> Visit:
    """Return the request's visit: ``environ["session440"]``, with its type.

    :raises RuntimeError: if no ``Session440Middleware`` wraps the app.
    """
    if VISIT_KEY not in environ:
        raise RuntimeError("there is no visit: the app is not wrapped in Session440Middleware")
    visit: Visit = environ[VISIT_KEY]
    return visit
