"""Reads an ASP.NET ``web.config`` and says what it means in session440's settings."""

from __future__ import annotations

from .reading import LARGEST, read
from .sections import WebConfig, WebConfigError
from .text import as_json, as_text
from .translation import FRAMEWORKS, login_of, settings_for, snippet_for

__all__ = [
    "FRAMEWORKS",
    "LARGEST",
    "WebConfig",
    "WebConfigError",
    "as_json",
    "as_text",
    "login_of",
    "read",
    "settings_for",
    "snippet_for",
]
