"""What a ``web.config`` means in session440: when a login ends, and the settings that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ..moments import MINUTE, option_text
from ..policy import Policy
from ..snippets import SESSION_AGES, literal, wrapping
from .sections import WebConfig

FRAMEWORKS: Final = ("flask", "django", "wsgi")

#: A shared store's URL in place of ASP.NET's, which may hold a password.
_REDIS = "redis://HOST:6379/0"
STORES: Final = {
    "StateServer": _REDIS,
    "Custom": _REDIS,
    "SQLServer": "postgresql+psycopg://USER@HOST/DATABASE",
}


@dataclass(frozen=True)
class Login:
    """When a login ends, in minutes; ``None``: this timeout is off.

    :param is_made_up: whether the absolute timeout is session440's own, because the file
        alone would let logins go on for ever.
    """

    idle: int | None
    absolute: int | None
    is_made_up: bool = False


def login_of(config: WebConfig) -> Login:
    """Return ASP.NET's ticket and session as one login.

    The shorter of two idle limits counts. A ticket that does not slide ends at a fixed time
    after the login, whatever the activity: that is an absolute timeout.
    """
    session = session_limit(config)
    ticket = config.forms.timeout.value
    if config.has_ticket and config.forms.sliding_expiration.value:
        return Login(ticket if session is None else min(ticket, session), None)
    if config.has_ticket:
        return Login(session if session is not None and session < ticket else None, ticket)
    if session is not None:
        return Login(session, None)
    return Login(None, recommended_absolute(), is_made_up=True)


def session_limit(config: WebConfig) -> int | None:
    """Return after how many minutes without a request ASP.NET's session ends, if there is one."""
    is_off = config.session_state.mode.value == "Off"
    return None if is_off else config.session_state.timeout.value


def recommended_absolute() -> int:
    """Return session440's own absolute timeout, in minutes."""
    return int(Policy().absolute_timeout or 0) // MINUTE


def duration(minutes: int | None) -> str | None:
    """Return minutes as session440 reads them, in the largest whole unit."""
    return None if minutes is None else option_text(MINUTE * minutes)


def is_secure(config: WebConfig) -> bool:
    """Return whether one of the login's two cookies was only for https."""
    forms = config.has_ticket and config.forms.require_ssl.value
    return forms or config.http_cookies.require_ssl.value


def samesite(config: WebConfig) -> str:
    """Return the SameSite mode of the cookie that was the login."""
    section = config.forms if config.has_ticket else config.session_state
    return section.cookie_samesite.value


def settings_for(framework: str, config: WebConfig) -> dict[str, Any]:
    """Return the settings of a framework.

    They are Flask's configuration, Django's settings, or the arguments of
    ``Session440Middleware`` without ``secret_key``.

    :param framework: one of :data:`FRAMEWORKS`.
    """
    return {"flask": _flask, "django": _django, "wsgi": _wsgi}[framework](config)


def _timeouts(config: WebConfig) -> dict[str, Any]:
    login = login_of(config)
    return {
        "idle_timeout": duration(login.idle),
        "absolute_timeout": duration(login.absolute),
    }


def _flask(config: WebConfig) -> dict[str, Any]:
    options = {**_timeouts(config), **_login_url(config, "login_url")}
    return {
        **{f"SESSION440_{name.upper()}": value for name, value in options.items()},
        "PERMANENT_SESSION_LIFETIME": _at_least(SESSION_AGES["flask"], config),
        **_cookie(config, no_samesite=None),
    }


def _django(config: WebConfig) -> dict[str, Any]:
    return {
        "SESSION440": {name.upper(): value for name, value in _timeouts(config).items()},
        **_login_url(config, "LOGIN_URL"),
        "SESSION_COOKIE_AGE": _at_least(SESSION_AGES["django"], config),
        # https://docs.djangoproject.com/en/stable/ref/settings/#session-cookie-samesite
        **_cookie(config, no_samesite=False),
    }


def _wsgi(config: WebConfig) -> dict[str, Any]:
    domain = _domain(config)
    return {
        **_timeouts(config),
        **_login_url(config, "login_url"),
        **({"cookie_secure": True} if is_secure(config) else {}),
        **({"cookie_domain": domain} if domain else {}),
    }


