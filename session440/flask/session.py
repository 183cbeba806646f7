"""A Flask session, with any session interface."""

from __future__ import annotations

from inspect import currentframe
from typing import Any

from flask import Flask, current_app, g, request
from flask.globals import request_ctx
from flask.sessions import SessionMixin
from werkzeug.datastructures import ImmutableMultiDict

from ..core.cookie import Cookie, Scope
from ..core.effects import (
    Bind,
    ClearSession,
    HideSession,
    RenewKey,
    ReplaceSession,
    SessionEffect,
    ShowCookie,
    Unbind,
)
from ..core.exhaustive import assert_never
from ..core.ports import Change, Holding, Judging, LoggedIn, Refusal, change_in
from ..core.subject import subject_text
from ..core.ticket import Ticket
from ..plain.login_again import is_told_again, watch
from ..plain.subject import keys_of, subject_in, warn_of_unnamed
from .judged_first import judge_first
from .login import flask_login, login_manager

PREFIX = "SESSION440_"
BINDING_KEY = "_session440"
FLASK_LOGIN_KEY = "_user_id"
#: Marks a request in which a login began that the session does not name.
UNNAMED = "_session440_unnamed"
#: Marks a request in which Flask-Login's strong session protection has ended the login.
PROTECTED = "_session440_protected"


