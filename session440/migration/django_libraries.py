"""What Django's settings say of sessions that end: Django's own, and those of three libraries.

Read in the sources of django-session-timeout 0.1.0, django-session-security 2.6.8 and
django-auto-logout 0.5.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..moments import DAY
from .library import Library, SettingError, given_in, length

Settings = Mapping[str, Any]

_OWN = {
    "SESSION_COOKIE_AGE": 14 * DAY,
    "SESSION_EXPIRE_AT_BROWSER_CLOSE": False,
    "SESSION_SAVE_EVERY_REQUEST": False,
}
_GRACE = "SESSION_EXPIRE_AFTER_LAST_ACTIVITY_GRACE_PERIOD"
_TIMEOUT = {
    "SESSION_EXPIRE_SECONDS": None,  # SESSION_COOKIE_AGE
    "SESSION_EXPIRE_AFTER_LAST_ACTIVITY": False,
    _GRACE: 1,
    "SESSION_TIMEOUT_REDIRECT": None,
}
_SECURITY = {
    "SESSION_SECURITY_EXPIRE_AFTER": 600,
    "SESSION_SECURITY_WARN_AFTER": 540,
    "SESSION_SECURITY_PASSIVE_URLS": [],
    "SESSION_SECURITY_PASSIVE_URL_NAMES": [],
    "SESSION_SECURITY_REDIRECT_TO_LOGOUT": False,
    "SESSION_SECURITY_INSECURE": False,
}
_LOGOUT = {
    "IDLE_TIME": None,
    "SESSION_TIME": None,
    "MESSAGE": None,
    "REDIRECT_TO_LOGIN_IMMEDIATELY": False,
}
#: What people put on pages.
TAG = "{% load session440 %}{% session440_client %}"


def django_libraries(settings: Settings) -> list[Library]:
    """Return what ends sessions in a project, Django's own settings first.

    :param settings: the project's settings; Django's defaults may be left out.
    :raises SettingError: for a value that the library does not take.
    """
    found = [
        make(settings)
        for make, package in (
            (_session_timeout, "django_session_timeout"),
            (_session_security, "session_security"),
            (_auto_logout, "django_auto_logout"),
        )
        if _of(package, [*settings.get("MIDDLEWARE", ()), *settings.get("INSTALLED_APPS", ())])
    ]
    slides = settings.get("SESSION_SAVE_EVERY_REQUEST", False)
    return [_own(settings, bool(slides or any(each.writes for each in found))), *found]


def _of(package: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that are of a package, or in it."""
    return tuple(each for each in names if f"{each}.".startswith(f"{package}."))


def _own(settings: Settings, slides: bool) -> Library:
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


def _session_timeout(settings: Settings) -> Library:
    told = given_in(settings, _TIMEOUT)
    age = settings.get("SESSION_COOKIE_AGE", _OWN["SESSION_COOKIE_AGE"])
    told["SESSION_EXPIRE_SECONDS"] = settings.get("SESSION_EXPIRE_SECONDS", age)
    limit = length("SESSION_EXPIRE_SECONDS", told["SESSION_EXPIRE_SECONDS"])
    is_sliding = bool(told["SESSION_EXPIRE_AFTER_LAST_ACTIVITY"])
    grace = _grace(told[_GRACE]) if is_sliding else 0
    # It moves its stamp only after the grace period, so never if the session is over by then.
    slides = is_sliding and grace < limit
    given = tuple(name for name in _TIMEOUT if name in settings)
    return Library(
        "django-session-timeout",
        told,
        given,
        idle=limit if slides else None,
        absolute=None if slides else limit,
        writes=slides,
        options={"renew_interval": grace} if slides and _GRACE in given and grace > 0 else {},
        drop=given,
        changes=(
            "Sessions of visitors ended too, and their forms with them. session440 touches only "
            "logins.",
            "Everybody was redirected, a script's call and a form that was sent as well. Now the "
            "answer is 440; a page gets a text with a link, and the query string is in next.",
            "It had one limit, idle or absolute. Here both are possible.",
        ),
        lacks=_redirect(told["SESSION_TIMEOUT_REDIRECT"]),
        middleware=_of("django_session_timeout", settings.get("MIDDLEWARE", ())),
        apps=_of("django_session_timeout", settings.get("INSTALLED_APPS", ())),
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


def _session_security(settings: Settings) -> Library:
    told = given_in(settings, _SECURITY)
    limit = length("SESSION_SECURITY_EXPIRE_AFTER", told["SESSION_SECURITY_EXPIRE_AFTER"])
    warned = limit - length("SESSION_SECURITY_WARN_AFTER", told["SESSION_SECURITY_WARN_AFTER"])
    options: dict[str, Any] = {"warn_before": warned} if warned > 0 else {}
    if passive := _patterns(told["SESSION_SECURITY_PASSIVE_URLS"]):
        options["passive"] = passive
    given = tuple(name for name in _SECURITY if name in settings)
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
        changes=_SECURITY_CHANGES,
        lacks=_security_lacks(told),
        middleware=_of("session_security", settings.get("MIDDLEWARE", ())),
        apps=_of("session_security", settings.get("INSTALLED_APPS", ())),
    )


_SECURITY_CHANGES = (
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


def _security_lacks(told: Settings) -> tuple[str, ...]:
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


def _auto_logout(settings: Settings) -> Library:
    own = settings.get("AUTO_LOGOUT") or {}
    if not isinstance(own, Mapping):
        raise SettingError(f"AUTO_LOGOUT is no dictionary ({type(own).__name__})")
    told = given_in(own, _LOGOUT)
    limits = {
        name: None if told[name] is None else length(f"AUTO_LOGOUT[{name!r}]", told[name])
        for name in ("IDLE_TIME", "SESSION_TIME")
    }
    return Library(
        "django-auto-logout",
        {f"AUTO_LOGOUT[{name!r}]": value for name, value in told.items() if name != "MESSAGE"},
        tuple(f"AUTO_LOGOUT[{name!r}]" for name in _LOGOUT if name in own),
        idle=limits["IDLE_TIME"],
        absolute=limits["SESSION_TIME"],
        writes=limits["IDLE_TIME"] is not None,
        drop=("AUTO_LOGOUT",) if "AUTO_LOGOUT" in settings else (),
        steps=_LOGOUT_STEPS,
        changes=_LOGOUT_CHANGES,
        lacks=(
            *(() if told["MESSAGE"] is None else (_MESSAGE,)),
            "seconds_until_idle_end and seconds_until_session_end in templates: a view has "
            "request.session440.remaining, and the script shows the time that is left.",
        ),
        middleware=_of("django_auto_logout", settings.get("MIDDLEWARE", ())),
        apps=_of("django_auto_logout", settings.get("INSTALLED_APPS", ())),
    )


_LOGOUT_CHANGES = (
    "SESSION_TIME counted from the person's last login in any browser. Now each login has its own.",
    "The view ran as for a visitor, also for a form that was sent. Now it does not run.",
)


_LOGOUT_STEPS = (
    "In templates put " + TAG + " in place of {{ redirect_to_login_immediately }}.",
    "Remove django_auto_logout.context_processors.auto_logout_client from TEMPLATES.",
)
_MESSAGE = (
    "MESSAGE: a text of your own. The 440 says why the login ended, in the person's language; a "
    "template session440/440.html replaces its page."
)
