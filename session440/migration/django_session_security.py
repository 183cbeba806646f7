"""What django-session-security 2.6.8 was told to do. Read in its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .library import TAG, Library, SettingError, given_in, length

PACKAGE: Final = "session_security"
_SETTINGS = {
    "SESSION_SECURITY_EXPIRE_AFTER": 600,
    "SESSION_SECURITY_WARN_AFTER": 540,
    "SESSION_SECURITY_PASSIVE_URLS": [],
    "SESSION_SECURITY_PASSIVE_URL_NAMES": [],
    "SESSION_SECURITY_REDIRECT_TO_LOGOUT": False,
    "SESSION_SECURITY_INSECURE": False,
}


def session_security(settings: Mapping[str, Any]) -> Library:
    """Return what ``session_security`` was told.

    :raises SettingError: for a value that it does not take.
    """
    told = given_in(settings, _SETTINGS)
    limit = length("SESSION_SECURITY_EXPIRE_AFTER", told["SESSION_SECURITY_EXPIRE_AFTER"])
    warned = limit - length("SESSION_SECURITY_WARN_AFTER", told["SESSION_SECURITY_WARN_AFTER"])
    options: dict[str, Any] = {"warn_before": warned} if warned > 0 else {}
    if passive := _patterns(told["SESSION_SECURITY_PASSIVE_URLS"]):
        options["passive"] = passive
    given = tuple(name for name in _SETTINGS if name in settings)
    return Library(
        "django-session-security",
        told,
        given,
        idle=limit,
        writes=True,
        options=options,
        drop=given,
        steps=(
            "In templates put " + TAG + " in place of "
            "{% include 'session_security/all.html' %}; jQuery is not needed.",
            "Remove the URLs of session_security.urls.",
            *_passive_names(told["SESSION_SECURITY_PASSIVE_URL_NAMES"]),
        ),
        changes=_CHANGES,
        lacks=_lacks(told),
    )


_CHANGES = (
    "The view ran as for a visitor, also for a form that was sent. Now it does not run; "
    'ENFORCEMENT "challenge" runs it for pages that are only opened.',
    "The browser told the server how long it was idle. Now the server alone counts.",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE is no condition any more.",
)


def _patterns(paths: object) -> list[str]:
    texts = map(str, _listed("SESSION_SECURITY_PASSIVE_URLS", paths))
    # No request's path begins otherwise, so it has never meant anything.
    real = [each for each in texts if each.startswith("/")]
    return ["".join(f"[{c}]" if c in "*?[" else c for c in each) for each in real]


def _listed(name: str, value: object) -> Iterable[object]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SettingError(f"{name} is no list ({type(value).__name__})")
    return value


def _passive_names(names: object) -> tuple[str, ...]:
    """Return what is to be done for URL patterns with a name; paths with arguments are unknown."""
    listed = ", ".join(sorted(map(str, _listed("SESSION_SECURITY_PASSIVE_URL_NAMES", names))))
    if not listed:
        return ()
    return (f"Mark the views of these URL names with @passive (session440.django): {listed}.",)


def _lacks(told: Mapping[str, Any]) -> tuple[str, ...]:
    lacks = [
        "get_expire_seconds() of a subclass of its middleware: a policy is chosen once, at login "
        "(policies, choose_policy), and not at each request.",
        "A question before a page with unsent input is left. The script keeps the input of forms "
        "instead, and puts it back after the login.",
    ]
    if told["SESSION_SECURITY_REDIRECT_TO_LOGOUT"]:
        lacks.append(
            "SESSION_SECURITY_REDIRECT_TO_LOGOUT: the script does not call the logout page. At an "
            "identity provider people stay logged in; the login page asks it for a new login."
        )
    return tuple(lacks)
