"""What django-auto-logout 0.5.1 was told to do. Read in its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .library import TAG, Library, SettingError, given_in, length

PACKAGE: Final = "django_auto_logout"
_SETTINGS = {
    "IDLE_TIME": None,
    "SESSION_TIME": None,
    "MESSAGE": None,
    "REDIRECT_TO_LOGIN_IMMEDIATELY": False,
}


def auto_logout(settings: Mapping[str, Any]) -> Library:
    """Return what ``django_auto_logout`` was told.

    :raises SettingError: for a value that it does not take.
    """
    own = settings.get("AUTO_LOGOUT") or {}
    if not isinstance(own, Mapping):
        raise SettingError(f"AUTO_LOGOUT is no dictionary ({type(own).__name__})")
    told = given_in(own, _SETTINGS)
    limits = {
        name: None if told[name] is None else length(f"AUTO_LOGOUT[{name!r}]", told[name])
        for name in ("IDLE_TIME", "SESSION_TIME")
    }
    return Library(
        "django-auto-logout",
        {f"AUTO_LOGOUT[{name!r}]": value for name, value in told.items() if name != "MESSAGE"},
        tuple(f"AUTO_LOGOUT[{name!r}]" for name in _SETTINGS if name in own),
        idle=limits["IDLE_TIME"],
        absolute=limits["SESSION_TIME"],
        writes=limits["IDLE_TIME"] is not None,
        drop=("AUTO_LOGOUT",) if "AUTO_LOGOUT" in settings else (),
        steps=_STEPS,
        changes=_CHANGES,
        lacks=(
            *(() if told["MESSAGE"] is None else (_MESSAGE,)),
            "seconds_until_idle_end and seconds_until_session_end in templates: a view has "
            "request.session440.remaining, and the script shows the time that is left.",
        ),
    )


_CHANGES = (
    "SESSION_TIME counted from the person's last login in any browser. Now each login has its own.",
    "The view ran as for a visitor, also for a form that was sent. Now it does not run.",
)
_STEPS = (
    "In templates put " + TAG + " in place of {{ redirect_to_login_immediately }}.",
    "Remove django_auto_logout.context_processors.auto_logout_client from TEMPLATES.",
)
_MESSAGE = (
    "MESSAGE: a text of your own. The 440 says why the login ended, in the person's language; a "
    "template session440/440.html replaces its page."
)
