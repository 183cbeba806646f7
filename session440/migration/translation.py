"""The new settings: when a login ends now, and what the frameworks must be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..moments import DAY, option_text
from ..policy import Policy
from ..snippets import SESSION_AGES
from .library import Library, length

Framework = Literal["django", "flask", "wsgi"]

OURS = "session440.django.Session440Middleware"
APP = "session440.django"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


@dataclass(frozen=True)
class Migration:
    """What a site had, and what it becomes. Limits are in seconds.

    :param settings: the new settings of the framework, or the middleware's arguments.
    :param session_age: for how many seconds the framework keeps a session after the last write;
        ``None``: it keeps none.
    :param is_made_up: whether the absolute timeout is session440's own default, because nothing
        ended a login.
    """

    framework: Framework
    libraries: tuple[Library, ...]
    idle: float | None
    absolute: float | None
    settings: Mapping[str, Any]
    session_age: float | None = None
    is_made_up: bool = False


def migration_of(
    framework: Framework, libraries: Sequence[Library], settings: Mapping[str, Any]
) -> Migration:
    """Return what a site's libraries become.

    Of two limits of the same kind the shorter one counts, as it did before.

    :param settings: the framework's present settings; for ``"wsgi"`` they are not needed.
    """
    idle = _shortest(each.idle for each in libraries)
    absolute = _shortest(each.absolute for each in libraries)
    if idle is not None and absolute is not None and idle >= absolute:
        idle = None  # it could never end a login
    is_made_up = idle is None and absolute is None
    absolute = Policy().absolute_timeout if is_made_up else absolute
    options = {
        "idle_timeout": text_of(idle),
        "absolute_timeout": text_of(absolute),
        **_further(libraries, idle, absolute),
    }
    make = {"django": _django, "flask": _flask, "wsgi": _wsgi}[framework]
    made = make(options, libraries, settings, max(idle or 0, absolute or 0))
    age = _age(framework, {**settings, **made}) if _keeps_own(libraries) else None
    return Migration(framework, tuple(libraries), idle, absolute, made, age, is_made_up)


#: The setting that says how long a framework keeps a session.
AGES = {"django": "SESSION_COOKIE_AGE", "flask": "PERMANENT_SESSION_LIFETIME"}


def _age(framework: Framework, settings: Mapping[str, Any]) -> float:
    """Return for how many seconds a framework keeps a session."""
    return length(AGES[framework], settings.get(AGES[framework], SESSION_AGES[framework]))


def _keeps_own(libraries: Sequence[Library]) -> bool:
    own = ("Django's sessions", "Flask's sessions", "Flask-Session")
    return any(each.name in own for each in libraries)


def text_of(seconds: float | None) -> str | float | None:
    """Return a length as an option is given: ``"30m"``, or a number if it has a fraction."""
    if seconds is None or seconds != int(seconds):
        return seconds
    return option_text(int(seconds))


def _shortest(limits: Iterable[float | None]) -> float | None:
    return min((each for each in limits if each is not None), default=None)


def _further(
    libraries: Sequence[Library], idle: float | None, absolute: float | None
) -> dict[str, Any]:
    """Return further options of the libraries, without those that their limits forbid."""
    options: dict[str, Any] = {}
    for each in libraries:
        options |= each.options
    shortest = min(each for each in (idle, absolute) if each is not None)
    for name in ("warn_before", "renew_interval"):
        if name in options:
            options[name] = text_of(options[name]) if options[name] < shortest else None
    return {name: value for name, value in options.items() if value is not None}


def _django(
    options: dict[str, Any],
    libraries: Sequence[Library],
    settings: Mapping[str, Any],
    longest: float,
) -> dict[str, Any]:
    gone = [name for each in libraries for name in (*each.middleware, *each.apps)]
    middleware = [each for each in settings.get("MIDDLEWARE", ()) if each not in gone]
    apps = [each for each in settings.get("INSTALLED_APPS", ()) if each not in gone]
    return {
        "SESSION440": {name.upper(): value for name, value in options.items()},
        **_lifetime("django", settings, longest),
        **({"SESSION_SAVE_EVERY_REQUEST": False} if _saves(settings) else {}),
        "INSTALLED_APPS": [*apps, *([] if APP in apps else [APP])],
        "MIDDLEWARE": [*middleware, *([] if OURS in middleware else [OURS])],
    }


def _saves(settings: Mapping[str, Any]) -> bool:
    return bool(settings.get("SESSION_SAVE_EVERY_REQUEST", False))


def _lifetime(framework: Framework, settings: Mapping[str, Any], longest: float) -> dict[str, int]:
    """Return the session's new life, if it must change: it must not end before the login.

    One day more, so that the browser still has the cookies that say what has ended.
    """
    needed = max(SESSION_AGES[framework], int(longest) + DAY)
    return {AGES[framework]: needed} if _age(framework, settings) < needed else {}


def _flask(
    options: dict[str, Any],
    libraries: Sequence[Library],
    settings: Mapping[str, Any],
    longest: float,
) -> dict[str, Any]:
    options.pop("watch_cookie", None)
    named = options.get("policies", {}).values()
    limits = [value for each in named for value in each.values() if value is not None]
    made = {f"SESSION440_{name.upper()}": value for name, value in options.items()}
    if not _keeps_own(libraries):
        return made  # the sessions are another library's, with a life of their own
    is_refreshed = settings.get("SESSION_REFRESH_EACH_REQUEST", True)
    return {
        **made,
        **_lifetime("flask", settings, max(longest, *limits, 0)),
        **({"SESSION_REFRESH_EACH_REQUEST": False} if is_refreshed else {}),
    }


def _wsgi(
    options: dict[str, Any],
    libraries: Sequence[Library],
    settings: Mapping[str, Any],
    longest: float,
) -> dict[str, Any]:
    return options
