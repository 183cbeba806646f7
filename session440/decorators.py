"""What a view says about itself: ``@public`` or ``@passive``."""

from __future__ import annotations

from typing import TypeVar

View = TypeVar("View")

PUBLIC = "session440_public"
PASSIVE = "session440_passive"
_used: set[str] = set()


def public(view: View) -> View:
    """Mark a view (function or class) as open to anyone, so that it never answers 440.

    Return the view.
    """
    setattr(view, PUBLIC, True)
    _used.add(PUBLIC)
    return view


def passive(view: View) -> View:
    """Mark a view whose requests do not count as activity, such as polling.

    Return the view.
    """
    setattr(view, PASSIVE, True)
    _used.add(PASSIVE)
    return view


def is_marked(view: object, mark: str) -> bool:
    """Return whether a view, or the class behind it (``as_view`` of Flask or Django), is marked."""
    return bool(getattr(view, mark, False) or getattr(view_class(view), mark, False))


def is_used(mark: str) -> bool:
    """Return whether any view of this process has this mark, so that views must be looked at."""
    return mark in _used


def view_class(view: object) -> object:
    """Return the class behind a class-based view, else ``None``."""
    return getattr(view, "view_class", None)
