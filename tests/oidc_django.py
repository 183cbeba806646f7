"""What the settings of the Django recipes have in common: a project with a database of its own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from clock import read_clock

FOLDER = Path(os.environ.get("RECIPE_FOLDER", "."))
PROVIDER = os.environ.get("RECIPE_PROVIDER", "https://id.example.org")
CLIENT_ID = "the-site"
CLIENT_SECRET = "the site's secret, which is long"


def now() -> float:
    """Return the time that the test has written down, or the machine's."""
    return read_clock(FOLDER / "clock")


DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
SECRET_KEY = secrets.token_urlsafe(48)
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "site.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
ROOT_URLCONF = "oidc_django_urls"
LOGIN_REDIRECT_URL = "/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "session440.django",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
OURS = "session440.django.Session440Middleware"
