"""What a library that ended sessions was told to do, in the words of session440."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from ..policy import LONGEST

#: What people put on Django's pages.
TAG: Final = "{% load session440 %}{% session440_client %}"


class SettingError(ValueError):
    """A former setting has a value that its library does not take. The message is one line."""


@dataclass(frozen=True)
class Library:
    """One library, or the framework itself. Limits are in seconds; ``None``: it has no such limit.

    :param settings: its settings and their values, the defaults included.
    :param given: those that the site sets itself.
    :param writes: whether it writes the session at each request, so that the session slides.
    :param options: further options of session440 that do the same.
    :param middleware: what of it stands in Django's ``MIDDLEWARE``; ``apps`` in
        ``INSTALLED_APPS``.
    :param drop: its settings that nothing reads any more.
    :param steps: what else there is to do, for a person.
    :param changes: what is different now.
    :param lacks: what it had and session440 does not have.
    """

    name: str
    settings: Mapping[str, Any]
    given: tuple[str, ...] = ()
    idle: float | None = None
    absolute: float | None = None
    writes: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    middleware: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def length(name: str, value: object) -> float:
    """Return the seconds of a former setting: a number of them, or a ``timedelta``.

    :raises SettingError: for another value; it is not shown.
    """
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        kind = type(value).__name__
        raise SettingError(f"{name} is no length of time: a number of seconds above 0 ({kind})")
    if value > LONGEST:  # for ever, perhaps
        raise SettingError(f"{name} is longer than 5000 years, which session440 does not take")
    return value


def given_in(settings: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of *names*, which are given with their defaults."""
    return {name: settings.get(name, default) for name, default in names.items()}
