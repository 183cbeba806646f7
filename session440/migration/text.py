"""What becomes of a site's timeouts: as text for a person, or as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from textwrap import wrap
from typing import Any, Final

from ..moments import spoken
from ..policy import Policy
from ..snippets import PLACES, WIDTH, literal, shown, wrapping
from .library import TAG, Library
from .translation import AGES, AUTHENTICATION, Migration, text_of

_TAG: Final = re.compile(r"\{[%{].*?[%}]\}")

_LASTS = "seconds; a day more than the timeouts, or the default"
_REMARKS = {
    "PERMANENT_SESSION_LIFETIME": _LASTS,
    "SESSION_COOKIE_AGE": _LASTS,
    "SESSION_REFRESH_EACH_REQUEST": "nothing has to be written for a login to go on",
    "SESSION_SAVE_EVERY_REQUEST": "nothing has to be written for a login to go on",
}
_LONGER = (
    "Sessions of visitors last longer now ({name}): session440 ends logins alone. What is written "
    "to a session is kept that long after the last write."
)
_UNWRITTEN = (
    "Nothing writes a session only to keep it. Without an absolute timeout the session of a login "
    "that is used every day ends {age} after a view has last written to it ({name}), and nobody is "
    "told why. An absolute timeout below that ends it with a 440."
)


def as_text(migration: Migration, name: str) -> str:
    """Return the text for a person.

    :param name: where the settings were read.
    """
    parts = [
        ["Read from " + shown(name, 200), *(_told(each) for each in migration.libraries)],
        ["A login ends", *_ends(migration)],
        [f"# {PLACES[migration.framework]}", snippet_of(migration).rstrip()],
        _section("Remove", removals(migration)),
        _section("Do by hand", steps(migration)),
        _section("What changes", changes(migration)),
        _section("What it had, and session440 does not have", lacks(migration)),
    ]
    return "\n\n".join("\n".join(each) for each in parts if each)


def as_json(migration: Migration) -> dict[str, Any]:
    """Return the same for a machine; timeouts are in seconds."""
    return {
        "framework": migration.framework,
        "libraries": {
            each.name: {key: _plain(value) for key, value in each.settings.items()}
            for each in migration.libraries
        },
        "login": {"idle_timeout": migration.idle, "absolute_timeout": migration.absolute},
        "settings": dict(migration.settings),
        "remove": list(removals(migration)),
        "steps": list(steps(migration)),
        "changes": list(changes(migration)),
        "lacks": list(lacks(migration)),
    }


def _plain(value: object) -> object:
    """Return a value as JSON knows it; lengths in seconds."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list | tuple | set | frozenset):
        return [str(each) for each in value]
    return value if _is_plain(value) else _kind(value)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _kind(value: object) -> str:
    """Return what stands for an object of the site's own: its text may need the running site."""
    return f"({type(value).__name__})"


def _told(library: Library) -> str:
    """Return the line about a library: what is given, and the defaults that count."""
    told = [
        f"{key} {_value(value)}{'' if key in library.given else ' (default)'}"
        for key, value in library.settings.items()
        if key in library.given or _counts(value)
    ]
    line = f"{library.name}: {', '.join(told)}"
    return "\n".join(wrap(line, WIDTH, initial_indent="  ", subsequent_indent="      "))


def _counts(value: object) -> bool:
    """Return whether a default is worth a word: a length, or something that is on."""
    return value is not None and value is not False and value != [] and value != ""


def _value(value: object) -> str:
    if isinstance(value, timedelta):
        return spoken(value.total_seconds())
    is_known = _is_plain(value) or isinstance(value, list | tuple | set | frozenset)
    return shown(_python(value) if is_known else _kind(value), 200)


def _ends(migration: Migration) -> Iterator[str]:
    if migration.idle is not None:
        yield f"  {text_of(migration.idle)} after the last request (idle_timeout)"
    if migration.absolute is not None:
        own = "; session440's default, since nothing ended it" if migration.is_made_up else ""
        yield f"  {text_of(migration.absolute)} after it began (absolute_timeout{own})"


