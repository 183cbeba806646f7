"""What was found in a ``web.config``: as text for a person, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from textwrap import wrap
from typing import Any

from ..snippets import PLACES, WIDTH, shown
from .notes import notes_on
from .sections import WebConfig
from .translation import duration, login_of, settings_for, snippet_for

_SECTIONS = {
    "authentication": "authentication",
    "forms": "forms",
    "sessionState": "session_state",
    "httpCookies": "http_cookies",
    "machineKey": "machine_key",
}
#: What is always shown to a person; other attributes only if the file gives them.
_ALWAYS = ("mode", "timeout", "slidingExpiration", "requireSSL", "validationKey", "decryptionKey")


def as_text(config: WebConfig, frameworks: Sequence[str], name: str) -> str:
    """Return the text for a person.

    :param frameworks: for which of :data:`session440.webconfig.FRAMEWORKS`.
    :param name: the file's name.
    """
    parts = ["\n".join([f"Read from {shown(name, 200)}", *_sections(config)])]
    if config.unread:
        parts.append("\n".join(["Not read", *_bullets(config.unread)]))
    parts += [
        "\n".join(["A login ends", *_ends(config)]),
        *(f"# {PLACES[each]}\n{snippet_for(each, config)}".rstrip() for each in frameworks),
        "\n".join(
            ["What ASP.NET did differently", *_bullets(each.text for each in notes_on(config))]
        ),
    ]
    parts += [_location(path, each) for path, each in config.locations]
    return "\n\n".join(parts)


def as_json(config: WebConfig, frameworks: Sequence[str]) -> dict[str, Any]:
    """Return the same for a machine.

    The timeouts of sections are in their own units, with ``None`` for Infinite; the timeouts of
    the login are in seconds.
    """
    login = login_of(config)
    return {
        "sections": {name: _attributes(config, name) for name in _SECTIONS},
        "login": {
            "idle_timeout": login.idle and login.idle * 60,
            "absolute_timeout": login.absolute and login.absolute * 60,
        },
        "settings": {each: settings_for(each, config) for each in frameworks},
        "notes": [each._asdict() for each in notes_on(config)],
        "unread": list(config.unread),
        "locations": [
            {"path": path, **as_json(each, frameworks)} for path, each in config.locations
        ],
    }


def _attributes(config: WebConfig, name: str) -> dict[str, Any]:
    section = getattr(config, _SECTIONS[name])
    return {
        each.metadata["name"]: {
            "value": getattr(section, each.name).value,
            "given": getattr(section, each.name).given,
        }
        for each in fields(section)
    }


def _sections(config: WebConfig) -> Iterator[str]:
    for name in _SECTIONS:
        if name == "forms" and not config.has_ticket and name not in config.present:
            continue
        attributes = _attributes(config, name)
        is_there = name in config.present
        told = [
            f"{key} {_told(each['value'])}{' (default)' if is_there and not each['given'] else ''}"
            for key, each in attributes.items()
            if each["given"] or key in _ALWAYS
        ]
        absent = "" if is_there else "not in the file; ASP.NET's defaults: "
        line = f"<{name}> {absent}{', '.join(told) or 'all defaults'}"
        yield from wrap(line, WIDTH, initial_indent="  ", subsequent_indent="      ")


def _told(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "Infinite" if value is None else shown(str(value))


def _ends(config: WebConfig) -> Iterator[str]:
    login = login_of(config)
    if login.idle is not None:
        yield f"  {duration(login.idle)} after the last request (idle_timeout)"
    if login.absolute is not None:
        yield f"  {duration(login.absolute)} after it began (absolute_timeout)"


def _bullets(texts: Iterable[str]) -> Iterator[str]:
    for each in texts:
        yield from wrap(each, WIDTH, initial_indent="- ", subsequent_indent="  ")


def _location(path: str, config: WebConfig) -> str:
    """Return the lines about a path with settings of its own."""
    lines = [f'<location path="{shown(path)}"> has settings of its own. There a login ends']
    lines += _ends(config)
    lines += _bullets(
        [
            "ASP.NET allows this if a separate application is served there: give that app these "
            "settings (--json has all of them), or use a policy in one app (policies, "
            "choose_policy)."
        ]
    )
    return "\n".join(lines)
