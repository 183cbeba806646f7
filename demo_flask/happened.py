"""What has happened since the start; in the memory of one process, which will do for a demo."""

from __future__ import annotations

from flask import current_app


def happened() -> list[str]:
    """Return what has happened, the oldest first."""
    found: list[str] = current_app.extensions.setdefault("demo_happened", [])
    return found


def note(what: str) -> None:
    """Note that something has happened."""
    happened().append(what)
