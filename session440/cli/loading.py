"""Finds the app that a command is about."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from importlib import import_module
from typing import Any

import click

from ..doctor.settings import fault_of
from ..doctor.site import Site
from ..engine import Engine
from ..exceptions import ConfigurationError
from ..settings import Settings

#: Where a module is given without the name of its app.
_USUAL_NAMES = ("app", "application", "create_app", "make_app")


def load_site(target: str | None) -> Site:
    """Read the set-up of an app.

    :param target: ``"module:app"`` or ``"module:create_app()"``; ``None``: Flask's current
        app, or the project of ``DJANGO_SETTINGS_MODULE``.
    :raises click.ClickException: where there is no such app, in one line.
    """
    try:
        app = _current_flask_app() if target is None else load_app(target)
    except ConfigurationError as error:
        return Site("app", str, faults=(fault_of(error, "secret_key"),))
    if app is None and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        raise click.UsageError(
            "no app is given; name one, such as mysite.wsgi:application or "
            "'mysite:create_app()', or set DJANGO_SETTINGS_MODULE"
        )
    return _django_site() if app is None else site_of(app)


def site_of(app: Any) -> Site:
    """Read the set-up of an app that is loaded."""
    if _is_of(app, "django.core.handlers"):
        return _django_site()
    return _flask_site(app) if _is_of(app, "flask") else _wsgi_site(app)


def _wsgi_site(app: Any) -> Site:
    from ..wsgi import site

    return site.site_of(app)


def _flask_site(app: Any) -> Site:
    """Read a Flask app, which may be wrapped in the middleware instead, or as well."""
    from ..flask import site
    from ..wsgi.site import DOUBLED, wrappers

    if not any(wrappers(app.wsgi_app)):
        return site.site_of(app)
    if "session440" not in app.extensions:
        return _wsgi_site(app.wsgi_app)
    found = site.site_of(app)
    return replace(found, faults=(*found.faults, DOUBLED))


def load_engine(target: str | None, store: str | None = None) -> Engine:
    """Give an app's engine, or one with the default policies on the store at a URL.

    :raises click.ClickException: where it has none, in one line.
    """
    if store is not None:
        try:
            return Engine(Settings(secret_key="signs nothing", store=store), "login440")  # noqa: S106
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from error
    site = load_site(target)
    if site.engine is None:
        raise click.ClickException(site.faults[0].found)
    return site.engine


def load_app(target: str) -> Any:
    """Import the app called *target*, as gunicorn's command line would.

    :raises click.ClickException: in one line.
    :raises ConfigurationError: where our own settings keep it from starting.
    """
    module_name, _, expression = target.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = import_module(module_name)
    except ConfigurationError:
        raise
    except Exception as error:
        raise _cannot(f"import {module_name!r}", error) from error
    expression = expression or next((each for each in _USUAL_NAMES if hasattr(module, each)), "")
    name, parenthesis, _ = expression.partition("(")
    try:
        found = getattr(module, name)
        is_factory = bool(parenthesis) or name in ("create_app", "make_app")
        app = found() if is_factory else found
    except ConfigurationError:
        raise
    except Exception as error:
        raise _cannot(f"load {target!r}", error) from error
    if not callable(app):
        raise click.ClickException(f"{target!r} is no WSGI app: it is a {type(app).__name__}")
    return app


def _cannot(what: str, error: Exception) -> click.ClickException:
    told = " ".join(str(error).split())
    return click.ClickException(f"cannot {what}: {type(error).__name__}: {told}")


def _is_of(app: object, package: str) -> bool:
    modules = [each.__module__ for each in type(app).__mro__]
    return any(each == package or each.startswith(f"{package}.") for each in modules)


def flask_target() -> str | None:
    """Give what ``flask --app`` names, in ``flask session440 …``."""
    info = _script_info()
    return str(info.app_import_path) if info and info.app_import_path else None


def _current_flask_app() -> Any:
    info = _script_info()
    return info and info.load_app()


def _script_info() -> Any:
    context = click.get_current_context(silent=True)
    if context is None or "flask.cli" not in sys.modules:
        return None
    from flask.cli import ScriptInfo

    return context.find_object(ScriptInfo)


def _django_site() -> Site:
    import django

    try:
        django.setup()
    except Exception as error:
        raise _cannot("set up Django", error) from error
    from ..django.site import site_of_project

    try:
        return site_of_project()
    except Exception as error:
        raise _cannot("examine the project", error) from error
