"""What Django's settings say, read when it is needed, so that ``override_settings`` works."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.signals import setting_changed
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from .. import checks
from ..core.cookie import Scope, check_prefix
from ..engine import Engine
from ..exceptions import ConfigurationError
from ..options import DjangoOptions
from ..settings import Settings
from .events import hears, send

#: Options that may be given as the dotted path of a callable.
_CALLABLES = ("clock", "choose_policy", "credential", "label", "on_event", "valid_from")
#: The value of ``STORE`` that keeps logins in the project's own database.
OWN_DATABASE = "django:"
APP = "session440.django"
#: What people list who go by the name that they installed. Django takes it for an app, too.
PACKAGE = "session440"


@cache
def get_engine() -> Engine:
    """Return the project's engine.

    :raises ConfigurationError: for an unknown or unusable option.
    """
    loaded = Settings.load(
        _options(),
        secret_key=settings.SECRET_KEY,
        secret_key_fallbacks=settings.SECRET_KEY_FALLBACKS,
    )
    scope = cookie_scope()
    engine = Engine(loaded, f"{settings.SESSION_COOKIE_NAME}440", scope.place_as_text)
    check_prefix(engine.cookie_name, scope)
    checks.unused_cookie(engine.cookie_name, _own_cookies())
    engine.listen(send, hears, blocks=False)  # its receivers may, and it minds that
    return engine


def _options() -> dict[str, Any]:
    given = getattr(settings, "SESSION440", {})
    if not isinstance(given, dict):
        raise ConfigurationError(f"SESSION440 is a {type(given).__name__}; give a dictionary")
    _refuse_flask_names()
    options = {_option_name(name): _imported(name, value) for name, value in given.items()}
    if options.get("store") == OWN_DATABASE:
        options["store"] = _own_store()
    for name in ("login_url", "step_up_url"):
        if isinstance(options.get(name), (str, Promise)):
            options[name] = _resolving(name, options[name])
    return options


def _refuse_flask_names() -> None:
    """Raise an error for names as Flask has them, ``SESSION440_IDLE_TIMEOUT``.

    Nothing would read them here.
    """
    for name in dir(settings):
        option = name.removeprefix("SESSION440_")
        if option != name and option in DjangoOptions.__annotations__:
            raise ConfigurationError(
                f"Django's settings have {name}, as in Flask; give SESSION440[{option!r}] instead"
            )


def lists_package() -> bool:
    """Return whether ``INSTALLED_APPS`` lists the package, in which there is no app."""
    return apps.is_installed(PACKAGE)


def _own_store() -> Any:
    if not apps.is_installed(APP):
        instead = f" in place of {PACKAGE!r}" if lists_package() else ""
        raise ConfigurationError(
            f"SESSION440['STORE'] is {OWN_DATABASE!r}, which needs tables; "
            f"add {APP!r} to INSTALLED_APPS{instead}, and run migrate"
        )
    from .store import DjangoStore

    return DjangoStore()


def _resolving(name: str, url: Any) -> Callable[[Any], str]:
    """Return a function that later resolves *url*, a path or the name of a URL pattern."""
    if not url:
        would_do = "a path, a URL or a pattern's name"
        raise checks.wrong(f"SESSION440[{name.upper()!r}]", url, would_do)
    return lambda request: resolved(url)


def resolved(url: Any) -> str:
    """Return the URL that a setting such as ``LOGIN_URL`` stands for."""
    try:
        return resolve_url(url)
    except NoReverseMatch:  # without the page that the setting names, the 440 still works
        return str(url)


def _own_cookies() -> dict[str, str]:
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME")
    return {getattr(settings, name): name for name in names}


def _option_name(name: object) -> str:
    if not isinstance(name, str) or name != name.upper():
        raise ConfigurationError(
            f"unknown option SESSION440[{name!r}]; did you mean {str(name).upper()!r}?"
        )
    return name.lower()


def _imported(name: str, value: Any) -> Any:
    is_path = isinstance(value, str) and not value[:1].isdigit()  # a date may be given, too
    if name.lower() not in _CALLABLES or not is_path:
        return value
    try:
        return import_string(value)
    except ImportError as error:
        raise ConfigurationError(
            f"SESSION440[{name!r}] is {value!r}, which cannot be imported ({error}); "
            "give a callable or its dotted path"
        ) from error


def own_login_url() -> Any:
    """Return ``SESSION440["LOGIN_URL"]``, if the project sets it beside Django's own."""
    is_set = "LOGIN_URL" in getattr(settings, "SESSION440", {})
    return get_engine().settings.login_url if is_set else None


@cache
def cookie_scope() -> Scope:
    """Return the scope of the session's cookie, without its age."""
    return Scope(
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        samesite=settings.SESSION_COOKIE_SAMESITE or None,
    )


# What each request asks for; Django takes longer for it.


@cache
def session_cookie() -> str:
    """Return the name of the session's cookie."""
    return settings.SESSION_COOKIE_NAME


@cache
def saves_every_request() -> bool:
    """Return whether Django saves a session that the page has left alone."""
    return settings.SESSION_SAVE_EVERY_REQUEST


@cache
def static_prefix() -> str:
    """Return the path of static files; ``""`` if they have none of their own."""
    prefix = settings.STATIC_URL or ""
    return prefix if len(prefix) > 1 and prefix[0] == "/" else ""


def _forget_engine(**kwargs: Any) -> None:
    for each in (get_engine, cookie_scope, session_cookie, saves_every_request, static_prefix):
        each.cache_clear()


setting_changed.connect(_forget_engine, dispatch_uid="session440.engine")
