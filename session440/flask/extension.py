"""The extension: the only part of the adapter that an app needs to know."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import Context
from typing import Any
from weakref import WeakKeyDictionary

import werkzeug.exceptions
from flask import Flask, Response, current_app, has_app_context, request
from flask.globals import request_ctx
from markupsafe import Markup
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.local import LocalProxy

from .. import checks
from ..core.cookie import check_prefix
from ..core.enforcement import FOR_THE_APP, Answer
from ..decorators import RECENT, is_used
from ..engine import Engine
from ..exceptions import (
    ANSWER_KEY,
    LOGIN_TIMEOUT,
    PHRASE,
    Answered,
    ConfigurationError,
    LoginTimeout,
    StepUpRequired,
)
from ..exchange import Exchange
from ..http.login_paths import warn_of_login_url
from ..http.reply import detail_of, status_line
from ..http.script import client_tag
from ..http.step_up import path_wants, step_up_detail
from ..http.targets import is_known_login_page
from ..processing import (
    passes_as_it_is,
    process_exception,
    process_request,
    reply,
)
from ..settings import Settings
from ..visit import Visit
from .answers import OwnAnswer, stand_first
from .judged_first import stop
from .live import guard_stream
from .login import flask_login
from .login_pages import url_of
from .presentation import FlaskPresentation
from .receivers import EXCHANGE, VISIT, logged_in, protected
from .request import FlaskRequest
from .response import completed, keep_policy, login_timeout, response_of
from .session import PREFIX, FlaskSession, current, current_session, session_scope
from .signals import hears_for, sender_for

SESSION, PRESENTATION = FlaskSession(), FlaskPresentation()

# Werkzeug does not know 440: without this, abort(440) and errorhandler(440) raise errors, and
# Response(status=440) is "440 UNKNOWN".
HTTP_STATUS_CODES[LOGIN_TIMEOUT] = PHRASE
werkzeug.exceptions.default_exceptions[LOGIN_TIMEOUT] = LoginTimeout
werkzeug.exceptions._aborter.mapping[LOGIN_TIMEOUT] = LoginTimeout  # for abort() outside of an app


def _visit() -> Visit | None:
    return getattr(request, VISIT, None)


def _current_exchange() -> Exchange:
    exchange: Exchange | None = getattr(request, EXCHANGE, None)
    if exchange is None:
        raise RuntimeError("there is no visit: the app has no Session440, or runs no request")
    return exchange


def _current_visit() -> Visit:
    visit = _visit()
    if visit is None:
        raise RuntimeError("there is no visit: the app has no Session440, or runs no request")
    return visit


def visit_of_view(*given: Any) -> Visit:
    """Return the visit of the request for which a view is called."""
    return _current_visit()


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
        """Install the extension into *app*.

        :raises ConfigurationError: for a bad option, and for an app that is not Flask's.
        """
        _refuse_others(app)
        _settings(app)  # a bad option should stop the app's start, not the first request
        self._apps[app] = True
        app.extensions["session440"] = self
        app.aborter.mapping.setdefault(LOGIN_TIMEOUT, LoginTimeout)
        # Not as a Jinja global: its environment would be created now, and keep the app alive.
        app.context_processor(_template_names)
        # The first and the last of all hooks, in any order of registration: no code of the app
        # sees a login that has ended, and none changes the response after us.
        app.url_value_preprocessors.setdefault(None, []).insert(0, self._enter)
        app.after_request_funcs.setdefault(None, []).insert(0, self._leave)
        if flask_login is not None:
            flask_login.user_logged_in.connect(logged_in, app)
            flask_login.user_loaded_from_cookie.connect(logged_in, app)
            flask_login.user_login_confirmed.connect(logged_in, app)
            flask_login.session_protected.connect(protected, app)

    @property
    def engine(self) -> Engine:
        """The engine of the current app, or of the only app.

        :raises ConfigurationError: if the app still has no secret key.
        """
        if has_app_context():
            return self._engine(current())
        apps = list(self._apps)
        if len(apps) != 1:
            raise RuntimeError("this extension serves several apps: push an app context")
        return self._engine(apps[0])

    def _engine(self, app: Flask) -> Engine:
        """Return the app's engine, built when it is first needed: the secret key may come late."""
        engine = self._engines.get(app)
        if engine is None:
            scope = session_scope(app)
            engine = Engine(_settings(app), f"{session_cookie(app)}440", scope.place_as_text)
            check_prefix(engine.cookie_name, scope)
            engine.listen(sender_for(app), hears_for(app), blocks=False)  # no coroutine calls it
            # If two threads build one, only one stays: there must not be two stores in memory.
            engine = self._engines.setdefault(app, engine)
        return engine

    def _enter(self, endpoint: str | None, values: dict[str, Any] | None) -> None:
        context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # a LocalProxy
        engine = self._engine(context.app)
        stand_first(context.app, _answer_to)
        # It holds nothing of Flask's own, which would be a circle: the request holds it.
        environ = context.request.environ
        asked = FlaskRequest(environ, endpoint, engine, self)
        exchange = Exchange(engine, asked, SESSION, PRESENTATION)
        setattr(context.request, EXCHANGE, exchange)
        setattr(context.request, VISIT, Visit(exchange))
        environ[ANSWER_KEY] = _exception_response
        answer = process_request(exchange)
        if exchange.provisional.answer is Answer.LOGIN_TIMEOUT:  # at the door, or of an endpoint
            raise login_timeout(exchange)
        if answer is Answer.STEP_UP:
            raise StepUpRequired(path_wants(exchange) or 0)
        within = asked.unasked() if is_used(RECENT) else None
        if answer in FOR_THE_APP and within is not None:
            _current_visit().require_recent(within)
        is_form = exchange.request.method == "POST" and exchange.provisional.login is not None
        if is_form and is_known_login_page(exchange):
            SESSION.watch_again()
        if answer not in FOR_THE_APP:
            raise OwnAnswer(response_of(reply(exchange)))

    def _leave(self, response: Response) -> Response:
        exchange: Exchange | None = getattr(request, EXCHANGE, None)
        if exchange is not None:
            if exchange.is_late:
                stop(current_session())  # Flask reads it now, to save it
            if not passes_as_it_is(exchange):
                response = completed(exchange, response)
            if exchange.provisional.login is not None and response.is_streamed:
                guard_stream(exchange, response)
        keep_policy(response)
        if response.status_code == LOGIN_TIMEOUT:
            response.status = status_line(LOGIN_TIMEOUT)  # Werkzeug would write it in capitals
        return response


