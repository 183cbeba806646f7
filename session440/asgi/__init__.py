"""The ASGI adapter: ``Session440Middleware(app, secret_key=...)``.

The ticket is the login: the app calls ``scope["session440"].login("alice")``. With ``subject_key``
the session of Starlette's ``SessionMiddleware`` says who is logged in. With ``watch_cookie`` the
app does not change: see :mod:`session440.plain.watched`.
"""

from __future__ import annotations

import sys
from asyncio import to_thread
from inspect import isclass, isroutine
from typing import TYPE_CHECKING, Any

from .. import checks
from ..core.cookie import check_prefix
from ..core.enforcement import FOR_THE_APP
from ..core.ports import Session
from ..engine import Engine
from ..exceptions import ANSWER_KEY, ANSWERING, ConfigurationError
from ..exchange import Exchange
from ..plain.cookies import NAME, OWN, Cookies
from ..plain.presentation import PlainPresentation
from ..plain.watched import WatchedSession, watched_session
from ..processing import aprocess_request, carries_nothing
from ..visit import Visit
from .answers import answer
from .environ import is_secure, show_cookies
from .request import ASGIRequest, read_for_endpoint
from .response import ASGIResponse
from .session import StarletteSession, SubjectKey, load_for_endpoint, watch_login
from .session_cookie import USUAL_AGE, SessionCookie, cookie_in
from .socket import ASGISocket
from .types import App, Receive, Scope, Send
from .visits import VISIT_KEY, session440_client, visit_of

if TYPE_CHECKING:
    from typing_extensions import Unpack  # type checkers know it, installed or not

    from ..options import ASGIOptions

__all__ = ["Session440Middleware", "answer", "session440_client", "visit_of"]

PRESENTATION = PlainPresentation()
_OWN = (*OWN, "subject_key", "session_cookie")


class Session440Middleware:
    """Wrap an ASGI app so that its logins time out.

    :param app: the ASGI application (ASGI 3).
    :param watch_cookie: name of the session cookie of an app that does not know session440;
        its logins are followed by it.
    :param subject_key: where Starlette's session names the person who is logged in: its key; a path
        such as ``"user.sub"``; or a function that takes the session. Put ``SessionMiddleware``
        around this middleware.
    :param session_cookie: the name of that session's cookie.
    :param cookie_secure: whether the ticket cookie is ``Secure``; ``None``: when the request
        is https.
    :param cookie_domain: the ticket cookie's ``Domain``.
    :param options: see :class:`session440.options.Options`; ``secret_key`` is required.
    :raises ConfigurationError: for an unknown or unusable option.
    """

    def __init__(
        self,
        app: App,
        *,
        watch_cookie: str | None = None,
        subject_key: SubjectKey | None = None,
        session_cookie: str = "session",
        cookie_secure: bool | None = None,
        cookie_domain: str | None = None,
        **options: Unpack[ASGIOptions],
    ) -> None:
        _refuse_wsgi(app)
        _check(subject_key, session_cookie, watch_cookie)
        self.app = app
        cookies = Cookies(cookie_secure, cookie_domain)
        name = NAME if subject_key is None else f"{session_cookie}440"
        self.engine: Engine = cookies.engine(options, watch_cookie, name, _OWN)
        self.scope = cookies.scopes["https"]  # where people use https
        self.is_secure = bool(cookie_secure)
        self.watched = watch_cookie
        self.subject_key = subject_key
        self.follows_another = watch_cookie is not None or subject_key is not None
        self._scopes, self._sessions = cookies.scopes, cookies.sessions()
        described = cookies.scopes["http"]._replace(max_age=USUAL_AGE)
        self._described = SessionCookie(session_cookie, described)
        self._found: SessionCookie | None = None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a request, or let the app answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        exchange, connection = self._open(scope, receive, send)
        try:
            if exchange.request.method == "POST":
                await read_for_endpoint(exchange, receive)
            if self.subject_key is not None:
                await load_for_endpoint(exchange)
            answering = None if carries_nothing(exchange) else await aprocess_request(exchange)
            if answering is None or answering in FOR_THE_APP:
                if self.follows_another:
                    await self._prepare(exchange)
                del exchange  # a connection may stay open for days
                await self.app(scope, connection.receive, connection.send)
            else:
                await connection.refuse(answering)
        except Exception as exception:
            if not await connection.take(exception):
                raise
        finally:
            closing = connection.let_go()
            if closing is not None:
                await closing

    def _open(
        self, scope: Scope, receive: Receive, send: Send
    ) -> tuple[Exchange, ASGIResponse | ASGISocket]:
        """Return what a connection asks, and what stands between the app and the server."""
        request = ASGIRequest(scope, self.engine)
        session, watched = self._sessions["https" if is_secure(scope) else "http"], None
        if self.follows_another:
            session, watched = self._follow(request)
        exchange = Exchange(self.engine, request, session, PRESENTATION, to_thread)
        scope[VISIT_KEY] = Visit(exchange)
        if scope["type"] == "websocket":
            return exchange, ASGISocket(exchange, request, receive, send, watched)
        response = ASGIResponse(exchange, request, receive, send, watched)
        scope[ANSWER_KEY] = response
        if "quart" in sys.modules:  # whose handlers ask the exception itself for its answer
            ANSWERING.set(response.to_exception)
        return exchange, response

    def _follow(self, request: ASGIRequest) -> tuple[Session, WatchedSession | None]:
        """Return the app's session, and the same again if it is only known by its cookie."""
        if self.subject_key is not None:
            cookie = self._session_cookie(request.native.get("app"))
            return StarletteSession(request, self.subject_key, cookie), None
        scope = self._scopes["https" if request.is_secure() else "http"]
        session = watched_session(request, self.engine, scope, str(self.watched))
        return session, session

    async def _prepare(self, exchange: Exchange) -> None:
        """Show the app what it may see, and look out for what it may do."""
        if self.watched is not None:
            show_cookies(exchange.request.native, exchange.request.environ)
        await watch_login(exchange)

    def _session_cookie(self, app: object) -> SessionCookie:
        """Return the cookie of the session that is followed: an app's middleware stays the same."""
        if self._found is None:
            self._found = cookie_in(app, self._described)
            check_prefix(self.engine.cookie_name, self._found.scope)
            checks.unused_cookie(self.engine.cookie_name, {self._found.name: "session_cookie"})
        return self._found


def _check(subject_key: object, session_cookie: object, watch_cookie: object) -> None:
    if callable(subject_key):
        checks.function("session")("subject_key", subject_key)
    else:
        checks.optional(checks.text)("subject_key", subject_key)
    checks.cookie_name("session_cookie", session_cookie)
    if subject_key is not None and watch_cookie is not None:
        raise ConfigurationError("give subject_key or watch_cookie: one says who is logged in")


def _refuse_wsgi(app: App) -> None:
    if not callable(app) or not checks.takes(app, 3):
        kind: Any = app if isclass(app) or isroutine(app) else type(app)
        name = f"{str(kind.__module__).partition('.')[0]}.{kind.__qualname__}"
        raise ConfigurationError(
            f"{name} is no ASGI 3 app, called with (scope, receive, send); session440.wsgi."
            "Session440Middleware wraps WSGI apps, and session440.flask.Session440 is for Flask"
        )
