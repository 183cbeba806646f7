"""What a site's former timeouts become in session440; ``session440 migrate`` prints it."""

from __future__ import annotations

from .beaker import beaker_library
from .django_libraries import django_libraries
from .flask_libraries import FlaskConfig, flask_libraries
from .library import Library, SettingError
from .text import as_json, as_text
from .translation import Framework, Migration, migration_of

__all__ = [
    "FlaskConfig",
    "Framework",
    "Library",
    "Migration",
    "SettingError",
    "as_json",
    "as_text",
    "beaker_library",
    "django_libraries",
    "flask_libraries",
    "migration_of",
]
