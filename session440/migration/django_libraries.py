"""What Django's settings say of sessions that end: Django's own, and those of three libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..snippets import SESSION_AGES
from . import django_auto_logout, django_session_security, django_session_timeout
from .library import Library, given_in, length

_Make = Callable[[Mapping[str, Any]], Library]
_Names = tuple[str, ...]

_OWN = {
    "SESSION_COOKIE_AGE": SESSION_AGES["django"],
    "SESSION_EXPIRE_AT_BROWSER_CLOSE": False,
    "SESSION_SAVE_EVERY_REQUEST": False,
}
_LIBRARIES: dict[str, _Make] = {
    django_session_timeout.PACKAGE: django_session_timeout.session_timeout,
    django_session_security.PACKAGE: django_session_security.session_security,
    django_auto_logout.PACKAGE: django_auto_logout.auto_logout,
}


def django_libraries(settings: Mapping[str, Any]) -> list[Library]:
    """Return what ends sessions in a project, Django's own settings first.

    :param settings: the project's settings; Django's defaults may be left out.
    :raises SettingError: for a value that the library does not take.
    """
    found = [
        replace(make(settings), middleware=middleware, apps=apps)
        for make, middleware, apps in _used(settings)
    ]
    slides = settings.get("SESSION_SAVE_EVERY_REQUEST", False)
    return [_own(settings, bool(slides or any(each.writes for each in found))), *found]


def _used(settings: Mapping[str, Any]) -> Iterator[tuple[_Make, _Names, _Names]]:
    """Yield the libraries that the project lists, and what of each stands in its two lists."""
    for package, make in _LIBRARIES.items():
        middleware = _of(package, settings.get("MIDDLEWARE", ()))
        apps = _of(package, settings.get("INSTALLED_APPS", ()))
        if middleware or apps:
            yield make, middleware, apps


def _of(package: str, names: Iterable[str]) -> _Names:
    """Return the dotted names that are of a package, or in it."""
    return tuple(each for each in names if f"{each}.".startswith(f"{package}."))


def _own(settings: Mapping[str, Any], slides: bool) -> Library:
    """Return Django's own limits; a session that is not written ends that long after its login."""
    told = given_in(settings, _OWN)
    age = length("SESSION_COOKIE_AGE", told["SESSION_COOKIE_AGE"])
    changes = []
    if not slides:
        changes.append(
            "Django counted SESSION_COOKIE_AGE from the last time that a view wrote to the "
            "session. The absolute timeout counts from the login, whatever views write."
        )
    if told["SESSION_EXPIRE_AT_BROWSER_CLOSE"]:
        changes.append(
            "SESSION_EXPIRE_AT_BROWSER_CLOSE stays: the ticket's cookie ends with the browser too."
        )
    return Library(
        "Django's sessions",
        told,
        tuple(name for name in _OWN if name in settings and settings[name] != _OWN[name]),
        idle=age if slides else None,
        absolute=None if slides else age,
        changes=(
            *changes,
            "A session that a view gave a longer life by set_expiry() ends by the timeouts here; "
            "for people who want to be remembered give policies and choose_policy. A shorter life "
            "still counts.",
        ),
    )
