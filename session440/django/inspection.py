"""What the doctor is told about a Django project."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ..decorators import RECENT, is_marked
from ..doctor import spelling
from ..doctor.credentials import libraries_in
from ..doctor.finding import Finding
from ..doctor.login_page import guessed, missing, missing_proof
from ..doctor.recency import looping, sending_away
from ..doctor.settings import fault_of
from ..doctor.site import Session, Site
from ..engine import Engine
from ..exceptions import ConfigurationError, MissingKeyError
from ..options import LoginURL
from .conf import APP, PACKAGE, cookie_scope, get_engine, lists_package, own_login_url, resolved
from .login_pages import (
    all_views,
    guessed_login_url,
    is_served,
    login_urls,
    project_login_url,
    sends_away,
    view_at,
)
from .middleware import AUTHENTICATION, Session440Middleware, is_cached_before

OURS = "session440.django.Session440Middleware"
SIGNED_COOKIES = "django.contrib.sessions.backends.signed_cookies"
CACHE = "django.contrib.sessions.backends.cache"
#: Caches of one process: no other worker has what they hold.
_OF_ONE_PROCESS = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
)

MISSING = Finding(
    "session440.E060",
    f"MIDDLEWARE does not list {OURS}",
    "nothing ends the project's logins, and nothing says why they ended",
    f'add "{OURS}" to MIDDLEWARE, last',
)
MISPLACED = Finding(
    "session440.E061",
    f"MIDDLEWARE lists {OURS} without {AUTHENTICATION} before it",
    "it cannot tell who is logged in: the project does not start",
    f'put "{OURS}" after it, ideally last',
)
DOUBLED = Finding(
    "session440.E062",
    f"MIDDLEWARE lists {OURS} twice",
    "each of them judges the login, and the second may begin a login that the first has ended",
    "keep only the last of them",
)
CACHED = Finding(
    "session440.W066",
    "MIDDLEWARE lists Django's FetchFromCacheMiddleware before the middleware of session440",
    "a page from the cache is served before the login is judged; so that it is not served after "
    "the login has ended, no page of anybody logged in is kept in the cache",
    f'put "{OURS}" before FetchFromCacheMiddleware',
)
NO_APP = Finding(
    "session440.W064",
    f'INSTALLED_APPS lists "{PACKAGE}", the package, where the app is "{APP}"',
    "the template tags, the tables of logins, their page in the admin and these checks are "
    "missing, and manage.py changepassword ends no logins",
    f'put "{APP}" in its place',
)


def site_of_project() -> Site:
    """Return the site that the project's settings describe."""
    faults = [*_middleware(), *_apps(), *spelling.examine(dir(settings), _written)]
    try:
        engine = get_engine()
    except ConfigurationError as error:
        return Site("Django", _option, faults=(*faults, fault_of(error, "SECRET_KEY")))
    except ImproperlyConfigured:  # Django: an empty SECRET_KEY
        missing = fault_of(MissingKeyError(), "SECRET_KEY")
        return Site("Django", _option, faults=(*faults, missing))
    return Site(
        "Django",
        _option,
        engine,
        faults=(*faults, *_login_page(), *_step_up_page(engine)),
        scope=cookie_scope(),
        session=_session(),
        is_https=_is_https(),
        key_option="SECRET_KEY",
        refuses_disabled=_refuses_disabled(),
        notes=_notes(),
        folders=tuple(_folders()),
        libraries=libraries_in(each.name for each in apps.get_app_configs()),
    )


def _folders() -> Iterator[Path]:
    """Yield where templates and scripts are, of the project and of its apps."""
    for engine in settings.TEMPLATES:
        yield from (Path(str(each)) for each in engine.get("DIRS", ()))
    for each in settings.STATICFILES_DIRS:  # or a prefix and a folder
        yield Path(each[1] if isinstance(each, list | tuple) else each)
    for app in apps.get_app_configs():
        yield from (Path(app.path, "templates"), Path(app.path, "static"))


