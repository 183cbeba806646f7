"""A project with django-allauth, run as a program: somebody enters their password once more.

It prints the status of a page that wants a recent login: after the login, when that is old, after
a wrong password, and after the right one.
"""

from __future__ import annotations

import django
from django.conf import settings

NOW = [1_800_000_000.0]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "session440.django.Session440Middleware",
]
APPS = ["auth", "contenttypes", "sessions", "messages"]

settings.configure(
    SECRET_KEY="a long random text for this site alone",
    ALLOWED_HOSTS=["testserver"],
    INSTALLED_APPS=[*(f"django.contrib.{each}" for each in APPS), "allauth", "allauth.account"],
    MIDDLEWARE=MIDDLEWARE,
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    SESSION440={"CLOCK": lambda: NOW[0], "STEP_UP_URL": "account_reauthenticate"},
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402  # after the set-up
from django.core.management import call_command  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402

from session440.django import recent  # noqa: E402

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("vault", recent("10m")(lambda request: HttpResponse("done"))),
]


def main() -> None:
    call_command("migrate", verbosity=0)
    User.objects.create_user("alice", "alice@example.org", "wonderland")
    client = Client()
    form = {"login": "alice", "password": "wonderland"}
    assert client.post("/accounts/login/", form).status_code == 302
    statuses = [client.get("/vault").status_code]
    NOW[0] += 600
    answer = client.get("/vault")
    assert answer.json()["login_url"] == "/accounts/reauthenticate/?next=%2Fvault"
    statuses.append(answer.status_code)
    for password in ("wrong", "wonderland"):
        client.post("/accounts/reauthenticate/", {"password": password})
        statuses.append(client.get("/vault").status_code)
    print(*statuses)


if __name__ == "__main__":
    main()
