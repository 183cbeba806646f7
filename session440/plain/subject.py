"""Where a session names the person, if the option ``subject_key`` says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ..core.subject import subject_text
from ..events import logger


def subject_in(session: Mapping[str, Any], key: str | Callable[[Any], object]) -> str | None:
    """Return the person whom *session* names; ``None`` for what is false: nobody.

    :param key: its key; or a path to a field of a mapping, such as ``"user.sub"``; or a function
        that takes the session.
    :raises TypeError: if that is not a single value.
    """
    value = key(session) if callable(key) else _value_at(session, key)
    return subject_text(value) if value else None


def keys_of(session: Mapping[str, Any], key: str | Callable[[Any], object]) -> list[str]:
    """Return the keys without which *session* names nobody: all, if a function may read any."""
    return list(session) if callable(key) else [key, key.partition(".")[0]]


@cache
def warn_of_unnamed(option: str) -> None:
    """Say once that a login by ``visit.login()`` alone was over with its own answer.

    :param option: what says where the session names the person.
    """
    logger.warning(
        "visit.login() was called, but the session names nobody, so the login ended at once: "
        "here the session says who is logged in, by %s; put the person there",
        option,
    )


def _value_at(session: Mapping[str, Any], path: str) -> object:
    if path in session:
        return session[path]
    first, *rest = path.split(".")
    value: object = session.get(first)  # the session itself may be no Mapping: Beaker's is none
    for part in rest:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
