"""The Flask extension: ``Session440(app)``, or ``init_app`` in an application factory.

Options are the app's configuration, ``SESSION440_*``; whoever the session names is logged
in: Flask-Login's ``_user_id``, the tutorial's ``user_id``, or ``SESSION440_SUBJECT_KEY``.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import werkzeug.exceptions
from flask import Flask, Response, current_app, g, has_app_context, render_template, request
from flask.globals import request_ctx
from flask.sessions import SessionMixin
from jinja2 import TemplateNotFound
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.local import LocalProxy
from werkzeug.routing import BuildError

from . import caller
from .cookie import Scope, check_prefix
from .door import door_reply
from .engine import Engine
from .exceptions import ANSWER_KEY, LOGIN_TIMEOUT, PHRASE, LoginTimeout
from .exchange import Holding
from .marks import PASSIVE, PUBLIC, is_marked, passive, public
from .reply import Reply, exception_reply, status_line
from .settings import Settings
from .ticket import Ticket
from .visit import Visit

try:
    import flask_login  # type: ignore[import-untyped]  # it ships no types
except ImportError:  # Flask-Login is one way among others to say who is logged in
    flask_login = None

__all__ = ["Session440", "current_visit", "passive", "public"]

PREFIX = "SESSION440_"
#: Where the request keeps its visit. Not in the environ: that would close a circle, and
#: an app is freed with its last reference.
VISIT = "session440"
BINDING_KEY = "_session440"
TEMPLATE = "session440/440.html"

# Werkzeug knows no 440: without this abort(440) and errorhandler(440) are errors, and
# Response(status=440) is "440 UNKNOWN".
HTTP_STATUS_CODES[LOGIN_TIMEOUT] = PHRASE
werkzeug.exceptions.default_exceptions[LOGIN_TIMEOUT] = LoginTimeout
werkzeug.exceptions._aborter.mapping[LOGIN_TIMEOUT] = LoginTimeout  # its abort(), out of an app


def _visit() -> Visit | None:
    return getattr(request, VISIT, None)


def _current_visit() -> Visit:
    visit = _visit()
    if visit is None:
        raise RuntimeError("there is no visit: the app has no Session440, or runs no request")
    return visit


#: The visit of the request that is being served.
current_visit: Visit = LocalProxy(_current_visit)  # type: ignore[assignment]  # as flask.request


class Session440:
    """Ends the logins of a Flask app on time.

    One instance may serve several apps.

    :raises ConfigurationError: for an unknown or unusable ``SESSION440_*`` option.
    """

    def __init__(self, app: Flask | None = None) -> None:
        self._engines: WeakKeyDictionary[Flask, Engine] = WeakKeyDictionary()
        self._apps: WeakKeyDictionary[Flask, bool] = WeakKeyDictionary()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Install the extension into *app*."""
        _settings(app)  # a bad option should stop the start, not the first request
        self._apps[app] = True
        app.extensions["session440"] = self
        app.aborter.mapping.setdefault(LOGIN_TIMEOUT, LoginTimeout)
        # First and last of all hooks, whatever the order of registration: nothing of the
        # app sees a login that has ended, nothing changes the response behind our back.
        app.url_value_preprocessors.setdefault(None, []).insert(0, self._enter)
        app.after_request_funcs.setdefault(None, []).insert(0, self._leave)
        if flask_login is not None:
            flask_login.user_logged_in.connect(self._logged_in, app)
            flask_login.user_loaded_from_cookie.connect(self._logged_in, app)

    @property
    def engine(self) -> Engine:
        """The engine of the current app, or of the only one.

        :raises ConfigurationError: where the app still has no secret key.
        """
        if has_app_context():
            return self._engine(_app())
        apps = list(self._apps)
        if len(apps) != 1:
            raise RuntimeError("this extension serves several apps: push an app context")
        return self._engine(apps[0])

    def _engine(self, app: Flask) -> Engine:
        """Build the app's engine when it is first needed: its secret key may come late."""
        engine = self._engines.get(app)
        if engine is None:
            name = app.session_interface.get_cookie_name(app)
            engine = Engine(_settings(app), f"{name}440")
            check_prefix(engine.cookie_name, _session_scope(app))
            self._engines[app] = engine
        return engine

    def _enter(self, endpoint: str | None, values: dict[str, Any] | None) -> None:
        engine = self._engine(_app())
        visit = engine.visit(FlaskExchange(engine))
        setattr(request, VISIT, visit)
        request.environ[ANSWER_KEY] = _exception_response
        reply = door_reply(visit, request.environ["wsgi.input"])
        if reply is None:
            return
        if visit.timed_out and visit.cause:
            raise LoginTimeout(visit.cause)
        raise HTTPException(response=_response(reply))

    def _leave(self, response: Response) -> Response:
        visit = _visit()
        if visit is not None:
            if visit.settle(response.status_code, response.headers.get("Location")):
                response = _handled(LoginTimeout(visit.cause or ""))
            _amend(visit, response)
        if response.status_code == LOGIN_TIMEOUT:
            response.status = status_line(LOGIN_TIMEOUT)  # Werkzeug would shout it
        return response

    def _logged_in(self, app: Flask, user: Any) -> None:
        """Follow Flask-Login, which is the only one to know of a same-user re-login."""
        visit = _visit()
        if visit is not None:
            session = _session()
            remembered = session.get("_remember") == "set" or not session.get("_fresh", True)
            has_policy = "remember" in visit.engine.settings.policies
            visit.login(session["_user_id"], "remember" if remembered and has_policy else None)