def _login_page() -> Iterator[Finding]:
    url = _login_url()
    if url is not None and not is_served(url):
        yield missing(url, 'LOGIN_URL, or SESSION440["LOGIN_URL"],', login_urls())


def _step_up_page(engine: Engine) -> Iterator[Finding]:
    own, option = engine.settings.step_up_url, _option("step_up_url")
    url = _login_url() if own is None else _url(own)
    if url is None:
        return
    view = view_at(url)
    if own is not None and not is_served(url):
        yield missing_proof(url, option)
    elif is_marked(view, RECENT):
        yield looping(url, option)
    elif sends_away(view) and _wants_recent(engine):
        yield sending_away(url, option)


def _wants_recent(engine: Engine) -> bool:
    """Return whether the option, or a view's decorator, wants a recent login."""
    return bool(engine.settings.recent) or any(is_marked(each, RECENT) for each in all_views())


def _login_url() -> str | None:
    own = own_login_url()
    return _url(own) if callable(own) else str(own or project_login_url())


def _url(own: LoginURL) -> str | None:
    from django.test import RequestFactory  # a server that only starts has no use for it

    if not callable(own):
        return own
    try:
        return str(own(RequestFactory().get("/")))
    except Exception:  # the project's own function; it may want a user, or a tenant
        return None


def _notes() -> tuple[str, ...]:
    url = guessed_login_url()
    if own_login_url() is not None or url is None or is_served(resolved(settings.LOGIN_URL)):
        return ()
    return (guessed(url, "LOGIN_URL"),)


def _written(option: str) -> str:
    return _option(option) if option else "SESSION440"


def _option(name: str) -> str:
    return f'SESSION440["{name.upper()}"]'


def _middleware() -> Iterator[Finding]:
    classes = [_imported(path) for path in settings.MIDDLEWARE]
    ours = [number for number, each in enumerate(classes) if _is_a(each, Session440Middleware)]
    needed = import_string(AUTHENTICATION)
    if not ours:
        yield MISSING
    elif not any(_is_a(each, needed) for each in classes[: ours[0]]):
        yield MISPLACED
    if len(ours) > 1:
        yield DOUBLED
    if is_cached_before(classes):
        yield CACHED


def _apps() -> Iterator[Finding]:
    if lists_package():
        yield NO_APP


def _imported(path: str) -> object:
    try:
        return import_string(path)
    except ImportError:
        return None  # the project does not start, and Django says why


def _is_a(candidate: object, kind: type) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, kind)


def _session() -> Session:
    return Session(
        settings.SESSION_COOKIE_NAME,
        float(settings.SESSION_COOKIE_AGE),
        "SESSION_COOKIE_AGE",
        bool(settings.SESSION_SAVE_EVERY_REQUEST),
        cookie_scope(),
        bool(settings.SESSION_COOKIE_HTTPONLY),
        memory=_process_memory(),
        on_client=_has_backend(SIGNED_COOKIES),
    )


def _has_backend(path: str) -> bool:
    """Return whether sessions use that backend, or a class derived from it."""
    kind = import_module(settings.SESSION_ENGINE).SessionStore
    return _is_a(kind, import_module(path).SessionStore)


def _process_memory() -> str | None:
    if not _has_backend(CACHE):
        return None
    backend = settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {}).get("BACKEND", "")
    return backend.rpartition(".")[2] if backend in _OF_ONE_PROCESS else None


def _refuses_disabled() -> bool:
    """Return whether each backend finds users as Django's own does: only those who are active."""
    from django.contrib.auth.backends import ModelBackend  # it needs the apps to be ready

    ours = [each for each in map(_imported, settings.AUTHENTICATION_BACKENDS) if each]
    return all(
        getattr(each, name, None) is getattr(ModelBackend, name)
        for each in ours
        for name in ("get_user", "user_can_authenticate")
    )


def _is_https() -> bool:
    return bool(
        settings.SECURE_SSL_REDIRECT
        or settings.SECURE_PROXY_SSL_HEADER
        or settings.SECURE_HSTS_SECONDS
        or settings.SESSION_COOKIE_SECURE
        or settings.CSRF_COOKIE_SECURE
    )
