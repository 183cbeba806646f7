"""The settings of a project's tests, and session440, as README says to add it."""

from __future__ import annotations

import os
from importlib import import_module

AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"

_own = vars(import_module(os.environ["COMPAT_SETTINGS"]))
globals().update({name: value for name, value in _own.items() if name.isupper()})

MIDDLEWARE: list[str] = [*_own["MIDDLEWARE"]]
MIDDLEWARE.insert(MIDDLEWARE.index(AUTHENTICATION) + 1, "session440.django.Session440Middleware")
INSTALLED_APPS: list[str] = [*_own["INSTALLED_APPS"], "session440.django"]