class FlaskExchange:
    """A Flask request and its answer."""

    def __init__(self, engine: Engine) -> None:
        self.environ: dict[str, Any] = request.environ
        self.native = request
        self._engine = engine

    # Where it goes

    def path(self) -> str:
        return request.path

    def location(self) -> str:
        return caller.location_of(self.environ)

    def host(self) -> str:
        return request.host

    def is_static(self) -> bool:
        return request.endpoint is not None and request.endpoint.split(".")[-1] == "static"

    def is_public(self) -> bool:
        return is_marked(self._view(), PUBLIC)

    def is_passive(self) -> bool:
        return is_marked(self._view(), PASSIVE)

    def _view(self) -> object:
        return current_app.view_functions.get(request.endpoint or "")

    def is_login_page(self, location: str) -> bool:
        return caller.is_page_of(self.login_url(), location)

    def login_url(self) -> str:
        if PREFIX + "LOGIN_URL" in current_app.config:
            url = self._engine.settings.login_url
            return url(self.native) if callable(url) else url
        return self._flask_login_url() or "/login"

    def _flask_login_url(self) -> str | None:
        login = getattr(current_app, "login_manager", None)
        view = login and login.blueprint_login_views.get(request.blueprint, login.login_view)
        try:
            return flask_login.login_url(view) if view else None
        except BuildError:
            return None

    # The session

    def session_carried(self) -> bool:
        return current_app.session_interface.get_cookie_name(_app()) in request.cookies

    def read_session(self, tickets: tuple[Ticket, ...]) -> Holding:
        session = _session()
        accessed = session.accessed
        holding = Holding(self._subject(session), session.get(BINDING_KEY), not session)
        session.accessed = accessed
        return holding

    def _subject(self, session: SessionMixin) -> str | None:
        own = current_app.config.get(PREFIX + "SUBJECT_KEY")
        for key in (own,) if own else ("_user_id", "user_id"):
            if session.get(key) is not None:
                return str(session[key])
        return None

    def session_changed(self) -> bool:
        return bool(_session().modified)

    def is_voided(self) -> bool:
        """Whether Flask-Login found the session's user gone or deactivated."""
        user = g.get("_login_user")
        gone = user is not None and not user.is_authenticated
        return gone and self._subject(_session()) is not None

    def bind(self, binding: list[Any] | None) -> None:
        if binding is None:
            _session().pop(BINDING_KEY, None)
        else:
            _session()[BINDING_KEY] = binding

    def clear_session(self, keep_csrf: bool) -> None:
        session = _session()
        field = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
        token = session.get(field) if keep_csrf else None
        session.clear()
        if token is not None:
            session[field] = token
        if self._is_remembered():
            # Flask-Login's own word for "delete the remember cookie, and do not heed it".
            session["_remember"] = "clear"

    def _is_remembered(self) -> bool:
        name = current_app.config.get("REMEMBER_COOKIE_NAME", "remember_token")
        return hasattr(current_app, "login_manager") and name in request.cookies

    def hide_session(self) -> None:
        dict.clear(_session())  # as a dict: not "modified"
        if self._is_remembered():
            name = current_app.config.get("REMEMBER_COOKIE_NAME", "remember_token")
            kept = [pair for pair in request.cookies.items(multi=True) if pair[0] != name]
            setattr(request, "cookies", ImmutableMultiDict(kept))  # noqa: B010  # a proxy

    # The answer

    def cookie_scope(self) -> Scope:
        age = None
        if _session().permanent:
            age = int(current_app.permanent_session_lifetime.total_seconds())
        return _session_scope(_app())._replace(max_age=age)

    def own_page(self, login_timeout: dict[str, Any]) -> str | None:
        try:
            current_app.jinja_env.get_template(TEMPLATE)
        except TemplateNotFound:
            return None
        return render_template(TEMPLATE, login_timeout=login_timeout)


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a LocalProxy
    return app


def _settings(app: Flask) -> Settings:
    """Read ``SESSION440_*`` from the app's configuration."""
    options = {
        name[len(PREFIX) :].lower(): value
        for name, value in app.config.items()
        if name.startswith(PREFIX) and name != PREFIX + "SUBJECT_KEY"
    }
    return Settings.load(
        options,
        secret_key=app.secret_key or "",
        secret_key_fallbacks=app.config.get("SECRET_KEY_FALLBACKS") or (),
    )


def _session() -> SessionMixin:
    """Give the session without the proxy, which would mark it accessed (Flask 3.1.3)."""
    context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # a LocalProxy
    session: SessionMixin | None = getattr(context, "_session", None)
    return context.session if session is None else session


def _session_scope(app: Flask) -> Scope:
    interface = app.session_interface
    return Scope(
        path=interface.get_cookie_path(app),
        domain=interface.get_cookie_domain(app),
        secure=interface.get_cookie_secure(app),
        samesite=interface.get_cookie_samesite(app),
        # Flask 3.1 has it; Flask-Session's interfaces of before do not ask for it.
        partitioned=bool(app.config.get("SESSION_COOKIE_PARTITIONED")),
    )


def _response(reply: Reply) -> Response:
    response = current_app.response_class(reply.body, reply.status_line)
    response.headers.clear()
    response.headers.extend(reply.headers)
    return response


def _exception_response(exception: LoginTimeout) -> Response:
    return _response(exception_reply(_current_visit(), exception))


def _handled(exception: LoginTimeout) -> Response:
    """Answer as if a view had raised *exception*: the app's error handlers come first."""
    try:
        raise exception
    except LoginTimeout as raised:
        return current_app.make_response(current_app.handle_user_exception(raised))


def _amend(visit: Visit, response: Response) -> None:
    cookie, headers = visit.finish(response.status_code, response.headers.get)
    for name, value in headers:
        response.headers[name] = value
    if cookie is not None:
        response.headers.add("Set-Cookie", cookie.header())