def _cookie(config: WebConfig, no_samesite: object) -> dict[str, Any]:
    mode, domain = samesite(config), _domain(config)
    path = config.forms.path.value if config.has_ticket else "/"
    return {
        "SESSION_COOKIE_SECURE": is_secure(config),
        # ASP.NET's cookies of tickets and sessions are always HttpOnly, in spite of <httpCookies>:
        # FormsAuthentication.GetAuthCookie, SessionIDManager.CreateSessionCookie.
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": no_samesite if mode == "Unspecified" else mode,
        **({"SESSION_COOKIE_DOMAIN": domain} if domain else {}),
        **({"SESSION_COOKIE_PATH": path} if path != "/" else {}),
    }


def _domain(config: WebConfig) -> str:
    """Return the cookie's domain: from ``<forms>``, or otherwise from ``<httpCookies>``."""
    own = config.forms.domain.value if config.has_ticket else ""
    return own or config.http_cookies.domain.value


def _login_url(config: WebConfig, name: str) -> dict[str, str]:
    """Return the login page, if the file names one; ``~`` is the application's root."""
    url = config.forms.login_url
    if not (config.has_ticket and url.given):
        return {}
    path = url.value.removeprefix("~")
    is_whole = "://" in path or path.startswith("/")
    return {name: path if is_whole else f"/{path}"}


def _at_least(usual: int, config: WebConfig) -> int:
    """Return for how many seconds a framework keeps a session: never less than the timeouts."""
    login = login_of(config)
    return max(usual, MINUTE * (login.idle or 0), MINUTE * (login.absolute or 0))


def snippet_for(framework: str, config: WebConfig) -> str:
    """Return the settings of a framework as Python, ready to paste.

    :param framework: one of :data:`FRAMEWORKS`.
    """
    settings = settings_for(framework, config)
    lines = {"flask": _assignments, "django": _assignments, "wsgi": _call}[framework](
        settings, config
    )
    return "\n".join([*lines, ""])


def _assignments(settings: dict[str, Any], config: WebConfig) -> list[str]:
    lines: list[str] = []
    for name, value in settings.items():
        if isinstance(value, dict):
            inside = [f"    {literal(key)}: {literal(each)}," for key, each in value.items()]
            inside[1] += _remark("ABSOLUTE_TIMEOUT", value["ABSOLUTE_TIMEOUT"])
            store = [f'    # "STORE": {literal(url)},' for url in _store(config)]
            lines += [f"{name} = {{", *inside, *store, "}"]
        else:
            lines.append(f"{name} = {literal(value)}{_remark(name, value)}")
            if name == "SESSION440_ABSOLUTE_TIMEOUT":
                lines += [f"# SESSION440_STORE = {literal(url)}" for url in _store(config)]
    return lines


def _call(settings: dict[str, Any], config: WebConfig) -> list[str]:
    given = [
        f"    {name}={literal(value)},{_remark(name, value)}" for name, value in settings.items()
    ]
    stores = [f"    # store={literal(url)}," for url in _store(config)]
    return [*wrapping([*given, *stores]), *_limits_of_wsgi(config)]


def _store(config: WebConfig) -> list[str]:
    mode = config.session_state.mode.value
    return [STORES[mode]] if mode in STORES else []


def _remark(name: str, value: object) -> str:
    """Return a comment that says what a value does not show by itself."""
    if name.upper().endswith("ABSOLUTE_TIMEOUT") and value is None:
        return f"  # as in ASP.NET; {literal(duration(recommended_absolute()))} is recommended"
    if name in ("PERMANENT_SESSION_LIFETIME", "SESSION_COOKIE_AGE"):
        return "  # seconds; it must not be less than the timeouts"
    if name.upper().endswith("LOGIN_URL"):
        return "  # or where it is now"
    return ""


def _limits_of_wsgi(config: WebConfig) -> list[str]:
    """Return the cookie's attributes for which the middleware has no option."""
    lines = []
    if samesite(config) != "Lax":
        lines.append("# Its cookie is SameSite=Lax; there is no option for another.")
    if config.has_ticket and config.forms.path.value != "/":
        lines.append("# Its cookie's path is /; there is no option for another.")
    return lines
