"""What the doctor is told about a Flask app."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from ..decorators import RECENT, is_marked
from ..doctor import spelling
from ..doctor.credentials import libraries_in
from ..doctor.finding import Finding
from ..doctor.login_page import guessed, missing, missing_proof
from ..doctor.recency import looping
from ..doctor.settings import fault_of
from ..doctor.site import Session, Site
from ..engine import Engine
from ..exceptions import ConfigurationError
from .extension import Session440, session_cookie
from .login import login_manager
from .login_pages import guessed_login_url, is_served, login_endpoints, url_of, view_at
from .request import FlaskRequest
from .session import FLASK_LOGIN_KEY, PREFIX, session_scope

#: How long Flask-Login's remember cookie lasts if the app does not set it.
REMEMBERED = timedelta(days=365)

MISSING = Finding(
    "session440.E060",
    "the app has no Session440",
    "nothing ends its logins, and nothing says why they ended",
    "install it: Session440(app)",
)
DOUBLED = Finding(
    "session440.E062",
    "Session440 is installed twice in the app",
    "each of them judges the login, and the second may begin a login that the first has ended",
    "call Session440(app), or init_app(app), once",
)


def site_of(app: Flask) -> Site:
    """Return the site that an app's configuration describes."""
    key_option = "app.secret_key"
    extension = app.extensions.get("session440")
    if not isinstance(extension, Session440):
        return Site("Flask", _option, faults=(MISSING,))
    faults = tuple(spelling.examine(app.config, _written))
    try:
        with app.app_context():
            engine = extension.engine
    except ConfigurationError as error:
        return Site("Flask", _option, faults=(*faults, fault_of(error, key_option)))
    scope = session_scope(app)
    return Site(
        "Flask",
        _option,
        engine,
        faults=(*faults, *_doubled(app), *_login_page(app, engine), *_step_up_page(app, engine)),
        scope=scope,
        session=_session(app),
        is_https=scope.secure or app.config["PREFERRED_URL_SCHEME"] == "https",
        key_option=key_option,
        remember=_remember(app),
        remember_option="REMEMBER_COOKIE_DURATION",
        notes=_notes(app),
        folders=tuple(_folders(app)),
        libraries=libraries_in(_modules(app)),
        names_person=not _has_flask_logins(app),
    )


def _has_flask_logins(app: Flask) -> bool:
    """Return whether Flask-Login, which tells of each login, says who is logged in."""
    with app.app_context():
        has_manager = login_manager() is not None
    return has_manager and app.config.get(f"{PREFIX}SUBJECT_KEY") in (None, "", FLASK_LOGIN_KEY)


def _modules(app: Flask) -> Iterator[str]:
    """Yield the modules that the app's extensions, blueprints and views are from."""
    for each in (*app.extensions.values(), *app.blueprints.values()):
        yield type(each).__module__
    for view in app.view_functions.values():
        yield getattr(view, "__module__", "")


def _folders(app: Flask) -> Iterator[Path]:
    for each in (app, *app.blueprints.values()):
        if each.template_folder is not None:
            yield Path(each.root_path, each.template_folder)
        if each.static_folder is not None:
            yield Path(each.static_folder)


def _login_page(app: Flask, engine: Engine) -> Iterator[Finding]:
    with app.test_request_context() as context:
        try:
            url = FlaskRequest(context.request.environ, None, engine, None).place().login_url
        except Exception:  # the app's own function; it may want a user, or a tenant
            return
        candidates = [each for each in map(url_of, login_endpoints(app)) if each]
    if "//" not in url and not is_served(app, url):
        yield missing(url, f"{PREFIX}LOGIN_URL", candidates)


def _step_up_page(app: Flask, engine: Engine) -> Iterator[Finding]:
    own = engine.settings.step_up_url
    with app.test_request_context() as context:
        try:
            request = FlaskRequest(context.request.environ, None, engine, None)
            url = own(context.request) if callable(own) else own or request.place().login_url
        except Exception:  # the app's own function; it may want a user, or a tenant
            return
    option = f"{PREFIX}STEP_UP_URL"
    if own is not None and "//" not in url and not is_served(app, url):
        yield missing_proof(url, option)
    elif is_marked(view_at(app, url), RECENT):
        yield looping(url, option)


def _notes(app: Flask) -> tuple[str, ...]:
    with app.test_request_context():
        url = guessed_login_url(app)
        view = login_manager() and login_manager().login_view
    if url in (None, "/login") or view or f"{PREFIX}LOGIN_URL" in app.config:
        return ()
    return (guessed(str(url), f"{PREFIX}LOGIN_URL"),)


def _written(option: str) -> str:
    return PREFIX + (option or "IDLE_TIMEOUT, and so on")


def _option(name: str) -> str:
    return PREFIX + name.upper()


def _doubled(app: Flask) -> Iterator[Finding]:
    hooks = app.url_value_preprocessors.get(None, [])
    if sum(isinstance(getattr(each, "__self__", None), Session440) for each in hooks) > 1:
        yield DOUBLED


def _session(app: Flask) -> Session:
    interface = app.session_interface
    on_client = isinstance(interface, SecureCookieSessionInterface)
    # Flask refreshes permanent sessions. Whether an app's sessions are permanent is known only
    # with Flask-Session, which makes all of them permanent.
    is_permanent = not on_client and app.config.get("SESSION_PERMANENT", True)
    return Session(
        session_cookie(app),
        app.permanent_session_lifetime.total_seconds(),
        "PERMANENT_SESSION_LIFETIME",
        bool(is_permanent and app.config["SESSION_REFRESH_EACH_REQUEST"]),
        session_scope(app),
        interface.get_cookie_httponly(app),
        memory=_process_memory(interface),
        on_client=on_client,
    )


def _process_memory(interface: object) -> str | None:
    """Return the name of this process's memory, if Flask-Session keeps sessions in it."""
    kept = {type(each).__name__ for each in vars(interface).values()}
    return "cachelib's SimpleCache" if "SimpleCache" in kept else None


def _remember(app: Flask) -> float | None:
    if not hasattr(app, "login_manager"):
        return None
    duration = app.config.get("REMEMBER_COOKIE_DURATION", REMEMBERED)
    if isinstance(duration, int):  # seconds: Flask-Login accepts no other number
        return float(duration)
    return duration.total_seconds() if isinstance(duration, timedelta) else None
