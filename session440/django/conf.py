"""What Django's settings say, read at use so that ``override_settings`` works."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from ..core.cookie import Scope, check_prefix
from ..engine import Engine
from ..exceptions import ConfigurationError
from ..settings import Settings
from .events import send

#: Options that may be given as the dotted path of a callable.
_CALLABLES = ("clock", "choose_policy", "on_event")
#: ``STORE`` where logins are kept in the project's own database.
OWN_DATABASE = "django:"


@cache
def get_engine() -> Engine:
    """Give the project's engine.

    :raises ConfigurationError: for an unknown or unusable option.
    """
    loaded = Settings.load(
        _options(),
        secret_key=settings.SECRET_KEY,
        secret_key_fallbacks=settings.SECRET_KEY_FALLBACKS,
    )
    engine = Engine(loaded, f"{settings.SESSION_COOKIE_NAME}440")
    check_prefix(engine.cookie_name, cookie_scope())
    engine.listen(send)
    return engine


def _options() -> dict[str, Any]:
    given = getattr(settings, "SESSION440", {})
    if not isinstance(given, dict):
        raise ConfigurationError(f"SESSION440 is a {type(given).__name__}; give a dictionary")
    options = {_option_name(name): _imported(name, value) for name, value in given.items()}
    if options.get("store") == OWN_DATABASE:
        from .store import DjangoStore

        options["store"] = DjangoStore()
    return options


def _option_name(name: object) -> str:
    if not isinstance(name, str) or name != name.upper():
        raise ConfigurationError(
            f"unknown option SESSION440[{name!r}]; did you mean {str(name).upper()!r}?"
        )
    return name.lower()


def _imported(name: str, value: Any) -> Any:
    if name.lower() not in _CALLABLES or not isinstance(value, str):
        return value
    try:
        return import_string(value)
    except ImportError as error:
        raise ConfigurationError(
            f"SESSION440[{name!r}] is {value!r}, which cannot be imported ({error}); "
            "give a callable or its dotted path"
        ) from error


def own_login_url() -> Any:
    """Give ``SESSION440["LOGIN_URL"]``, if the project sets it beside Django's own."""
    return getattr(settings, "SESSION440", {}).get("LOGIN_URL")


def cookie_scope() -> Scope:
    """Give the scope of the session's cookie, but for its age."""
    return Scope(
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        samesite=settings.SESSION_COOKIE_SAMESITE or None,
    )


def _forget_engine(**kwargs: Any) -> None:
    get_engine.cache_clear()


setting_changed.connect(_forget_engine, dispatch_uid="session440.engine")
