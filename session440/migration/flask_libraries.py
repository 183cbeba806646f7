"""What a Flask configuration says of sessions that end: Flask's own, Flask-Session, Flask-Login.

Read in the sources of Flask 3.1, Flask-Session 0.8.0 and Flask-Login 0.6.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..snippets import SESSION_AGES
from .library import Library, given_in, length

_OWN = {
    "PERMANENT_SESSION_LIFETIME": timedelta(seconds=SESSION_AGES["flask"]),
    "SESSION_REFRESH_EACH_REQUEST": True,
}
_REMEMBER = {
    "REMEMBER_COOKIE_DURATION": timedelta(days=365),
    "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": False,
    "SESSION_PROTECTION": "basic",
}


@dataclass(frozen=True)
class FlaskConfig:
    """A Flask app's configuration, and what of the app itself counts.

    :param settings: the configuration; Flask's defaults may be left out.
    :param has_login: whether the app has Flask-Login.
    :param is_on_server: whether Flask-Session keeps the sessions.
    :param protection: Flask-Login's ``session_protection``, if the configuration does not say.
    :param keeps_own: whether the sessions are Flask's or Flask-Session's at all.
    """

    settings: Mapping[str, Any]
    has_login: bool = False
    is_on_server: bool = False
    protection: str | None = "basic"
    keeps_own: bool = True


def flask_libraries(config: FlaskConfig) -> list[Library]:
    """Return what ends sessions in a Flask app.

    :raises SettingError: for a value that the library does not take.
    """
    own = _flask_session if config.is_on_server else _own
    found = [own(config.settings)] if config.keeps_own else []
    return [*found, _flask_login(config)] if config.has_login else found


def _lifetime(settings: Mapping[str, Any]) -> tuple[dict[str, Any], float, tuple[str, ...]]:
    told = given_in(settings, _OWN)
    age = length("PERMANENT_SESSION_LIFETIME", told["PERMANENT_SESSION_LIFETIME"])
    return told, age, tuple(name for name in _OWN if told[name] != _OWN[name])


def _own(settings: Mapping[str, Any]) -> Library:
    told, age, given = _lifetime(settings)
    slides = bool(told["SESSION_REFRESH_EACH_REQUEST"])
    return Library(
        "Flask's sessions",
        told,
        given,
        idle=age if slides else None,
        absolute=None if slides else age,
        changes=(
            "This is for sessions with session.permanent = True. Other sessions ended with the "
            "browser, or that long after a view had last written to them; they still end with the "
            "browser, and by the timeouts here.",
            *(() if slides else (_WRITTEN,)),
            "Nobody learned that a session had ended: it was empty. Now the answer is 440.",
        ),
    )


_WRITTEN = (
    "Flask counted PERMANENT_SESSION_LIFETIME from the last time that a view wrote to the session. "
    "The absolute timeout counts from the login, whatever views write."
)


def _flask_session(settings: Mapping[str, Any]) -> Library:
    told, age, given = _lifetime(settings)
    slides = bool(told["SESSION_REFRESH_EACH_REQUEST"])
    permanent = {"SESSION_PERMANENT": settings.get("SESSION_PERMANENT", True)}
    return Library(
        "Flask-Session",
        {**told, **permanent},
        (*given, *(name for name, value in permanent.items() if not value)),
        idle=age if slides else None,
        absolute=None if slides else age,
        changes=(
            *(
                ("Each request wrote the session to its store, only to keep it. Now none does.",)
                if slides
                else (_WRITTEN,)
            ),
            "A session that its store had deleted was an empty one. Now the answer is 440.",
            "SESSION_PERMANENT stays: without it the cookies end with the browser, the ticket's "
            "too.",
        ),
        lacks=(
            "Sessions in Redis, a database …: keep Flask-Session for them. session440 works with "
            "it, and ends logins.",
        ),
    )


def _flask_login(config: FlaskConfig) -> Library:
    told = given_in(config.settings, _REMEMBER | {"SESSION_PROTECTION": config.protection})
    duration = length("REMEMBER_COOKIE_DURATION", told["REMEMBER_COOKIE_DURATION"])
    slides = bool(told["REMEMBER_COOKIE_REFRESH_EACH_REQUEST"])
    is_given = "REMEMBER_COOKIE_DURATION" in config.settings
    limits = {
        "idle_timeout": duration if slides else None,
        "absolute_timeout": None if slides else duration,
    }
    return Library(
        "Flask-Login",
        told,
        tuple(name for name in _REMEMBER if name in config.settings),
        options={"policies": {"remember": limits}} if is_given else {},
        changes=(
            *(() if is_given else (_REMEMBERED,)),
            *((_EVERYBODY,) if slides else ()),
            *_LOGIN_CHANGES,
        ),
        lacks=(
            "SESSION_PROTECTION stays Flask-Login's. session440 binds no login to an address or a "
            "browser's name: mobile phones change the one, updates the other.",
        ),
    )


_REMEMBERED = (
    "After login_user(remember=True) a cookie let people in for 365 days, whatever had ended. Now "
    "such a login ends by the same timeouts, and its remember cookie with it. For longer logins "
    'give SESSION440_POLICIES = {"remember": Policy(idle_timeout=None, absolute_timeout="30d")}, '
    "and REMEMBER_COOKIE_DURATION the same length."
)
_EVERYBODY = (
    "With REMEMBER_COOKIE_REFRESH_EACH_REQUEST Flask-Login gives the remember cookie to everybody "
    "who is logged in, asked for or not. Switch it off, or each closed browser logs in again."
)
_LOGIN_CHANGES = (
    "A remember cookie revived each login that had ended. Now a login that times out takes its "
    "remember cookie with it; one that comes back alone, after the browser was closed, begins a "
    "new login.",
    "An ended login was sent to login_view, or answered 401, as a visitor is. Now it is a 440 "
    "with a link to login_view.",
    "fresh_login_required stays. @recent of session440.flask asks how long ago the password was "
    "given, and not whether it was in this session.",
)
