"""The settings of the demo."""

from __future__ import annotations

import os
from pathlib import Path

from demo_tour import TEMPLATES as SHARED
from demo_tour.clock import DemoClock
from demo_tour.key import kept_key

FOLDER = Path(__file__).parent

SECRET_KEY = os.environ.get("SECRET_KEY") or kept_key(FOLDER / "demo.key")
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "demo_django.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "session440.django",
]
MIDDLEWARE = [
    "demo_django.noting.note_answers",
    "demo_django.headers.add_policy",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # session440 speaks the browser's language
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "session440.django.Session440Middleware",
]
DEMO_CLOCK = DemoClock(FOLDER / "demo.clock")
SESSION440 = {
    "CLOCK": DEMO_CLOCK,  # a site needs none: here a button moves it
    "ON_EVENT": "demo_django.tour.hear",
    "IDLE_TIMEOUT": os.environ.get("SESSION440_IDLE_TIMEOUT", "60s"),
    "ABSOLUTE_TIMEOUT": os.environ.get("SESSION440_ABSOLUTE_TIMEOUT", "10m"),
    "WARN_BEFORE": "20s",
    "PAGE_CACHE": "no-store",  # so that the Back button shows nobody's pages
    "ADOPT": False,  # there are no logins from before session440
    # "django:" is the project's own database, where several workers know of each other's logins.
    "STORE": os.environ.get("SESSION440_STORE", "django:"),
}
# In the database, but for those that a button of the tour makes this server lose.
SESSION_ENGINE = "demo_django.losing_sessions"
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "demo.sqlite3"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [FOLDER / "templates", SHARED],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "demo_django.tour.show_tour",
            ]
        },
    }
]
STATIC_URL = "/static/"
TIME_ZONE = "UTC"
USE_TZ = True