def removals(migration: Migration) -> Iterator[str]:
    """Yield what the settings have and need no more."""
    for each in migration.libraries:
        for place, names in (("MIDDLEWARE", each.middleware), ("INSTALLED_APPS", each.apps)):
            yield from (f"from {place}: {name}" for name in names)
        if each.drop:
            yield f"from the settings: {', '.join(each.drop)}"


def steps(migration: Migration) -> Iterator[str]:
    """Yield what a person has to do, beside the settings."""
    for each in migration.libraries:
        yield from each.steps
    if migration.framework == "django":
        if AUTHENTICATION not in migration.settings["MIDDLEWARE"]:
            yield f"Add {AUTHENTICATION} to MIDDLEWARE, before session440."
        if not any(each.steps for each in migration.libraries):
            yield f"Put {TAG} on pages, to warn people in time."
    if migration.framework == "flask":
        yield "Put {{ session440_client() }} on pages, to warn people in time."
    yield "Run session440 doctor."


def changes(migration: Migration) -> Iterator[str]:
    """Yield what is different from now on."""
    for each in migration.libraries:
        yield from each.changes
    name = AGES.get(migration.framework, "")
    if name in migration.settings:
        yield _LONGER.format(name=name)
    if migration.absolute is None and migration.session_age is not None:
        yield _UNWRITTEN.format(name=name, age=spoken(migration.session_age))


def lacks(migration: Migration) -> Iterator[str]:
    """Yield what is gone."""
    for each in migration.libraries:
        yield from each.lacks


def _section(title: str, texts: Iterable[str]) -> list[str]:
    lines = [line for each in texts for line in _bullet(each)]
    return [title, *lines] if lines else []


def _bullet(text: str) -> list[str]:
    """Return the lines of a text; no template tag is broken."""
    whole = _TAG.sub(lambda tag: tag[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    lines = wrap(whole, WIDTH, initial_indent="- ", subsequent_indent="  ")
    return [each.replace("\N{NO-BREAK SPACE}", " ") for each in lines]


def snippet_of(migration: Migration) -> str:
    """Return the new settings as Python, ready to paste."""
    if migration.framework == "wsgi":
        return "\n".join([*_call(migration.settings), ""])
    lines: list[str] = []
    for name, value in migration.settings.items():
        lines += _assignment(name, value)
    if migration.framework == "flask":
        lines += ["", "# where the app is made", "from session440.flask import Session440"]
        lines += ["", "Session440(app)"]
    return "\n".join([*_imports(migration), *lines, ""])


def _imports(migration: Migration) -> list[str]:
    if "SESSION440_POLICIES" not in migration.settings:
        return []
    return ["from session440 import Policy", ""]


def _assignment(name: str, value: Any) -> list[str]:
    if name == "SESSION440":
        inside = [
            f"    {literal(key)}: {_python(each)},{_remark(key, each)}"
            for key, each in value.items()
        ]
        return [f"{name} = {{", *inside, "}"]
    if name in ("MIDDLEWARE", "INSTALLED_APPS"):
        return [f"{name} = [", *(f"    {literal(each)}," for each in value), "]"]
    if name == "SESSION440_POLICIES":
        inside = [f"    {literal(key)}: {_policy(each)}," for key, each in value.items()]
        return [f"{name} = {{", *inside, "}"]
    return [f"{name} = {_python(value)}{_remark(name, value)}"]


def _python(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return literal(value)


def _policy(limits: dict[str, float | None]) -> str:
    given = ", ".join(f"{name}={literal(text_of(value))}" for name, value in limits.items())
    return f"Policy({given})"


def _call(settings: Any) -> list[str]:
    return wrapping(
        [f"    {name}={literal(each)},{_remark(name, each)}" for name, each in settings.items()]
    )


def _remark(name: str, value: object) -> str:
    """Return a comment that says what a value does not show by itself."""
    if name.upper().endswith("ABSOLUTE_TIMEOUT") and value is None:
        return f"  # as before; {literal(text_of(Policy().absolute_timeout))} is recommended"
    return f"  # {_REMARKS[name]}" if name in _REMARKS else ""
