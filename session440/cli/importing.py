"""Imports an app by its name on the command line."""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from typing import Any

import click
from werkzeug.local import LocalProxy

from ..exceptions import ConfigurationError

#: The names that are tried if a module is given without the name of its app.
_USUAL_NAMES = ("app", "application", "create_app()", "make_app()")


def load_app(target: str) -> Any:
    """Return the app called *target*, imported as gunicorn's command line would.

    :param target: ``"module"``, ``"module:app"``, ``"module:create_app('production')"``, or
        ``"module:create_app"``, as Flask's own command takes a factory.
    :raises click.ClickException: with a message of one line, if that is not possible.
    :raises ConfigurationError: if our own settings keep the app from starting.
    """
    module_name, _, expression = target.partition(":")
    see_here()
    with told_in_a_line(f"import {module_name!r}"):
        module = import_module(module_name)
    with told_in_a_line(f"load {target!r}"):
        app = _evaluated(module, expression or _usual_name(module))
    if not callable(app):
        raise click.ClickException(f"{target!r} is not a WSGI app: it is a {type(app).__name__}")
    return app


def see_here() -> None:
    """Add the current folder to the module path, as Python's own ``-m`` does."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())


@contextmanager
def told_in_a_line(what: str) -> Iterator[None]:
    """Run the app's code: its output goes to stderr, and its error becomes one line."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (ConfigurationError, click.ClickException):
        raise
    except (Exception, SystemExit) as error:
        told = " ".join(_without_secrets(error).split())
        raise click.ClickException(f"cannot {what}: {type(error).__name__}: {told}") from error


def _without_secrets(error: BaseException) -> str:
    """Return an error's text without anything that may be part of a URL or its password."""
    if isinstance(error, ValueError):  # it quotes the value, which is often a part of a URL
        return "its text is left out, because it may show a password"
    return re.sub(r"\S*(@|://)\S*", "(…)", str(error))


def _usual_name(module: Any) -> str:
    found = [each for each in _USUAL_NAMES if hasattr(module, each.removesuffix("()"))]
    if not found:
        raise LookupError(f"the module has none of {', '.join(_USUAL_NAMES)}; name its app")
    return found[0]


def _evaluated(module: Any, expression: str) -> Any:
    """Return the value in *module* of a name, or of a call with literals."""
    node = ast.parse(expression.strip(), mode="eval").body
    call = node if isinstance(node, ast.Call) else None
    name = ast.unparse(call.func if call else node)
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part)
    if call:
        named = {each.arg or "": ast.literal_eval(each.value) for each in call.keywords}
        found = found(*map(ast.literal_eval, call.args), **named)
    elif _is_factory(found):
        found = found()
    return found._get_current_object() if isinstance(found, LocalProxy) else found


def _is_factory(found: Any) -> bool:
    """Return whether a function needs no arguments: a WSGI app is called with two (PEP 3333)."""
    if not inspect.isfunction(found):
        return False
    given = inspect.signature(found).parameters.values()
    needed = [each for each in given if each.default is each.empty and each.kind < each.VAR_KEYWORD]
    return not needed