class FlaskSession:
    """The session of the request that is being served."""

    watches = False

    def is_carried(self) -> bool | None:
        """Return whether there is a session; some interfaces find it by a header."""
        return self.cookie_name() in request.cookies or bool(current_session())

    def read(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        # Once, for each look through a proxy takes longer than what it looks at.
        context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # a LocalProxy
        app, session = context.app, current_session(context)
        # Flask before 3.1.3 marks it at every read. A session may be any mapping (Beaker's).
        accessed = getattr(session, "accessed", None)
        subject, binding = self._subject(app, session), session.get(BINDING_KEY)
        cookie, is_empty = None, not session
        if binding is None:  # else nobody asks for it
            cookie = context.request.cookies.get(app.session_interface.get_cookie_name(app))
        holding = Holding(subject, binding, is_empty, cookie is not None or not is_empty, cookie)
        if accessed is not None:
            session.accessed = accessed
        return holding

    def _subject(self, app: Flask, session: SessionMixin) -> str | None:
        own = app.config.get(PREFIX + "SUBJECT_KEY")
        if own:
            return subject_in(session, own)
        if session.get(FLASK_LOGIN_KEY) is not None:
            return subject_text(session[FLASK_LOGIN_KEY])
        return subject_in(session, "user_id")

    def _is_flask_logins(self, session: SessionMixin) -> bool:
        """Return whether it is Flask-Login by which the session names its person."""
        own = current_app.config.get(PREFIX + "SUBJECT_KEY")
        return own in (None, "", FLASK_LOGIN_KEY) and session.get(FLASK_LOGIN_KEY) is not None

    def may_be_bound_to(self, value: str) -> bool:
        return False  # nothing is known yet

    def judge_first(self, judging: Judging) -> bool:
        return judge_first(current_session(), judging)

    def is_untouched(self) -> bool:
        if getattr(current_session(), "modified", True):
            return False
        mine = g._get_current_object()
        return PROTECTED not in mine and "_login_user" not in mine

    def change(self, login: Ticket | None) -> Change | None:
        if not getattr(current_session(), "modified", True):
            return None
        holding = self.read((), 0.0)
        if holding.subject is None and holding.binding is not None and UNNAMED in g:
            warn_of_unnamed("SESSION440_SUBJECT_KEY, Flask-Login or session['user_id']")
        change = change_in(holding, login)
        if change is None and holding.subject and is_told_again(current_session()):
            return LoggedIn(holding.subject)
        return change

    def watch_again(self) -> None:
        """Notice a login again by the same person; this request sends a login form."""
        key = current_app.config.get(PREFIX + "SUBJECT_KEY") or "user_id"
        watch(current_session(), key, _is_in_hook)

    def refusal(self) -> Refusal | None:
        """Return why Flask-Login has refused the session's user."""
        mine = g._get_current_object()
        if mine.get(PROTECTED):
            return Refusal.PROTECTED
        user = mine.get("_login_user")
        if user is None or login_manager() is None:
            return None
        # An app that logs people in in another way may use Flask-Login for something else.
        if not self._is_flask_logins(current_session()):
            return None
        if user.is_anonymous:  # the loader gave None, or was not asked: a key was, and was wrong
            return Refusal.UNFOUND
        # A user who still has to give a second factor may be active but not authenticated.
        return None if user.is_active else Refusal.VOID

    def shows(self, cookie: str | None) -> bool:
        return True  # the session knows what its cookie is

    def may_block(self) -> bool:
        return True

    def refuses_user(self) -> bool:
        """Return whether Flask-Login's user is gone or deactivated."""
        session, manager = current_session(), login_manager()
        if manager is None or not self._is_flask_logins(session):
            return False
        load = manager._user_callback  # the function that @login_manager.user_loader set
        user = load(session[FLASK_LOGIN_KEY]) if load else None
        return user is None or _is_refused(user)

    def apply(self, effect: SessionEffect) -> None:
        match effect:
            case Bind(ticket):
                current_session()[BINDING_KEY] = ticket.binding.as_list()
                if self._subject(current_app, current_session()) is None:
                    g.setdefault(UNNAMED, True)
            case Unbind():
                current_session().pop(BINDING_KEY, None)
            case RenewKey():
                _renew_key()
            case ClearSession(keep_csrf, is_logout):
                if is_logout and login_manager() and FLASK_LOGIN_KEY in current_session():
                    flask_login.logout_user()  # it sends user_logged_out
                self._clear(keep_csrf)
            case HideSession() | ReplaceSession():
                self._hide()
            case ShowCookie():
                pass  # no cookie is watched
            case _:
                assert_never(effect)

    def _clear(self, keep_csrf: bool) -> None:
        session = current_session()
        field = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
        token = session.get(field) if keep_csrf else None
        if session or self.is_carried():  # clear() also deletes its cookie
            session.clear()
        g.pop("_login_user", None)  # Flask-Login may have loaded the session's user
        if token is not None:
            session[field] = token
        if self._is_remembered():
            # With this word Flask-Login deletes the remember cookie and does not read it.
            session["_remember"] = "clear"

    def _is_remembered(self) -> bool:
        name = current_app.config.get("REMEMBER_COOKIE_NAME", "remember_token")
        return name in request.cookies and login_manager() is not None

    def _hide(self) -> None:
        g.pop("_login_user", None)
        session = current_session()
        if isinstance(session, dict):
            dict.clear(session)  # as a dict: not "modified"
        else:  # whatever it is, it may be saved: only the login goes, which has ended
            own = current_app.config.get(PREFIX + "SUBJECT_KEY") or "user_id"
            for key in (*keys_of(session, own), FLASK_LOGIN_KEY, "user_id", BINDING_KEY):
                session.pop(key, None)
        if self._is_remembered():
            name = current_app.config.get("REMEMBER_COOKIE_NAME", "remember_token")
            kept = [pair for pair in request.cookies.items(multi=True) if pair[0] != name]
            setattr(request, "cookies", ImmutableMultiDict(kept))  # noqa: B010  # a proxy

    def scope(self) -> Scope:
        age = None
        if getattr(current_session(), "permanent", False):
            age = int(current_app.permanent_session_lifetime.total_seconds())
        return session_scope(current())._replace(max_age=age)

    def unusual_age(self, scope: Scope) -> float | None:
        return None  # it is known for each response

    def sends_cookie(self) -> bool:
        return False  # the binding in it stays the same

    def cookie_name(self) -> str:
        app = current()
        return app.session_interface.get_cookie_name(app)

    def deletions(self) -> tuple[Cookie, ...]:
        return ()


def _renew_key() -> None:
    """Give the session another key, if it is kept on the server (Flask-Session 0.6 or later)."""
    renew = getattr(current_app.session_interface, "regenerate", None)
    if renew is not None:
        renew(current_session())


def _is_in_hook() -> bool:
    """Return whether the app's ``before_request`` functions run, of which Flask says nothing."""
    frame = currentframe()
    while frame is not None and frame.f_code is not Flask.preprocess_request.__code__:
        frame = frame.f_back
    return frame is not None


def _is_refused(user: Any) -> bool:
    return user.is_anonymous or not user.is_active


def current() -> Flask:
    """Return the app itself, without the proxy."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a LocalProxy
    return app


def current_session(context: Any = None) -> SessionMixin:
    """Return the session without the proxy, which would mark it accessed (Flask 3.1.3).

    :param context: of the request, if it is at hand.
    """
    if context is None:
        context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # a LocalProxy
    session: SessionMixin | None = getattr(context, "_session", None)
    found: SessionMixin = context.session if session is None else session
    return found


def session_scope(app: Flask) -> Scope:
    """Return the scope of the session's cookie, without its age."""
    interface = app.session_interface
    return Scope(
        path=interface.get_cookie_path(app),
        domain=interface.get_cookie_domain(app),
        secure=interface.get_cookie_secure(app),
        samesite=interface.get_cookie_samesite(app),
        # From the configuration: Flask-Session's interfaces from before Flask 3.1 do not know it.
        partitioned=bool(app.config.get("SESSION_COOKIE_PARTITIONED")),
    )