def _refuse_others(app: object) -> None:
    kind = f"{type(app).__module__.partition('.')[0]}.{type(app).__name__}"
    if checks.is_async(app):  # Quart, which may pass for Flask
        raise ConfigurationError(
            f"{kind} is an ASGI app, and Session440 is for Flask; put "
            "session440.asgi.Session440Middleware around it: in Quart "
            "app.asgi_app = Session440Middleware(app.asgi_app, ...)"
        )
    if not isinstance(app, Flask):
        raise ConfigurationError(
            f"{kind} is no Flask app, and Session440 is for Flask; "
            "session440.wsgi.Session440Middleware is for other WSGI apps"
        )


def _template_names() -> dict[str, Any]:
    return {"session440_client": session440_client}


def session440_client(nonce: str | None = None, **options: Any) -> Markup:
    """Return the tag that loads the script: ``{{ session440_client() }}``.

    :param nonce: for a Content-Security-Policy that needs one.
    :param options: become ``data-`` attributes.
    """
    return Markup(client_tag(_current_exchange(), nonce, **options))  # noqa: S704  # escaped there


def _endpoint(name: str) -> Callable[[Any], str]:
    """Return a function that later builds the URL of the endpoint called *name*."""

    def build(request: Any) -> str:
        url = url_of(name)
        if url is None:
            warn_of_login_url(current_app.name, name)
        return url or name

    return build


def session_cookie(app: Flask) -> str:
    """Return the name of the session's cookie, the same for every request.

    An app may have another one for some paths; the ticket has one name for all of them.
    """
    try:
        return Context().run(app.session_interface.get_cookie_name, app)
    except RuntimeError:  # it asks the request, and there is none
        return str(app.config["SESSION_COOKIE_NAME"])


def _own_cookies(app: Flask) -> dict[str, str]:
    session = session_cookie(app)
    remember = app.config.get("REMEMBER_COOKIE_NAME", "remember_token")
    return {session: "SESSION_COOKIE_NAME", remember: "REMEMBER_COOKIE_NAME"}


def _settings(app: Flask) -> Settings:
    """Return the settings from ``SESSION440_*`` in the app's configuration."""
    if "SESSION440" in app.config:
        raise ConfigurationError(
            "app.config has SESSION440, as in Django's settings; "
            f"give each option as {PREFIX}IDLE_TIMEOUT, and so on"
        )
    options = {
        name[len(PREFIX) :].lower(): value
        for name, value in app.config.items()
        # A configuration is a mapping, and an app may keep other keys in it than text.
        if str(name).startswith(PREFIX) and name != PREFIX + "SUBJECT_KEY"
    }
    for name in ("login_url", "step_up_url"):
        url = options.get(name)
        if isinstance(url, str) and re.fullmatch(r"[A-Za-z_][\w.]*", url):
            options[name] = _endpoint(url)
    settings = Settings.load(
        options,
        ("subject_key",),
        secret_key=app.secret_key or "",
        secret_key_fallbacks=app.config.get("SECRET_KEY_FALLBACKS") or (),
    )
    checks.unused_cookie(settings.cookie_name, _own_cookies(app))
    return settings


def _exception_response(exception: Answered) -> Response:
    return response_of(process_exception(_current_exchange(), exception))


def _answer_to(exception: Answered, is_read: bool) -> Response:
    """Return the response to *exception*.

    :param is_read: give the exception all that an error handler may read.
    """
    exchange = _current_exchange()
    response = response_of(process_exception(exchange, exception))
    if is_read:
        is_step_up = isinstance(exception, StepUpRequired)
        say = step_up_detail if is_step_up else detail_of
        exception.complete(response, say(exchange, exception.description))
    return response
