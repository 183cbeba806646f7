"""Former set-ups of sites, and when a login of each ends: what ``session440 migrate`` is given."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple

from click.testing import CliRunner
from django_logins import WITHOUT

from session440.cli import commands

HOUR, DAY = 3600, 86400
DST = "django_session_timeout.middleware.SessionTimeoutMiddleware"
DSS = "session_security.middleware.SessionSecurityMiddleware"
DAL = "django_auto_logout.middleware.auto_logout"
BROWSER = {"SESSION_EXPIRE_AT_BROWSER_CLOSE": True}


class Former(NamedTuple):
    """A site's former settings, and its limits in seconds."""

    settings: dict
    idle: int | None
    absolute: int | None
    middleware: tuple = ()


DJANGO = {
    "django, sliding": Former(
        {"SESSION_COOKIE_AGE": 1800, "SESSION_SAVE_EVERY_REQUEST": True}, 1800, None
    ),
    "django": Former({"SESSION_COOKIE_AGE": 2 * HOUR}, None, 2 * HOUR),
    "django, a month": Former({"SESSION_COOKIE_AGE": 30 * DAY}, None, 30 * DAY),
    "session-timeout, sliding": Former(
        {
            "SESSION_EXPIRE_SECONDS": 1800,
            "SESSION_EXPIRE_AFTER_LAST_ACTIVITY": True,
            "SESSION_EXPIRE_AFTER_LAST_ACTIVITY_GRACE_PERIOD": 60,
        },
        1800,
        None,
        (DST,),
    ),
    "session-timeout": Former({"SESSION_EXPIRE_SECONDS": 1800}, None, 1800, (DST,)),
    "session-timeout, by the cookie's age": Former(
        {"SESSION_COOKIE_AGE": 1800, "SESSION_EXPIRE_AFTER_LAST_ACTIVITY": True}, 1800, None, (DST,)
    ),
    "session-timeout, a grace too long": Former(
        {
            "SESSION_EXPIRE_SECONDS": 1800,
            "SESSION_EXPIRE_AFTER_LAST_ACTIVITY": True,
            "SESSION_EXPIRE_AFTER_LAST_ACTIVITY_GRACE_PERIOD": 1800,
        },
        None,
        1800,
        (DST,),
    ),
    "session-security, its defaults": Former(BROWSER, 600, None, (DSS,)),
    "session-security": Former(
        {
            **BROWSER,
            "SESSION_SECURITY_EXPIRE_AFTER": 900,
            "SESSION_SECURITY_WARN_AFTER": 720,
            "SESSION_SECURITY_PASSIVE_URLS": ["/odd[1]/"],
        },
        900,
        None,
        (DSS,),
    ),
    "auto-logout, idle": Former({"AUTO_LOGOUT": {"IDLE_TIME": 600}}, 600, None, (DAL,)),
    "auto-logout, both": Former(
        {"AUTO_LOGOUT": {"IDLE_TIME": timedelta(minutes=10), "SESSION_TIME": HOUR}},
        600,
        HOUR,
        (DAL,),
    ),
    "auto-logout, idle for too long": Former(
        {"AUTO_LOGOUT": {"IDLE_TIME": 2 * HOUR, "SESSION_TIME": 1800}}, None, 1800, (DAL,)
    ),
    "two at once": Former(
        {
            **BROWSER,
            "SESSION_SECURITY_EXPIRE_AFTER": 900,
            "AUTO_LOGOUT": {"SESSION_TIME": 2 * HOUR},
        },
        900,
        2 * HOUR,
        (DSS, DAL),
    ),
}
FLASK = {
    "flask": Former({"PERMANENT_SESSION_LIFETIME": timedelta(minutes=30)}, 1800, None),
    "flask, not refreshed": Former(
        {"PERMANENT_SESSION_LIFETIME": 1800, "SESSION_REFRESH_EACH_REQUEST": False}, None, 1800
    ),
    "flask, two months": Former(
        {"PERMANENT_SESSION_LIFETIME": 60 * DAY, "SESSION_REFRESH_EACH_REQUEST": False},
        None,
        60 * DAY,
    ),
}
BEAKER = {
    "beaker": Former({"session.timeout": 1800}, 1800, None),
    "beaker, by its cookie": Former({"session.cookie_expires": 900}, None, 900),
    "beaker, both": Former(
        {"session.timeout": 1800, "session.cookie_expires": timedelta(hours=2)}, 1800, 2 * HOUR
    ),
    "beaker, nothing": Former({"session.cookie_expires": False}, None, 8 * HOUR),
}


def middleware_with(former: Former) -> list[str]:
    """The tests' middleware without ours, and with the former."""
    return [*WITHOUT, *former.middleware]


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(commands, ["migrate", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def settings_in(printed: str) -> dict:
    """Execute the printed settings; return the names that they define."""
    (snippet,) = re.findall(
        r"^# (?:Django|Flask): [^\n]+\n(.*?)^(?:Remove|Do by hand)", printed, re.M | re.S
    )
    snippet = snippet.partition("# where the app is made")[0]
    names: dict = {}
    exec(snippet, names)
    return {name: value for name, value in names.items() if name.isupper()}


def drive(former: Former, log_in, visit, move) -> None:
    """Use a site as long as its limits say, and see it end.

    :param log_in: begins a login.
    :param visit: opens a page; returns whether somebody is logged in.
    :param move: lets so many seconds pass.
    """
    if former.idle is not None:
        log_in()
        for _ in range(2):
            move(former.idle - 1)
            assert visit()
        move(former.idle + 1)
        assert not visit()
    if former.absolute is not None:
        log_in()
        passed = 0
        while passed < former.absolute - 1:
            step = min((former.idle or former.absolute) - 1, former.absolute - 1 - passed)
            move(step)
            passed += step
            assert visit()
        move(2)
        assert not visit()
