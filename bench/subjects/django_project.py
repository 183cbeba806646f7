"""A project as ``startproject`` makes it, with one more middleware: ours or a peer's."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from ..subject import KEY
from ..tickets import IDLE

STACK = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
APPS = ("auth", "contenttypes", "sessions", "messages")

#: Each peer's middleware and settings, set up so that it slides an idle timeout.
PEERS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "bare": ([], {}),
    "session440": (["session440.django.Session440Middleware"], {}),
    "SESSION_SAVE_EVERY_REQUEST": ([], {"SESSION_SAVE_EVERY_REQUEST": True}),
    "django-session-timeout": (
        ["django_session_timeout.middleware.SessionTimeoutMiddleware"],
        {
            "SESSION_EXPIRE_SECONDS": IDLE,
            "SESSION_EXPIRE_AFTER_LAST_ACTIVITY": True,
            # It does not slide within this, a second by default. People's requests are further
            # apart than these are, so each is to slide.
            "SESSION_EXPIRE_AFTER_LAST_ACTIVITY_GRACE_PERIOD": 0,
        },
    ),
    "django-auto-logout": (
        ["django_auto_logout.middleware.auto_logout"],
        {"AUTO_LOGOUT": {"IDLE_TIME": IDLE}},
    ),
    "django-session-security": (
        ["session_security.middleware.SessionSecurityMiddleware"],
        {
            "SESSION_SECURITY_EXPIRE_AFTER": IDLE,
            "SESSION_SECURITY_WARN_AFTER": IDLE - 60,
            "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,  # it refuses to start without
        },
    ),
}


def set_up(kind: str, backend: str, is_async: bool = False, **options: Any) -> None:
    """Configure Django for this process, and make its database.

    :param kind: a key of :data:`PEERS`.
    :param options: session440's.
    """
    import django
    from django.conf import settings
    from django.core.management import call_command

    middleware, more = PEERS[kind]
    settings.configure(
        SECRET_KEY=KEY,
        ALLOWED_HOSTS=["app.example"],
        INSTALLED_APPS=[f"django.contrib.{each}" for each in APPS],
        MIDDLEWARE=[*STACK, *middleware],
        LOGIN_URL="/login",
        ROOT_URLCONF=_urls(is_async),
        SESSION_ENGINE=f"django.contrib.sessions.backends.{backend}",
        SESSION440={name.upper(): value for name, value in options.items()},
        DATABASES={"default": _database(is_async)},
        MIGRATION_MODULES=dict.fromkeys(APPS),  # the tables as they are, without their history
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        **more,
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


def _database(is_async: bool) -> dict[str, Any]:
    """Return a database in a file of its own, set up as is quickest: peers write into it."""
    folder = Path(tempfile.mkdtemp(prefix="session440-bench-"))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "db.sqlite3"),
        "CONN_MAX_AGE": 0 if is_async else None,
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"},
    }


def _urls(is_async: bool) -> ModuleType:
    """Return a URLconf whose views are made when Django asks for them: it is not set up yet."""
    from django.urls import path

    module = ModuleType("bench_urls")

    def urlpatterns(name: str) -> Any:
        if name != "urlpatterns":
            raise AttributeError(name)
        report, hello = (_areport, _ahello) if is_async else (_report, _hello)
        return [path("login", _login), path("reports/2026", report), path("hello", hello)]

    module.__getattr__ = urlpatterns  # type: ignore[method-assign]
    return module


def _login(request: Any) -> Any:
    from django.contrib.auth import login
    from django.contrib.auth.models import User
    from django.http import HttpResponse

    user, _ = User.objects.get_or_create(username="alice")
    login(request, user)
    return HttpResponse("in")


_login.csrf_exempt = True  # type: ignore[attr-defined]


def _report(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse(request.user.get_username() or "nobody")


async def _areport(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse((await request.auser()).get_username() or "nobody")


def _hello(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse("hello")


async def _ahello(request: Any) -> Any:
    return _hello(request)
