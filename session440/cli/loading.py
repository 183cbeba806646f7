"""Finds the site that a command is about."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from inspect import ismethod, isroutine
from typing import Any

import click
from werkzeug.local import LocalProxy

from ..checks import is_async
from ..doctor.settings import fault_of
from ..doctor.site import Site
from ..engine import Engine
from ..exceptions import ConfigurationError
from ..settings import Settings
from .importing import load_app, see_here, told_in_a_line

_MOST_WRAPPERS = 50
#: How a wrapper calls what it wraps.
_WRAPPED = ("app", "wsgi_app", "asgi_app", "asgi_handler", "application", "wrapped", "wrapped_app")


def load_site(target: str | None) -> Site:
    """Return the set-up of an app.

    :param target: ``"module:app"`` or ``"module:create_app()"``; ``None``: Flask's current
        app, or the project of ``DJANGO_SETTINGS_MODULE``.
    :raises click.ClickException: if there is no such app; the message is one line.
    """
    try:
        return _found_site(target)
    except ConfigurationError as error:  # also of what Starlette makes late, and we look into first
        return Site("app", str, faults=(fault_of(error, "secret_key"),))


def _found_site(target: str | None) -> Site:
    app = current_flask_app() if target is None else load_app(target)
    if app is None and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        raise click.UsageError(
            "no app is given; name one, such as mysite.wsgi:application or "
            "'mysite:create_app()', or set DJANGO_SETTINGS_MODULE"
        )
    with told_in_a_line("examine it"):
        return _django_site() if app is None else site_of(app)


def load_engine(target: str | None, store: str | None = None) -> Engine:
    """Return an app's engine, or one with the default policies for the store at a URL.

    :raises click.ClickException: if there is no engine; the message is one line.
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


def site_of(app: Any) -> Site:
    """Return the set-up of an app: from its framework, or from the middleware around it."""
    from ..doctor.wrapped import DOUBLED, MISSING

    around = [*layers(app)]
    ours = _site_of_asgi(around) if _is_asgi(app) else _site_of_wsgi(around)
    inner = next((site for site in map(_framework_site, around) if site), None)
    if inner is None or (ours.engine and any(each.id == MISSING.id for each in inner.faults)):
        return ours
    return replace(inner, faults=(*inner.faults, DOUBLED)) if ours.engine else inner


def _is_asgi(app: Any) -> bool:
    # Of an object by its class: its own attributes may be those of what it wraps.
    return callable(app) and is_async(app if isroutine(app) else type(app).__call__)


def _site_of_asgi(around: list[Any]) -> Site:
    from ..asgi.inspection import middleware_of, site_of

    return site_of(middleware_of(around))


def _site_of_wsgi(around: list[Any]) -> Site:
    from ..wsgi.inspection import middleware_of, site_of

    return site_of(middleware_of(around))


def layers(app: Any) -> Iterator[Any]:
    """Yield an app and the apps that it wraps, as far as its attributes show them."""
    seen: list[Any] = []
    waiting = [app]
    while waiting and len(seen) < _MOST_WRAPPERS:
        layer = waiting.pop(0)
        layer = layer._get_current_object() if type(layer) is LocalProxy else layer
        if any(layer is each for each in seen):
            continue
        seen.append(layer)
        yield layer
        # Only its own attributes: those from __getattr__ belong to the wrapped app.
        kept = getattr(layer, "__dict__", {})
        waiting += [each for name, each in kept.items() if _is_wrapped(name, each)]
        waiting += [layer.__self__] if ismethod(layer) else []


def _is_wrapped(name: str, kept: Any) -> bool:
    return callable(kept) and (
        name.strip("_") in _WRAPPED
        or _is_of(kept, "flask.app")
        or _is_of(kept, "django.core.handlers")
        or _is_of(kept, "session440.wsgi")
        or _is_of(kept, "session440.asgi")
    )


def _framework_site(layer: Any) -> Site | None:
    if _is_of(layer, "django.core.handlers"):
        return _django_site()
    if not _is_of(layer, "flask.app"):
        return None
    from ..flask.inspection import site_of as site_of_flask

    return site_of_flask(layer)


def _is_of(app: object, package: str) -> bool:
    modules = [each.__module__ for each in type(app).__mro__]
    return any(each == package or each.startswith(f"{package}.") for each in modules)


def flask_target() -> str | None:
    """Return what ``flask --app`` names, or ``""`` if Flask finds the app by itself.

    ``None`` if this is not the ``flask`` command.
    """
    info = _script_info()
    return None if info is None else str(info.app_import_path or "")


def current_flask_app() -> Any:
    """Return the app of the ``flask`` command; ``None`` if this is not that command."""
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

    see_here()
    with told_in_a_line("set up Django"):
        django.setup()
    from ..django.inspection import site_of_project

    return site_of_project()
