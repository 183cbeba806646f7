"""What django-session-timeout 0.1.0 was told to do. Read in its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..snippets import SESSION_AGES
from .library import Library, SettingError, given_in, length

PACKAGE: Final = "django_session_timeout"
_GRACE = "SESSION_EXPIRE_AFTER_LAST_ACTIVITY_GRACE_PERIOD"
_SETTINGS = {
    "SESSION_EXPIRE_SECONDS": None,  # SESSION_COOKIE_AGE
    "SESSION_EXPIRE_AFTER_LAST_ACTIVITY": False,
    _GRACE: 1,
    "SESSION_TIMEOUT_REDIRECT": None,
}


def session_timeout(settings: Mapping[str, Any]) -> Library:
    """Return what ``django_session_timeout`` was told.

    :raises SettingError: for a value that it does not take.
    """
    told = given_in(settings, _SETTINGS)
    age = settings.get("SESSION_COOKIE_AGE", SESSION_AGES["django"])
    told["SESSION_EXPIRE_SECONDS"] = settings.get("SESSION_EXPIRE_SECONDS", age)
    limit = length("SESSION_EXPIRE_SECONDS", told["SESSION_EXPIRE_SECONDS"])
    is_sliding = bool(told["SESSION_EXPIRE_AFTER_LAST_ACTIVITY"])
    grace = _grace(told[_GRACE]) if is_sliding else 0
    # It moves its stamp only after the grace period, so never if the session is over by then.
    slides = is_sliding and grace < limit
    given = tuple(name for name in _SETTINGS if name in settings)
    return Library(
        "django-session-timeout",
        told,
        given,
        idle=limit if slides else None,
        absolute=None if slides else limit,
        writes=slides,
        options={"renew_interval": grace} if slides and _GRACE in given and grace > 0 else {},
        drop=given,
        changes=_CHANGES,
        lacks=_redirect(told["SESSION_TIMEOUT_REDIRECT"]),
    )


_CHANGES = (
    "Sessions of visitors ended too, and their forms with them. session440 touches only logins.",
    "Everybody was redirected, a script's call and a form that was sent as well. Now the "
    "answer is 440; a page gets a text with a link, and the query string is in next.",
    "It had one limit, idle or absolute. Here both are possible.",
)


def _grace(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingError(f"{_GRACE} is no number of seconds ({type(value).__name__})")
    return value


def _redirect(url: object) -> tuple[str, ...]:
    # By reverse_lazy(), say, it is known only to the project that runs.
    if url is None or (isinstance(url, str) and not url):
        return ()
    return (
        "SESSION_TIMEOUT_REDIRECT: nothing is redirected. If it is the login page, make it "
        "LOGIN_URL; for a page of your own make a template session440/440.html.",
    )
