"""The settings of the tests' Django project; tests override them as they need."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django


def _make_folder() -> str:
    folder = tempfile.mkdtemp(prefix="session440-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


#: Of another process, where this one shares its database.
FOLDER = Path(os.environ.get("SESSION440_TESTS_FOLDER") or _make_folder())
SESSION_FILE_PATH = FOLDER
SECRET_KEY = "a long random text for the tests of session440"
ALLOWED_HOSTS = ["*"]
DEBUG = False
USE_TZ = True
ROOT_URLCONF = "django_urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "session440.django",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "session440.django.Session440Middleware",
]
# No test is about a loss of power: none waits for the disk. Django 4.2 has no such option.
UNSAFE = {"init_command": "PRAGMA synchronous=OFF"} if django.VERSION >= (5, 1) else {}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "db.sqlite3",
        "OPTIONS": {"timeout": 20} | UNSAFE,
        "TEST": {"NAME": FOLDER / "test.sqlite3"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
LOGIN_URL = "/login"
CSRF_USE_SESSIONS = True
