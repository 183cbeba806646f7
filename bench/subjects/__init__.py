"""The groups, each in the order of its table."""

from __future__ import annotations

from importlib import import_module

from ..subject import Group, Subject

#: The module in which each group's subjects are.
MODULES = {
    "wsgi": "wsgi",
    "flat": "flat",
    "flask": "flask",
    "django-signed": "django",
    "django-cache": "django",
    "django-database": "django",
    "asgi": "asgi",
    "stores": "stores",
    "gunicorn": "gunicorn",
    "memory": "memory",
    "imports": "imports",
}


def group(name: str) -> Group:
    """Return a group; its frameworks are imported only where a subject is built."""
    found: Group = import_module(f".{MODULES[name]}", __package__).GROUPS[name]
    return found


def subject(group_name: str, name: str) -> Subject:
    """Return one subject."""
    return next(each for each in group(group_name).subjects if each.name == name)
