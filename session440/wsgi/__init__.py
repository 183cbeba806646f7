"""The WSGI adapter: ``Session440Middleware(app, secret_key=...)``.

The ticket is the login: the app says ``environ["session440"].login("alice")``. With
``watch_cookie`` the app stays as it is: see :mod:`session440.wsgi.watched`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import checks
from ..core.cookie import Scope, check_prefix
from ..core.enforcement import FOR_THE_APP
from ..core.ports import Session
from ..engine import Engine
from ..exceptions import ANSWER_KEY, Answered, ConfigurationError
from ..exchange import Exchange
from ..processing import process_request, reply
from ..settings import Settings
from ..visit import Visit
from .live import live_body
from .presentation import WSGIPresentation
from .request import WSGIRequest
from .response import WSGIResponse
from .session import TicketSession
from .watched import WatchedSession

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from typing_extensions import Unpack  # type checkers know it, installed or not

    from ..options import WSGIOptions

__all__ = ["Session440Middleware", "visit_of"]

PRESENTATION = WSGIPresentation()
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
        _check(watch_cookie, cookie_secure, cookie_domain)
        if watch_cookie is not None:
            options.setdefault("adopt", False)
        self.app = app
        scope = Scope("/", cookie_domain, bool(cookie_secure), "Lax")
        place = "" if watch_cookie else scope.place_as_text  # the watched cookie has its own
        self.engine: Engine = Engine(Settings.load(options), "login440", place)
        if watch_cookie is not None:
            checks.unused_cookie(self.engine.cookie_name, {watch_cookie: "watch_cookie"})
        check_prefix(self.engine.cookie_name, scope)
        secure = scope._replace(secure=cookie_secure is None or cookie_secure)
        self.scope = secure  # where people use https
        self.is_secure = bool(cookie_secure)
        self.watched = watch_cookie
        self._scopes = {"https": secure, "http": scope}
        self._sessions: dict[str, Session] = {
            scheme: TicketSession(each) for scheme, each in self._scopes.items()
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or let the app answer it."""
        request = WSGIRequest(environ, self.engine)
        scheme = "https" if environ["wsgi.url_scheme"] == "https" else "http"
        session, watched = self._sessions[scheme], None
        if self.watched is not None:
            session = watched = self._follow(request, self._scopes[scheme], self.watched)
        exchange = Exchange(self.engine, request, session, PRESENTATION)
        response = WSGIResponse(exchange, start_response, watched)
        environ[VISIT_KEY] = Visit(exchange)
        environ[ANSWER_KEY] = response.to_exception
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

    def _follow(self, request: WSGIRequest, scope: Scope, name: str) -> WatchedSession:
        def leads_away(status: int, location: str | None) -> bool:
            is_form = request.environ.get("REQUEST_METHOD") == "POST"
            return is_form and 300 <= status < 400 and request.leaves_login_page(location)

        return WatchedSession(request, self.engine, scope, name, leads_away)


def _check(watch_cookie: object, cookie_secure: object, cookie_domain: object) -> None:
    checks.optional(checks.cookie_name)("watch_cookie", watch_cookie)
    checks.optional(checks.truth)("cookie_secure", cookie_secure)
    checks.optional(checks.domain)("cookie_domain", cookie_domain)


def _refuse_asgi(app: object) -> None:
    if checks.is_async(app):
        raise ConfigurationError(
            f"{type(app).__module__.partition('.')[0]}.{type(app).__name__} is an ASGI app, of "
            "coroutines; Session440Middleware wraps WSGI apps (PEP 3333)"
        )


def visit_of(environ: WSGIEnvironment) -> Visit:
    """Return the request's visit: ``environ["session440"]``, with its type.

    :raises RuntimeError: if no ``Session440Middleware`` wraps the app.
    """
    if VISIT_KEY not in environ:
        raise RuntimeError("there is no visit: the app is not wrapped in Session440Middleware")
    visit: Visit = environ[VISIT_KEY]
    return visit
