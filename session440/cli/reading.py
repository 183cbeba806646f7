"""Reads a site's present settings, for the command that translates them."""

from __future__ import annotations

import os
import runpy
from collections.abc import Callable, Iterator, Mapping
from configparser import ConfigParser, MissingSectionHeaderError, ParsingError
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from ..exceptions import ConfigurationError
from ..migration import (
    FlaskConfig,
    Framework,
    Library,
    beaker_library,
    django_libraries,
    flask_libraries,
)
from .importing import load_app, see_here, told_in_a_line
from .loading import current_flask_app, layers

#: What only Django's settings have.
_DJANGO_NAMES = ("INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF")
_INI_KEYS = ("beaker.session.", "session.")


class Found(NamedTuple):
    """The settings of a site.

    :param libraries: finds what ends its sessions; raises ``SettingError``.
    :param settings: the framework's.
    """

    name: str
    framework: Framework
    libraries: Callable[[], list[Library]]
    settings: Mapping[str, Any]


def read_source(source: str | None) -> Found:
    """Return the settings that *source* names; see ``session440 migrate --help``.

    :raises click.ClickException: if they cannot be read; the message is one line.
    """
    if source is None:
        return _current()
    path = Path(source)
    if path.suffix in (".ini", ".cfg") and path.is_file():
        return _ini(source)
    if path.suffix == ".py" and path.is_file():
        with told_in_a_line(f"read {source}"):
            return _of_names(source, runpy.run_path(source))
    if path.suffix in (".ini", ".cfg", ".py"):
        raise click.ClickException(f"there is no file {source!r}")
    return _of_app(source) if ":" in source else _of_module(source)


def _current() -> Found:
    app, module = current_flask_app(), os.environ.get("DJANGO_SETTINGS_MODULE")
    if app is not None:
        return _flask(str(app.import_name), app, [*layers(app)])
    if not module:
        raise click.UsageError(
            "no settings are given; name a Django settings module such as mysite.settings, a "
            "Flask app such as mysite:app, or a file; or set DJANGO_SETTINGS_MODULE"
        )
    return _project(module)


def _of_module(source: str) -> Found:
    see_here()
    with told_in_a_line(f"import {source!r}"):
        names = vars(import_module(source))
    if _is_django(names):
        return _project(source)
    return _of_names(source, names) if _upper(names) else _of_app(source)


def _is_django(names: Mapping[str, Any]) -> bool:
    return any(each in names for each in _DJANGO_NAMES)


def _of_names(source: str, names: Mapping[str, Any]) -> Found:
    settings = _upper(names)
    if not settings:
        raise click.ClickException(
            f"{source} has no names in capitals, as settings have; for a class in a module give "
            "its name, such as config:Production"
        )
    if _is_django(settings):
        return Found(source, "django", lambda: django_libraries(settings), settings)
    has_login = any(each.startswith(("REMEMBER_", "SESSION_PROTECTION")) for each in settings)
    config = FlaskConfig(settings, has_login, "SESSION_TYPE" in settings)
    return Found(source, "flask", lambda: flask_libraries(config), settings)


def _upper(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names that Django and Flask take for settings."""
    return {name: value for name, value in names.items() if name.isupper()}


def _project(module: str) -> Found:
    """Return the settings of a Django project, with Django's defaults."""
    see_here()
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    with told_in_a_line(f"read {module!r}"):
        from django.conf import Settings

        loaded = Settings(module)
        settings = {name: getattr(loaded, name) for name in dir(loaded) if name.isupper()}
    return Found(module, "django", lambda: django_libraries(settings), settings)


def _of_app(source: str) -> Found:
    try:
        app = load_app(source)
    except ConfigurationError as error:  # of session440, which is there already
        raise click.ClickException(str(error)) from error
    if isinstance(app, type):  # a configuration, as app.config.from_object() takes it
        return _of_names(source, {name: getattr(app, name) for name in dir(app)})
    around = [*layers(app)]
    flask = next((each for each in around if _is_of(each, "flask.app")), None)
    if flask is not None:
        return _flask(source, flask, [*around, *layers(flask)])
    if any(_is_of(each, "django.core.handlers") for each in around):
        return _project(os.environ.get("DJANGO_SETTINGS_MODULE", ""))
    options = _beaker_options(around)
    if options is None:
        raise click.ClickException(
            f"{source!r} has no timeouts that this command knows: it contains neither Flask nor "
            "Django nor Beaker's SessionMiddleware"
        )
    return Found(source, "wsgi", lambda: [beaker_library(options)], {})


def _is_of(layer: object, package: str) -> bool:
    return any(f"{each.__module__}.".startswith(f"{package}.") for each in type(layer).__mro__)


def _beaker_options(around: list[Any]) -> Mapping[str, Any] | None:
    beaker = (each for each in around if _is_of(each, "beaker.middleware"))
    return next((each.options for each in beaker if hasattr(each, "session")), None)


def _flask(source: str, app: Any, around: list[Any]) -> Found:
    beaker, interface = _beaker_options(around), app.session_interface
    is_on_server = _is_of(interface, "flask_session")
    kinds = [each.__name__ for each in type(interface).__mro__]
    keeps_own = is_on_server or "SecureCookieSessionInterface" in kinds
    manager = getattr(app, "login_manager", None)
    protection = getattr(manager, "session_protection", "basic")
    config = FlaskConfig(app.config, manager is not None, is_on_server, protection, keeps_own)

    def libraries() -> Iterator[Library]:
        yield from flask_libraries(config)
        if beaker is not None and not keeps_own:
            yield beaker_library(beaker)

    return Found(source, "flask", lambda: [*libraries()], app.config)


def _ini(source: str) -> Found:
    """Return Beaker's options from an INI file; the last section that has one counts."""
    parser = ConfigParser(interpolation=None, strict=False)
    with told_in_a_line(f"read {source}"):
        try:
            parser.read(source, encoding="utf-8")
        except ParsingError as error:  # its text quotes the line, which may hold a key
            message = f"{source} is no INI file: see line {_line_of(error)}"
            raise click.ClickException(message) from None
    options = {
        key: value
        for section in parser.sections()
        for key, value in parser.items(section)
        if key.startswith(_INI_KEYS)
    }
    if not options:
        raise click.ClickException(f"{source} has no option that begins with beaker.session.")
    return Found(source, "wsgi", lambda: [beaker_library(options)], {})


def _line_of(error: ParsingError) -> int:
    if isinstance(error, MissingSectionHeaderError):
        return error.lineno
    return error.errors[0][0]
