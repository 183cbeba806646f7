"""What Beaker's options say of sessions that end. Read in the source of Beaker 1.14."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .library import Library, SettingError, given_in, length

_OPTIONS = {
    "key": "beaker.session.id",
    "timeout": None,
    "save_accessed_time": True,
    "auto": False,
    "cookie_expires": True,
    "cookie_domain": None,
    "cookie_path": "/",
    "secure": False,
    "httponly": False,
    "samesite": "Lax",
}
_PREFIXES = ("beaker.session.", "session.")
_NO, _YES = ("false", "no", "off", "n", "f", "0"), ("true", "yes", "on", "y", "t", "1")


def beaker_library(options: Mapping[str, Any]) -> Library:
    """Return what ends Beaker's sessions.

    :param options: of its ``SessionMiddleware``, or from an INI file, with or without the prefix.
        Its keys and URLs are not looked at.
    :raises SettingError: for a value that Beaker does not take.
    """
    bare = {_bare(name): value for name, value in options.items()}
    told = given_in(bare, _OPTIONS)
    expires, is_auto = _cookie_age(told["cookie_expires"]), _truth(told["auto"]) is True
    return Library(
        "Beaker",
        {f"session.{name}": value for name, value in told.items()},
        tuple(f"session.{name}" for name in _OPTIONS if name in bare),
        idle=_timeout(told["timeout"]),
        absolute=expires,
        options={**({} if is_auto else {"watch_cookie": told["key"]}), **_cookie(told)},
        steps=(_AROUND, _SAID if is_auto else _FOLLOWED),
        changes=(
            *(_EXPIRES if expires is not None else ()),
            *_CHANGES,
        ),
        lacks=(
            "Sessions: Beaker keeps what people store. session440 keeps logins only.",
            *_cookie_lacks(told),
        ),
    )


_CHANGES = (
    "A session that had ended was a new, empty one, and no app could tell. Now the answer "
    "is 440, and the app does not run.",
    "Each request that reads the session still writes it, for session.timeout. session440 "
    "writes nothing.",
)
_EXPIRES = (
    "session.cookie_expires only told the browser when to forget the cookie, which is sent once; "
    "people who kept it stayed logged in. Now the server ends the login, and counts from the "
    "login.",
)
_AROUND = (
    "Put Session440Middleware around SessionMiddleware, outermost. Keep session.timeout as it is, "
    "or longer."
)
_FOLLOWED = (
    "If visitors get a Beaker cookie too (the doctor says so, E068), leave watch_cookie out, and "
    'let the app say environ["session440"].login(name) and .logout().'
)
_SAID = (
    "With session.auto visitors have a cookie too, so it cannot be followed: let the app say "
    'environ["session440"].login(name) and .logout().'
)


def _bare(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def _timeout(value: object) -> float | None:
    if value is None or value == "":
        return None
    return length("session.timeout", _number(value))


def _cookie_age(value: object) -> float | None:
    """Return for how long a browser keeps the cookie; ``None``: until it is closed, or for ever."""
    value = _truth(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        raise SettingError("session.cookie_expires is a date, which ends all sessions at once")
    return length("session.cookie_expires", _number(value))


def _truth(value: object) -> object:
    """Return the truth that a text of an INI file stands for, as Beaker takes it."""
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _YES:
        return True
    return False if word in _NO else value


def _number(value: object) -> object:
    if isinstance(value, timedelta) or not isinstance(value, str):
        return value
    return int(value) if value.strip().isdecimal() else value


def _cookie(told: Mapping[str, Any]) -> dict[str, Any]:
    secure, domain = _truth(told["secure"]), told["cookie_domain"]
    return {
        **({"cookie_secure": True} if secure is True else {}),
        **({"cookie_domain": domain} if domain else {}),
    }


def _cookie_lacks(told: Mapping[str, Any]) -> tuple[str, ...]:
    lacks = []
    if _truth(told["httponly"]) is not True:
        lacks.append(
            "session.httponly is off: scripts can read Beaker's cookie. The ticket's cookie is "
            "always HttpOnly; switch it on for Beaker, too."
        )
    if told["samesite"] != "Lax":
        lacks.append("session.samesite: the ticket's cookie is always SameSite=Lax.")
    if told["cookie_path"] != "/":
        lacks.append("session.cookie_path: the ticket's cookie has the watched cookie's path.")
    return tuple(lacks)
