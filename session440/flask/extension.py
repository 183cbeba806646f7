"""The extension, which is all of the adapter that an app has to know."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import werkzeug.exceptions
from flask import Flask, Response, current_app, has_app_context, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.local import LocalProxy

from .. import checks
from ..core.cookie import check_prefix
from ..departure import finish, settle
from ..engine import Engine
from ..exceptions import ANSWER_KEY, LOGIN_TIMEOUT, PHRASE, ConfigurationError, LoginTimeout
from ..http.endpoints import client_tag
from ..http.reply import Reply, exception_reply, status_line
from ..processing import door_reply
from ..settings import Settings
from ..visit import Visit
from .exchange import PREFIX, FlaskExchange, current, current_session, session_scope
from .login import flask_login
from .signals import sender_for

#: Where the request keeps its visit. Not in the environ: that would close a circle, and
#: an app is freed with its last reference.
VISIT = "session440"

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
        # Not as a global of Jinja's, whose environment would be made now, and keep the app.
        app.context_processor(_template_names)
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
            return self._engine(current())
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
            check_prefix(engine.cookie_name, session_scope(app))
            engine.listen(sender_for(app))
            # Of two threads that come first one's stays: a store in memory must not be two.
            engine = self._engines.setdefault(app, engine)
        return engine

    def _enter(self, endpoint: str | None, values: dict[str, Any] | None) -> None:
        engine = self._engine(current())
        visit = Visit(engine, FlaskExchange(engine, self))
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
            if settle(visit, response.status_code, response.headers.get("Location")):
                response = _handled(LoginTimeout(visit.cause or ""))
            _amend(visit, response)
        if response.status_code == LOGIN_TIMEOUT:
            response.status = status_line(LOGIN_TIMEOUT)  # Werkzeug would shout it
        return response

    def _logged_in(self, app: Flask, user: Any) -> None:
        """Follow Flask-Login, which is the only one to know of a same-user re-login."""
        visit = _visit()
        if visit is not None and not visit.sealed:
            session = current_session()
            remembered = session.get("_remember") == "set" or not session.get("_fresh", True)
            has_policy = "remember" in visit.engine.settings.policies
            visit.login(session["_user_id"], "remember" if remembered and has_policy else None)


def _template_names() -> dict[str, Any]:
    return {"session440_client": session440_client}


def session440_client(nonce: str | None = None, **options: Any) -> Markup:
    """Write the tag that loads the script: ``{{ session440_client() }}``.

    :param nonce: for a Content-Security-Policy that wants one.
    :param options: become ``data-`` attributes.
    """
    return Markup(client_tag(_current_visit(), nonce, **options))  # noqa: S704  # escaped there


def _own_cookies(app: Flask) -> dict[str, str]:
    session = app.session_interface.get_cookie_name(app)
    remember = app.config.get("REMEMBER_COOKIE_NAME", "remember_token")
    return {session: "SESSION_COOKIE_NAME", remember: "REMEMBER_COOKIE_NAME"}


def _settings(app: Flask) -> Settings:
    """Read ``SESSION440_*`` from the app's configuration."""
    if "SESSION440" in app.config:
        raise ConfigurationError(
            "app.config has SESSION440, as Django's settings would; "
            f"give each option as {PREFIX}IDLE_TIMEOUT and so on"
        )
    options = {
        name[len(PREFIX) :].lower(): value
        for name, value in app.config.items()
        if name.startswith(PREFIX) and name != PREFIX + "SUBJECT_KEY"
    }
    settings = Settings.load(
        options,
        secret_key=app.secret_key or "",
        secret_key_fallbacks=app.config.get("SECRET_KEY_FALLBACKS") or (),
    )
    checks.unused_cookie(settings.cookie_name, _own_cookies(app))
    return settings


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
    cookie, headers = finish(visit, response.status_code, response.headers.get)
    for name, value in headers:
        response.headers[name] = value
    if cookie is not None:
        response.headers.add("Set-Cookie", cookie.header())
