"""A Flask request and its answer."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, render_template, request
from flask.globals import request_ctx
from flask.sessions import SessionMixin
from jinja2 import TemplateNotFound
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import BuildError

from ..core.cookie import Scope
from ..core.ports import Holding
from ..core.ticket import Ticket
from ..decorators import PASSIVE, PUBLIC, is_marked
from ..engine import Engine
from ..http import negotiation as caller
from .login import flask_login

PREFIX = "SESSION440_"
BINDING_KEY = "_session440"
TEMPLATE = "session440/440.html"
FLASK_LOGIN_KEY = "_user_id"


class FlaskExchange:
    """A Flask request and its answer."""

    def __init__(self, engine: Engine, extension: object) -> None:
        self.environ: dict[str, Any] = request.environ
        self.native = request
        self._engine = engine
        self._extension = extension
        self._is_processed = False

    # Where it goes

    def path(self) -> str:
        return request.path

    def location(self) -> str:
        return caller.location_of(self.environ)

    def host(self) -> str:
        return request.host

    def is_static(self) -> bool:
        """Whether this is Flask's own view of a static folder, the app's or a blueprint's."""
        owner = current_app.blueprints.get(request.blueprint or "", current_app)
        is_named = (request.endpoint or "").rpartition(".")[2] == "static"
        return is_named and owner.has_static_folder

    def is_public(self) -> bool:
        return is_marked(self._view(), PUBLIC)

    def is_passive(self) -> bool:
        return is_marked(self._view(), PASSIVE)

    def _view(self) -> object:
        return current_app.view_functions.get(request.endpoint or "")

    def is_login_page(self, location: str) -> bool:
        return caller.is_page_of(self.login_url(), location, self.host())

    def login_url(self) -> str:
        if PREFIX + "LOGIN_URL" in current_app.config:
            url = self._engine.settings.login_url
            return url(self.native) if callable(url) else caller.within_app(url, self.environ)
        return self._flask_login_url() or caller.within_app("/login", self.environ)

    def _flask_login_url(self) -> str | None:
        login = getattr(current_app, "login_manager", None)
        view = login and login.blueprint_login_views.get(request.blueprint, login.login_view)
        if not view:
            return None
        self._process_url()
        try:
            url: str = flask_login.login_url(view)
        except BuildError:
            return None
        return url

    def _process_url(self) -> None:
        """Run the app's URL processors, which ours came before: its url_defaults need them.

        See "Using URL Processors" in Flask's documentation; languages are put into URLs so.
        """
        if self._is_processed or not current_app.url_default_functions:
            return
        self._is_processed = True
        for name in (None, *reversed(request.blueprints)):
            for process in current_app.url_value_preprocessors.get(name, ()):
                if getattr(process, "__self__", None) is not self._extension:
                    process(request.endpoint, dict(request.view_args or {}))

    # The session

    def session_carried(self) -> bool:
        return current_app.session_interface.get_cookie_name(current()) in request.cookies

    def read_session(self, tickets: tuple[Ticket, ...]) -> Holding:
        session = current_session()
        accessed = session.accessed  # Flask before 3.1.3 marks it at every look
        holding = Holding(self._subject(session), session.get(BINDING_KEY), not session)
        session.accessed = accessed
        return holding

    def _subject(self, session: SessionMixin) -> str | None:
        key = self._subject_key(session)
        return None if key is None else str(session[key])

    def _subject_key(self, session: SessionMixin) -> str | None:
        own = current_app.config.get(PREFIX + "SUBJECT_KEY")
        keys = (own,) if own else (FLASK_LOGIN_KEY, "user_id")
        return next((key for key in keys if session.get(key) is not None), None)

    def session_changed(self) -> bool:
        return bool(current_session().modified)

    def is_voided(self) -> bool:
        """Whether Flask-Login found the session's user gone or deactivated."""
        user = g.get("_login_user")
        # One who waits for a second factor may be active and not yet authenticated.
        gone = user is not None and (user.is_anonymous or not user.is_active)
        # An app that logs people in by other means may use Flask-Login for something else.
        return gone and self._subject_key(current_session()) == FLASK_LOGIN_KEY

    def refuses_user(self) -> bool:
        """Whether Flask-Login's user is gone or deactivated."""
        session, manager = current_session(), getattr(current_app, "login_manager", None)
        if manager is None or self._subject_key(session) != FLASK_LOGIN_KEY:
            return False
        load = manager._user_callback  # what @login_manager.user_loader gave
        user = load(session[FLASK_LOGIN_KEY]) if load else None
        return user is None or not user.is_active

    def bind(self, binding: list[Any] | None) -> None:
        if binding is None:
            current_session().pop(BINDING_KEY, None)
        else:
            current_session()[BINDING_KEY] = binding

    def clear_session(self, keep_csrf: bool) -> None:
        session = current_session()
        field = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
        token = session.get(field) if keep_csrf else None
        if session or self.session_carried():  # to clear is to have its cookie deleted
            session.clear()
        g.pop("_login_user", None)  # Flask-Login may have loaded whom the session named
        if token is not None:
            session[field] = token
        if self._is_remembered():
            # Flask-Login's own word for "delete the remember cookie, and do not heed it".
            session["_remember"] = "clear"

    def _is_remembered(self) -> bool:
        name = current_app.config.get("REMEMBER_COOKIE_NAME", "remember_token")
        return hasattr(current_app, "login_manager") and name in request.cookies

    def hide_session(self) -> None:
        g.pop("_login_user", None)
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

    def language(self) -> str | None:
        if "babel" not in current_app.extensions:
            return None
        from flask_babel import get_locale  # type: ignore[import-untyped]  # it ships no types

        locale = get_locale()
        return None if locale is None else str(locale)

    def csrf_token(self) -> tuple[str, str] | None:
        if "csrf" not in current_app.extensions:
            return None
        from flask_wtf.csrf import generate_csrf  # type: ignore[import-untyped]  # likewise

        return current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"), generate_csrf()

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
