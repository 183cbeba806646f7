"""A Flask request and its answer."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, render_template, request
from flask.globals import request_ctx
from flask.sessions import SessionMixin
from jinja2 import TemplateNotFound
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import BuildError

from .. import caller
from ..cookie import Scope
from ..engine import Engine
from ..exchange import Holding
from ..marks import PASSIVE, PUBLIC, is_marked
from ..ticket import Ticket
from .login import flask_login

PREFIX = "SESSION440_"
BINDING_KEY = "_session440"
TEMPLATE = "session440/440.html"


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
        return current_app.session_interface.get_cookie_name(current()) in request.cookies

    def read_session(self, tickets: tuple[Ticket, ...]) -> Holding:
        session = current_session()
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
        return bool(current_session().modified)

    def is_voided(self) -> bool:
        """Whether Flask-Login found the session's user gone or deactivated."""
        user = g.get("_login_user")
        gone = user is not None and not user.is_authenticated
        return gone and self._subject(current_session()) is not None

    def bind(self, binding: list[Any] | None) -> None:
        if binding is None:
            current_session().pop(BINDING_KEY, None)
        else:
            current_session()[BINDING_KEY] = binding

    def clear_session(self, keep_csrf: bool) -> None:
        session = current_session()
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
        dict.clear(current_session())  # as a dict: not "modified"
        if self._is_remembered():
            name = current_app.config.get("REMEMBER_COOKIE_NAME", "remember_token")
            kept = [pair for pair in request.cookies.items(multi=True) if pair[0] != name]
            setattr(request, "cookies", ImmutableMultiDict(kept))  # noqa: B010  # a proxy

    # The answer

    def cookie_scope(self) -> Scope:
        age = None
        if current_session().permanent:
            age = int(current_app.permanent_session_lifetime.total_seconds())
        return session_scope(current())._replace(max_age=age)

    def own_page(self, login_timeout: dict[str, Any]) -> str | None:
        try:
            current_app.jinja_env.get_template(TEMPLATE)
        except TemplateNotFound:
            return None
        return render_template(TEMPLATE, login_timeout=login_timeout)


def current() -> Flask:
    """Give the app itself, without the proxy."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a LocalProxy
    return app


def current_session() -> SessionMixin:
    """Give the session without the proxy, which would mark it accessed (Flask 3.1.3)."""
    context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # a LocalProxy
    session: SessionMixin | None = getattr(context, "_session", None)
    return context.session if session is None else session


def session_scope(app: Flask) -> Scope:
    """Give the scope of the session's cookie, but for its age."""
    interface = app.session_interface
    return Scope(
        path=interface.get_cookie_path(app),
        domain=interface.get_cookie_domain(app),
        secure=interface.get_cookie_secure(app),
        samesite=interface.get_cookie_samesite(app),
        # Flask 3.1 has it; Flask-Session's interfaces of before do not ask for it.
        partitioned=bool(app.config.get("SESSION_COOKIE_PARTITIONED")),
    )
